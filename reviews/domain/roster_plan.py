"""What importing a list of people into a roster would change."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from reviews.domain.roster_csv import Person, Problem, Sheet

LEVEL_NAMES = {1: "some", 2: "knowledgeable", 3: "expert"}


@dataclass(frozen=True)
class Known:
    """Somebody who is in the roster. `settled`: they said themselves what they know and how much they take."""

    key: int
    name: str
    email: str
    affiliation: str = ""
    country: str = ""
    load: int | None = None
    topics: Mapping[str, int] = field(default_factory=dict)
    removed: bool = False
    settled: bool = False


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """What one line of the file does: a new person (`key` None), or changes to one who is there."""

    person: Person
    key: int | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plan:
    new: Sequence[Step]
    changed: Sequence[Step]
    unchanged: Sequence[Step]
    problems: Sequence[Problem]
    notes: Sequence[str] = ()

    @property
    def is_good(self) -> bool:
        return not self.problems and bool(self.new or self.changed)

    @property
    def stamp(self) -> str:
        """A mark of exactly what would be done, so that a confirmation is for what was shown."""
        steps = [asdict(step) for step in (*self.new, *self.changed)]
        return hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()


def plan(sheet: Sheet, roster: Sequence[Known]) -> Plan:
    """What importing `sheet` into `roster` would do."""
    by_email = {it.email: it for it in roster if it.email}
    # Printed in the call without an address: the file may bring it.
    by_name = {it.name.casefold(): it for it in roster if not it.email}
    new: list[Step] = []
    changed: list[Step] = []
    unchanged: list[Step] = []
    problems, notes = list(sheet.problems), list(sheet.notes)
    taken: set[int] = set()
    for person in sheet.people:
        known = by_email.get(person.email) or by_name.get(person.name.casefold())
        if known is None and not person.email:
            problems.append(
                Problem(person.line, person.name, "has no e-mail address", "Write the address where the person is invited.")
            )  # fmt: skip
        elif known is None:
            new.append(Step(person))
        elif known.removed and not any(_changes(person, known)):
            unchanged.append(Step(person, known.key))
            notes.append(
                f"{known.name} was removed and stays so: restore them on the list if they are to be back."
            )
        elif known.removed:
            problems.append(
                Problem(person.line, person.email, f"belongs to {known.name}, who was removed from the committee",
                        "Restore them on the list first, or take the line out.")
            )  # fmt: skip
        elif known.key in taken:
            problems.append(
                Problem(person.line, person.name, "is the second line for the same person", "Keep one of the two.")
            )  # fmt: skip
        else:
            taken.add(known.key)
            changes = tuple(_changes(person, known))
            (changed if changes else unchanged).append(Step(person, known.key, changes))
    return Plan(new, changed, unchanged, sorted(problems, key=lambda it: it.line), notes)


def _changes(person: Person, known: Known) -> Iterator[Change]:
    for name in ("name", "email", "affiliation", "country"):
        before, after = getattr(known, name), getattr(person, name)
        if after and after != before:
            yield Change(name, before, after)
    if person.load is not None and person.load != known.load:
        yield Change("load", "" if known.load is None else str(known.load), str(person.load))
    if known.settled:
        return
    wanted = {**known.topics, **dict(person.topics)}
    if wanted != dict(known.topics):
        yield Change("topics", topics_in_words(known.topics), topics_in_words(wanted))


def topics_in_words(topics: Mapping[str, int]) -> str:
    """As the file writes them."""
    return "; ".join(f"{slug}:{LEVEL_NAMES[level]}" for slug, level in sorted(topics.items()))
