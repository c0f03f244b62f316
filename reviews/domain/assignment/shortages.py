"""Why places stay empty or loads too small, paper by paper, and the smallest changes that would help."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reviews.domain.assignment.core import Core, merge
from reviews.domain.assignment.network import build, cheapest_flow
from reviews.domain.assignment.plan import BelowMinimum, Relaxation, Unfilled
from reviews.domain.assignment.problem import Ints, Problem

#: How many people or papers a sentence names before it says "and 12 more".
NAMED = 8


def unfilled_papers(problem: Problem, pairs: Ints, *, by_lot: bool = False) -> tuple[Unfilled, ...]:
    """Every paper that is short, with the constraint that blocks it."""
    missing = problem.reviews - np.bincount(pairs[:, 0], minlength=problem.shape[0])
    return tuple(
        _blame(problem, pairs, int(paper), int(missing[paper]), by_lot) for paper in np.flatnonzero(missing)
    )


def _blame(problem: Problem, pairs: Ints, paper: int, missing: int, by_lot: bool) -> Unfilled:
    wanted = int(problem.reviews[paper])
    name = problem.paper_names[paper]
    start = f"Paper {name} gets {wanted - missing} of {wanted} {_plural(wanted, 'review')}: "
    free = np.flatnonzero(~problem.forbidden[paper] & (problem.max_load > 0))
    if free.size < wanted:
        closed = int(np.count_nonzero(~problem.forbidden[paper])) - free.size
        also = (
            f" and a load above 0 ({closed} {_plural(closed, 'has', 'have')} a maximum load of 0)"
            if closed
            else ""
        )
        who = (
            f"only {_people(free.size)} {_plural(free.size, 'has', 'have')}"
            if free.size
            else "no reviewer has"
        )
        return Unfilled(paper, missing, "too_few_reviewers", f"{start}{who} no conflict with it{also}.")
    if problem.institutions is not None:
        groups = {problem.institutions[who] or f"{who}" for who in free.tolist()}
        if len(groups) < wanted:
            return Unfilled(
                paper,
                missing,
                "institutions",
                f"{start}its {free.size} reviewers without a conflict come from only {len(groups)} {_plural(len(groups), 'institution')}.",
            )
    if problem.senior is not None and not problem.senior[free].any():
        return Unfilled(
            paper, missing, "senior", f"{start}none of its {_people(free.size)} without a conflict is senior."
        )
    loads = np.bincount(pairs[:, 1], minlength=problem.shape[1])
    own = pairs[pairs[:, 0] == paper, 1]
    idle = free[(loads[free] < problem.max_load[free]) & ~np.isin(free, own)]
    if idle.size:
        code, rule = _company(problem, by_lot)
        return Unfilled(
            paper,
            missing,
            code,
            f"{start}{_people(idle.size)} could take more, but {rule} keeps them from it.",
        )
    others = free.size - own.size
    who = f"the {others} other reviewers" if others != 1 else "the 1 other reviewer"
    return Unfilled(
        paper,
        missing,
        "loads",
        f"{start}{who} without a conflict, and everybody they could pass work on to, are at their maximum load.",
    )


def _company(problem: Problem, by_lot: bool) -> tuple[str, str]:
    if by_lot:
        return "probability", "the cap on the probability of a pair"
    if problem.institutions is not None:
        return "institutions", "the rule of one reviewer of an institution"
    if problem.senior is not None:
        return "senior", "the rule of one senior reviewer on every paper"
    return "coauthors", "the rule against co-authors on one paper"


def below_minimum(problem: Problem, pairs: Ints) -> tuple[BelowMinimum, ...]:
    """Every reviewer whose minimum load is not reached, with the reason."""
    loads = np.bincount(pairs[:, 1], minlength=problem.shape[1])
    found = []
    for who in np.flatnonzero(loads < problem.min_load).tolist():
        least, has = int(problem.min_load[who]), int(loads[who])
        open_to = int(np.count_nonzero(~problem.forbidden[:, who] & (problem.reviews > 0)))
        why = (
            f"only {open_to} {_plural(open_to, 'paper has', 'papers have')} no conflict with them"
            if open_to < least
            else "the papers they may review are needed for the minimum loads of others"
        )
        found.append(
            BelowMinimum(
                int(who),
                least - has,
                f"Reviewer {problem.reviewer_names[who]} gets {has} of at least {least} papers: {why}.",
            )
        )
    return tuple(found)


def relaxations(
    problem: Problem, core: Core, keys: Ints, unfilled: Sequence[Unfilled], below: Sequence[BelowMinimum]
) -> tuple[Relaxation, ...]:
    """The smallest changes that would let more be filled, by kind."""
    found: list[Relaxation] = []
    by_load = sum(item.missing for item in unfilled) - int(_hopeless(core).sum())
    if by_load > 0:
        found += _raise_loads(problem, core, keys, by_load)
    for item in unfilled:
        if item.code == "too_few_reviewers":
            found.append(
                Relaxation(
                    "lift_conflict",
                    item.missing,
                    f"Lift {item.missing} of the conflicts of paper {problem.paper_names[item.paper]}, or invite {_people(item.missing)} without a conflict with it.",
                    papers=(item.paper,),
                )
            )
    if unfilled:
        places = sum(item.missing for item in unfilled)
        papers = [item.paper for item in unfilled]
        names = _list([f"{problem.paper_names[item.paper]} (by {item.missing})" for item in unfilled])
        found.append(
            Relaxation(
                "lower_reviews",
                places,
                f"Accept fewer reviews for {_plural(len(papers), 'paper')} {names}.",
                papers=tuple(papers),
            )
        )
    for short in below:
        least = int(problem.min_load[short.reviewer]) - short.missing
        found.append(
            Relaxation(
                "lower_min_load",
                short.missing,
                f"Lower the minimum load of reviewer {problem.reviewer_names[short.reviewer]} to {least}.",
                reviewers=(short.reviewer,),
            )
        )
    return tuple(found)


def _hopeless(core: Core) -> Ints:
    """Places of each paper that no load would fill: too few reviewers may have it at all."""
    reach = np.zeros(core.shape[0], dtype=np.int64)
    for rows in core.blocks():
        allowed = core.allowed[rows]
        if core.group is None:
            reach[rows] = allowed.sum(axis=1)
            continue
        order = np.argsort(core.group, kind="stable")
        starts = np.flatnonzero(np.diff(core.group[order], prepend=-2))
        counts = np.add.reduceat(allowed[:, order], starts, axis=1, dtype=np.int64)
        free = core.group[order][starts] < 0
        reach[rows] = np.where(free, counts, np.minimum(counts, core.limit[rows, None])).sum(axis=1)
    return np.maximum(core.need - reach, 0)


def _raise_loads(problem: Problem, core: Core, keys: Ints, places: int) -> list[Relaxation]:
    """The fewest extra units of load that fill everything a load can fill, spread over as many people as possible."""
    hopeless = int(_hopeless(core).sum())
    reviewers = core.shape[1]
    keys = merge(keys, np.flatnonzero(core.allowed)) if core.allowed.size <= 2_000_000 else keys
    network = build(core, keys, unfilled=hopeless)
    everybody = network.first_reviewer + np.arange(reviewers)
    steps = min(int(core.need.sum()), 6)
    costly = 1e3 * (float(np.abs(network.cost).max(initial=0.0)) or 1.0)
    sizes = [1] * (steps - 1) + [int(core.need.sum())]
    extra = len(sizes) * reviewers
    raised = type(network)(
        keys=network.keys,
        tail=np.concatenate([network.tail, *([everybody] * len(sizes))]),
        head=np.concatenate([network.head, np.full(extra, network.sink, dtype=np.int64)]),
        capacity=np.concatenate([network.capacity, np.repeat(np.array(sizes, dtype=np.int64), reviewers)]),
        cost=np.concatenate([network.cost, np.repeat(costly * (1 + 0.1 * np.arange(len(sizes))), reviewers)]),
        noise=np.concatenate([network.noise, np.zeros(extra, dtype=np.int64)]),
        supply=network.supply,
        sink=network.sink,
        nobody=network.nobody,
        first_reviewer=network.first_reviewer,
        gates=network.gates,
        first_gate=network.first_gate,
    )
    answer = cheapest_flow(raised, np.zeros(network.supply.size), None)
    if answer is None:
        return []
    more = answer[0][-extra:].reshape(len(sizes), reviewers).sum(axis=0)
    people = np.flatnonzero(more)
    if int(more.sum()) != places or not people.size:
        return []
    found = []
    for by in np.unique(more[people]):
        these = np.flatnonzero(more == by)
        names = _list([problem.reviewer_names[who] for who in these.tolist()])
        found.append(
            Relaxation(
                "raise_max_load",
                int(by) * these.size,
                f"Raise the maximum load of {_people(these.size)} by {by}: {names}.",
                reviewers=tuple(int(who) for who in these),
            )
        )
    load = int(problem.max_load.max())
    if load:
        newcomers = -(-places // load)
        found.append(
            Relaxation(
                "invite", places, f"Or invite {_people(newcomers)} without conflicts, with a load of {load}."
            )
        )
    return found


def _people(count: int) -> str:
    return f"{count} {_plural(count, 'reviewer')}"


def _plural(count: int, one: str, many: str | None = None) -> str:
    return one if count == 1 else many or f"{one}s"


def _list(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
