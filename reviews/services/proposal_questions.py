"""“Why?” and “What if?” about a proposal, answered from the arrays it was computed from."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from reviews.domain.assignment_facts import Pair
from reviews.models import Member, Proposal
from submissions.models import Paper


@dataclass(frozen=True)
class Why:
    """About one pair. `rank` 1 is the best of `allowed` members for this paper.

    `price`: what the total loses when this pair is forbidden (in the plan) or forced (not in it), None when neither can
    be; `better`: members with a higher score for this paper and why they do not have it; `nearest`: own papers near it.
    """

    paper: Paper
    member: Member
    in_plan: bool
    score: float
    parts: dict[str, Any]
    rank: int | None
    allowed: int
    price: float | None
    kept_out: str = ""
    better: list[tuple[str, float, str]] = field(default_factory=list)
    nearest: list[dict[str, Any]] = field(default_factory=list)


def why(*, actor: User, proposal: Proposal, paper: Paper, member: Member) -> Why:
    """Why this pair is (not) in the plan. Raises NotAllowed for a paper hidden from the actor, Refused."""
    raise NotImplementedError


@dataclass(frozen=True)
class WhatIf:
    """What a change would cost. `price` is in the unit of the total; `sentence` says it for the chair."""

    price: float | None
    total: float | None
    sentence: str


def what_if(
    *,
    actor: User,
    proposal: Proposal,
    force: Pair | None = None,
    forbid: Pair | None = None,
    load: tuple[int, int] | None = None,
) -> WhatIf:
    """The price of forcing or forbidding one pair (keys of paper and member), or of another maximum load (member, load).

    Raises NotAllowed, Refused (unknown pair, contradiction).
    """
    raise NotImplementedError
