"""Who in a committee may do what: one table, shown to the chairs as it stands here and asked by the policies.

A right holds for whoever has accepted the place (a chair: whom the call names), and never against a conflict: what a
conflict keeps somebody from does not exist for them, in whatever place.
"""

from enum import StrEnum


class Right(StrEnum):
    RUN = "run"
    DECIDE = "decide"
    REVIEW = "review"
    STATISTICS = "statistics"
    PROGRAMME = "programme"
    PRINTED = "printed"


#: What each right means, as the page says it.
MEANING: dict[Right, str] = {
    Right.RUN: "Runs the edition: sees all papers, invites, assigns, writes mail, edits the call (two-factor sign-in)",
    Right.DECIDE: "Takes the decisions",
    Right.REVIEW: "Bids on papers and reviews those assigned; chairs, if they or the other chairs set a number",
    Right.STATISTICS: "Sees how many papers there are, without titles or names",
    Right.PROGRAMME: "Sees the programme before it is published",
    Right.PRINTED: "Is printed in the public call after accepting",
}

_CHAIR = frozenset(Right)
_PLACE = frozenset({Right.PRINTED})

#: Kind of place (reviews.models.Member.Kind) -> what its holder may do, in the order of the page.
TABLE: dict[str, frozenset[Right]] = {
    "general_chair": _CHAIR,
    "programme_chair": _CHAIR,
    "pc_member": _PLACE | {Right.REVIEW},
    "external": frozenset({Right.REVIEW}),
    "logistics_web_chair": _PLACE | {Right.PROGRAMME},
    "publicity_chair": _PLACE | {Right.PROGRAMME},
    "steering": _PLACE | {Right.STATISTICS},
}


def kinds_with(right: Right) -> tuple[str, ...]:
    """The kinds of places whose holders have `right`."""
    return tuple(kind for kind, rights in TABLE.items() if right in rights)


def has(kind: str, right: Right) -> bool:
    return right in TABLE.get(kind, frozenset())
