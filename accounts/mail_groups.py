"""The kinds of mail that a person can switch off. Rooms above add theirs in `AppConfig.ready()`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OptionalGroup:
    """One switch in a person's mail settings."""

    slug: str
    label: str
    explanation: str


#: By slug, in the order of the page.
groups: dict[str, OptionalGroup] = {}
#: What nobody can switch off, as the settings page says it.
required: list[str] = ["Sign-in codes and notices about your account"]
