"""“Why?” and “What if?” about a proposal, answered from the arrays it was computed from.

Prices come from chains of exchanges in what the plan leaves over (reviews/domain/assignment/explain.py); no solver runs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from reviews.domain.affinity import Text
from reviews.domain.affinity_words import shared_words
from reviews.domain.assignment_facts import REASONS, Facts, Pair
from reviews.models import AffinityColumn, Member, OwnPaper, Proposal, ProposalInputs
from reviews.services import matrix, proposals
from submissions import policy as papers_policy
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused

#: Why somebody with a higher score is not on a paper, by the rule that keeps them out.
RULES = {
    "no load": "takes no papers",
    "institution": "is from the same institution as a reviewer of this paper",
    "senior": "would leave the paper without a senior reviewer",
    "coauthors": "wrote something with a reviewer of this paper",
    "load": "has as many papers as the load allows, worth more where they are",
    "elsewhere": "is worth more on other papers",
}


@dataclass(frozen=True)
class Better:
    """A member with a higher score for the paper, why they are not on it, and what the total loses if they were."""

    member: Member
    score: float
    reason: str
    price: float | None


@dataclass(frozen=True)
class Near:
    """One of the member's own papers near the submission, with the words that both share."""

    title: str
    year: int | None
    shared: Sequence[str]


@dataclass(frozen=True)
class Why:
    """About one pair. `rank` 1 is the best of the `allowed` members for this paper; None for who is not among them.

    `price`: what the total loses when this pair is forbidden (in the plan) or forced (not in it), None when that cannot
    be. `kept_out`: why the pair cannot be, "" where it can. `exact`: whether the prices are exact or estimates.
    """

    paper: Paper
    member: Member
    in_plan: bool
    locked: bool
    score: float
    parts: dict[str, Any]
    rank: int | None
    allowed: int
    price: float | None
    exact: bool
    kept_out: str
    better: Sequence[Better]
    nearest: Sequence[Near]


@dataclass(frozen=True)
class WhatIf:
    """What a change would cost. `price` is what the total loses, None when it cannot be; `sentence` says it to the chair."""

    price: float | None
    total: float
    exact: bool
    sentence: str


def why(*, actor: User, proposal: Proposal, paper: Paper, member: Member, most: int = 10) -> Why:
    """Why this pair is (not) in the plan. Raises NotAllowed for a paper hidden from the actor, Refused."""
    asked = _Asked(actor, proposal)
    row, column = asked.place((paper.pk, member.pk))
    reason = asked.explainer.why(row, column, most=most)
    in_plan = (row, column) in asked.pairs
    forbidden = asked.facts.forbidden.get((paper.pk, member.pk))
    price = reason.price if in_plan else float(asked.explainer.forcing(row)[column])
    people = Member.objects.in_bulk([asked.facts.members[it.reviewer].pk for it in reason.better])
    better = [
        Better(people[pk], it.score, asked.words(row, it.reviewer, it.rule), finite(it.price))
        for it in reason.better
        if (pk := asked.facts.members[it.reviewer].pk) in people
    ]
    return Why(
        paper=asked.paper(paper.pk),
        member=asked.member(member.pk),
        in_plan=in_plan,
        locked=reason.locked,
        score=reason.score,
        parts=asked.table.parts(row, column),
        rank=None if forbidden else reason.rank,
        allowed=reason.allowed,
        price=finite(price),
        exact=reason.exact,
        kept_out="" if in_plan else asked.kept_out(row, column, price),
        better=better,
        nearest=nearest(paper, member),
    )


def what_if(
    *,
    actor: User,
    proposal: Proposal,
    force: Pair | None = None,
    forbid: Pair | None = None,
    load: tuple[int, int] | None = None,
) -> WhatIf:
    """The price of forcing or forbidding one pair (keys of paper and member), or of another maximum load (member, load).

    The price of a load follows from the price of a place, which bounds it. Raises NotAllowed, Refused (nothing or too
    much asked, an unknown pair or member).
    """
    if sum(it is not None for it in (force, forbid, load)) != 1:
        raise Refused("Ask for one change at a time: a pair to force, a pair to forbid, or a load.")
    asked = _Asked(actor, proposal)
    if load is not None:
        return _with_load(asked, *load)
    pair = force or forbid
    assert pair is not None  # noqa: S101 - counted above
    row, column = asked.place(pair)
    words = asked.facts.words(pair)
    inside = (row, column) in asked.pairs
    if inside == (force is not None):
        return WhatIf(0.0, asked.total, True, f"{words}: the plan is so already, so nothing changes.")
    explainer = asked.explainer
    if force is not None:
        price = float(explainer.forcing(row)[column])
        kept_out = asked.kept_out(row, column, price)
    else:
        price = explainer.forbidding(row, column)
        kept_out = "" if math.isfinite(price) else "without this pair fewer places could be filled"
    if not math.isfinite(price):
        return WhatIf(None, asked.total, explainer.exact, f"{words} cannot be so: {kept_out}.")
    act = "Having" if force is not None else "Not having"
    if price < 0:
        gain = f"{-price:.3g}, {_share(-price, asked.total)} of the total"
        return WhatIf(
            price,
            asked.total - price,
            False,
            f"{act} {words} would bring about {gain}: the plan gave that up for its weakest papers or a rule.",
        )
    return WhatIf(
        price,
        asked.total - price,
        explainer.exact,
        f"{act} {words} costs {_amount(price, asked.total, exact=explainer.exact)}.",
    )


def _with_load(asked: "_Asked", member: int, load: int) -> WhatIf:
    facts, total = asked.facts, asked.total
    places = asked.table.places[1]
    if member not in places:
        raise NotAllowed("There is no such member.")
    if not 0 <= load <= 200:
        raise Refused(f"A load of {load} cannot be: choose 0 to 200.")
    column = places[member]
    name, limit, used = facts.members[column].name, facts.limits()[column], int(asked.loads[column])
    if facts.options.max_probability is not None:
        raise Refused("A plan drawn by lot has no price of a load. Change the load and compute another plan.")
    place = max(0.0, float(asked.prices.get(str(member), 0.0)))
    # The price of a place is that of the largest total; what fairness gave up for the weakest is not in it.
    most, least = ("about", "about") if facts.options.fair else ("at most", "at least")
    if load == limit:
        return WhatIf(0.0, total, True, f"{name} has a load of {limit} already.")
    if load > limit:
        gain = place * (load - limit)
        said = (
            "brings nothing" if gain <= 0 else f"brings {most} {gain:.3g}, {_share(gain, total)} of the total"
        )
        return WhatIf(
            -gain, total + gain, gain <= 0, f"A load of {load} for {name} instead of {limit} {said}."
        )
    if load >= used:
        return WhatIf(0.0, total, True, f"{name} gets {used} papers, so a load of {load} changes nothing.")
    cost = place * (used - load)
    return WhatIf(
        cost,
        total - cost,
        False,
        f"A load of {load} for {name}, who gets {used} papers now, costs {least} {cost:.3g}, {_share(cost, total)} of "
        "the total. Compute a plan with that load to know it exactly.",
    )


def _amount(price: float, total: float, *, exact: bool) -> str:
    if abs(price) < 1e-9:
        return "nothing"
    return f"{'' if exact else 'about '}{price:.3g}, {_share(price, total)} of the total"


def _share(price: float, total: float) -> str:
    share = 100 * price / total if total else 0.0
    return f"{share:.2g} %"


def finite(price: float) -> float | None:
    return price if math.isfinite(price) else None


class _Asked:
    """A proposal with its arrays, for somebody who may see all of it."""

    def __init__(self, actor: User, proposal: Proposal) -> None:
        from reviews.domain.assignment.explain import Explainer

        proposal = proposals.own(actor, proposal)
        inputs = ProposalInputs.objects.filter(proposal=proposal).first()
        if inputs is None:
            raise Refused("This plan is not ready, so there is nothing to ask it.")
        self.facts = Facts.unpack(bytes(inputs.facts))
        keys = [it.pk for it in self.facts.papers]
        seen = Paper.objects.filter(papers_policy.papers_handled_by(actor), pk__in=keys).count()
        if seen != len(keys):
            # Prices run through all papers of a plan, so that one could tell of another.
            raise Refused(
                "Some papers of this plan are no longer yours to see, so it answers no questions. Compute a new one."
            )
        self.table = matrix.Matrix.unpack(self.facts, bytes(inputs.arrays))
        rows, columns = self.table.places
        stored = proposal.pairs.values_list("paper", "member")
        self.pairs = {(rows[paper], columns[member]) for paper, member in stored if member in columns}
        self.total = float(proposal.result["total"])
        self.prices: dict[str, float] = proposal.result.get("prices", {})
        problem = self.table.problem()
        plan = _plan(problem, sorted(self.pairs), proposal)
        self.loads = plan.loads
        self.explainer = Explainer(problem, plan)

    def place(self, pair: Pair) -> Pair:
        """Row and column. Raises NotAllowed for what the plan does not cover."""
        rows, columns = self.table.places
        if pair[0] not in rows or pair[1] not in columns:
            raise NotAllowed("There is no such pair in this plan.")
        return rows[pair[0]], columns[pair[1]]

    def paper(self, pk: int) -> Paper:
        return Paper.objects.get(pk=pk)

    def member(self, pk: int) -> Member:
        found = Member.objects.filter(pk=pk).first()
        if found is None:
            raise NotAllowed("There is no such member.")
        return found

    def words(self, row: int, column: int, rule: str) -> str:
        """Why a member is not on a paper, for the chair."""
        member = self.facts.members[column]
        forbidden = self.facts.forbidden.get((self.facts.papers[row].pk, member.pk))
        if forbidden is not None:
            return REASONS[forbidden]
        return "is away until the reviews are due" if member.away else RULES.get(rule, rule)

    def kept_out(self, row: int, column: int, price: float) -> str:
        """Why a pair cannot be at all; "" when it can, for a price."""
        if math.isfinite(price):
            return ""
        member = self.facts.members[column]
        forbidden = self.facts.forbidden.get((self.facts.papers[row].pk, member.pk))
        if forbidden is not None:
            return REASONS[forbidden]
        if member.away:
            return "away until the reviews are due"
        if self.facts.limits()[column] == 0:
            return "takes no papers"
        return "no exchange makes room for it under the rules of this plan"


def _plan(problem: Any, pairs: Sequence[Pair], proposal: Proposal) -> Any:
    """The plan as the solver returned it, as far as its pairs tell."""
    import numpy as np

    from reviews.domain.assignment.plan import Plan, scores_of

    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    result = proposal.result
    return Plan(
        pairs=array,
        total=result["total"],
        bound=result["bound"],
        best_total=result["best_total"],
        smallest_bound=result["smallest_bound"],
        unfilled=(),
        below_minimum=(),
        relaxations=(),
        certificate=result["certificate"],
        input_hash=proposal.input_hash,
        seconds=result["seconds"],
        paper_scores=scores_of(problem, array),
        loads=np.bincount(array[:, 1], minlength=problem.shape[1]),
        wanted=problem.reviews,
    )


def nearest(paper: Paper, member: Member) -> list[Near]:
    """The member's own papers nearest to a submission, nearest first, as the worker found them; none before it did."""
    kept = AffinityColumn.objects.filter(member=member).values_list("nearest", flat=True).first() or {}
    keys = kept.get(str(paper.pk), [])
    own = OwnPaper.objects.filter(member=member).in_bulk(keys)
    text = Text(paper.title, paper.abstract)
    return [
        Near(it.title, it.year, shared_words(text, Text(it.title, it.abstract)))
        for key in keys
        if (it := own.get(key)) is not None
    ]
