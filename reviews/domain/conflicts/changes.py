"""What differs between two runs, and which dismissals still hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reviews.domain.conflicts.facts import Found
from reviews.domain.conflicts.names import Confidence


@dataclass(frozen=True, slots=True)
class Difference:
    """Conflicts that appeared, disappeared, or rest on other facts than before (the former and the present one)."""

    new: tuple[Found, ...]
    gone: tuple[Found, ...]
    changed: tuple[tuple[Found, Found], ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def diff(old: Iterable[Found], new: Iterable[Found]) -> Difference:
    """Compare two runs. Another wording alone is no change; other facts, confidence or expiry are."""
    before = {one.identity: one for one in old}
    after = {one.identity: one for one in new}
    return Difference(
        new=tuple(one for key, one in after.items() if key not in before),
        gone=tuple(one for key, one in before.items() if key not in after),
        changed=tuple(
            (before[key], one)
            for key, one in after.items()
            if key in before and _state(before[key]) != _state(one)
        ),
    )


def _state(one: Found) -> tuple[object, ...]:
    return one.facts, one.confidence, one.expires


def still_dismissed(found: Found, dismissed_facts: Collection[str]) -> bool:
    """Whether a chair's dismissal covers `found`: it is probable and rests on nothing that the chair had not seen.

    Facts that went away since do not bring a dismissed conflict back; one that was added does.

    Args:
        found: The conflict as of now.
        dismissed_facts: `Found.facts` at the time it was dismissed.
    """
    return found.confidence is Confidence.PROBABLE and found.facts <= frozenset(dismissed_facts)
