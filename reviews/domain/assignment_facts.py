"""What a plan was made from, small enough to keep and to compare: papers, people, what keeps them apart, present pairs.

Plain values only, so that a page can compare two of them without numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

#: A paper and a member, by primary key.
Pair = tuple[int, int]


@dataclass(frozen=True)
class Options:
    """What the chair asks a plan for. The defaults are filled from the committee's settings by `options_for`."""

    #: "first": each paper has `reviews` in all; "extra": `reviews` more than it has; "emergency": as first, and whoever
    #: is assigned stays.
    round: str = "first"
    reviews: int = 3
    #: Numbers of papers; empty: all that the chair handles and that are submitted.
    papers: tuple[int, ...] = ()
    fair: bool = True
    #: Share of the total that lifting the weakest tenth may cost.
    price_cap: float = 0.005
    one_per_institution: bool = False
    one_senior: bool = False
    no_coauthors: bool = False
    #: None: not randomised.
    max_probability: float | None = None
    seed: int = 1
    #: False: assignments that were not accepted yet may be moved.
    keep_present: bool = True


@dataclass(frozen=True)
class Facts:
    """Papers, members, forbidden and locked pairs, present assignments and settings, as of one moment."""


@dataclass(frozen=True)
class Change:
    """One way in which the facts differ. `blocks`: a plan made before it cannot be applied any more."""

    part: str
    sentence: str
    blocks: bool


def differences(before: Facts, now: Facts) -> list[Change]:
    """What changed between two moments, in sentences that tell of nothing but the papers both hold."""
    raise NotImplementedError
