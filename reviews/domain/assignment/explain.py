"""Why a pair is in a plan, what kept better candidates out, and the exact price of having it otherwise.

When a reviewer takes one more paper, someone must give: pass a paper on to the next, who passes one on, until somebody has
room. The cheapest such chain is a shortest path in what the flow leaves over, and its length is the exact
price (Ahuja, Magnanti and Orlin 1993, chapter 9). For a plan that is not the plain maximum (a fair one, or one under
rules that do not fit a flow) chains are followed for three steps and the prices are called estimates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from reviews.domain.assignment.core import reduce
from reviews.domain.assignment.plan import Plan
from reviews.domain.assignment.problem import Bools, Floats, Ints, Problem
from reviews.domain.assignment.solve import solve

#: Up to so many reviewers all chains are found at once; beyond, those that a paper asks for.
AT_ONCE = 700
#: A cycle of exchanges that gains more than this share of the largest score shows that a plan is not the maximum.
NOISE = 1e-7


@dataclass(frozen=True)
class Candidate:
    """A reviewer who would score higher on a paper than one who is on it, and what kept them out."""

    reviewer: int
    score: float
    rule: str  # "conflict", "no load", "institution", "senior", "load" or "elsewhere"
    price: float  # what the total loses when this pair is forced; infinite when it is not allowed


@dataclass(frozen=True)
class Reason:
    """One pair of a plan explained."""

    paper: int
    reviewer: int
    score: float
    rank: int  # 1 is the highest score among the allowed; equals share the better rank
    allowed: int
    locked: bool
    price: float  # what the total loses when the pair is forbidden; infinite when nobody could stand in
    better: tuple[Candidate, ...]
    exact: bool  # whether the prices are exact


@dataclass(frozen=True)
class WhatIf:
    """The plan of a changed problem, compared with the present one."""

    plan: Plan
    difference: float  # new total less the old
    added: Ints  # pairs
    dropped: Ints


class Explainer:
    """Prices around one plan. Made once, then asked for any pair."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        """`plan` must be a plan of `problem`."""
        self.problem, self.plan, self.core = problem, plan, reduce(problem)
        papers, reviewers = problem.shape
        keys = plan.pairs[:, 0] * reviewers + plan.pairs[:, 1]
        locked = problem.locked[:, 0] * reviewers + problem.locked[:, 1]
        self.used = keys[~np.isin(keys, locked)]
        self.on: list[Ints] = np.split(
            self.used % reviewers, np.cumsum(np.bincount(self.used // reviewers, minlength=papers))[:-1]
        )
        self.open = self.core.need - np.bincount(self.used // reviewers, minlength=papers)
        self.step = self._steps()
        self.exact = True
        self.chain: Floats | None = None
        self._to: dict[int, Floats] = {}
        if reviewers <= AT_ONCE:
            self.chain = _all_chains(self.step)
            largest = float(np.abs(problem.scores).max(initial=0.0))
            if float(np.diag(self.chain).min()) < -NOISE * largest:
                self.exact = False
                self.chain = _short_chains(self.step)

    # -- questions ------------------------------------------------------------------------------------------------

    def why(self, paper: int, reviewer: int, *, most: int = 10) -> Reason:
        """Explain a pair of the plan, with at most `most` better candidates, the best first."""
        scores = self.problem.scores[paper].astype(np.float64)
        allowed = ~self.problem.forbidden[paper] & (self.problem.max_load > 0)
        score = float(scores[reviewer])
        locked = bool((self.problem.locked == (paper, reviewer)).all(axis=1).any())
        price = float("inf") if locked else self.forbidding(paper, reviewer)
        return Reason(
            paper=paper,
            reviewer=reviewer,
            score=score,
            rank=1 + int(np.count_nonzero(allowed & (scores > score))),
            allowed=int(np.count_nonzero(allowed)),
            locked=locked,
            price=price,
            better=self._better(paper, score, scores, most),
            exact=self.exact,
        )

    def forcing(self, paper: int) -> Floats:
        """What the total loses when each reviewer is forced onto a paper: 0 for those on it, infinite if not allowed."""
        reviewers = self.problem.shape[1]
        price = np.full(reviewers, np.inf)
        candidates = self.core.allowed[paper].copy()
        candidates[self.on[paper]] = False
        own = self.problem.scores[paper].astype(np.float64)
        leaving = [*((int(who), float(own[who])) for who in self.on[paper])]
        if self.open[paper]:
            leaving.append((reviewers + 1, 0.0))
        for place, freed in leaving:
            fits = candidates & self._fits(paper, place)
            price = np.where(fits, np.minimum(price, freed - own + self._chain_to(place)[:reviewers]), price)
        here = self.plan.pairs[self.plan.pairs[:, 0] == paper, 1]
        price[here] = 0.0
        return np.maximum(price, 0.0) if self.exact else price

    def forbidding(self, paper: int, reviewer: int) -> float:
        """What the total loses when a pair of the plan is forbidden; infinite when less could then be filled."""
        price = float(self.replacements(paper, reviewer).min(initial=np.inf))
        if self.open.any():
            nobody = self.problem.shape[1] + 1
            left_open = float(self.problem.scores[paper, reviewer]) + float(self._chain_to(reviewer)[nobody])
            price = min(price, max(0.0, left_open) if self.exact else left_open)
        return price

    def replacements(self, paper: int, reviewer: int) -> Floats:
        """What the total loses when a reviewer of the plan gives way to each other on this paper."""
        reviewers = self.problem.shape[1]
        own = self.problem.scores[paper].astype(np.float64)
        fits = self.core.allowed[paper] & self._fits(paper, reviewer)
        fits[self.on[paper]] = False
        chain = self._chain_to(reviewer)
        price = np.where(fits, own[reviewer] - own + chain[:reviewers], np.inf)
        price = np.maximum(price, 0.0) if self.exact else price
        return price

    def _better(self, paper: int, score: float, scores: Floats, most: int) -> tuple[Candidate, ...]:
        here = self.plan.pairs[self.plan.pairs[:, 0] == paper, 1]
        above = scores > score
        above[here] = False
        order = np.flatnonzero(above)[np.argsort(-scores[above], kind="stable")][:most]
        forcing = self.forcing(paper)
        return tuple(
            Candidate(int(who), float(scores[who]), self._rule(paper, int(who)), float(forcing[who]))
            for who in order
        )

    def _rule(self, paper: int, reviewer: int) -> str:
        if self.problem.forbidden[paper, reviewer]:
            return "conflict"
        if self.problem.max_load[reviewer] == 0:
            return "no load"
        if not self.core.allowed[paper, reviewer]:
            return "institution" if self.problem.institutions is not None else "coauthors"
        if self.core.group is not None and not any(
            self._fits(paper, int(who))[reviewer]
            for who in self.on[paper]
            if self._group(int(who)) != self._group(reviewer)
        ):
            return "institution" if self.problem.institutions is not None else "senior"
        return "load" if self.plan.loads[reviewer] >= self.problem.max_load[reviewer] else "elsewhere"

    # -- the graph of exchanges -----------------------------------------------------------------------------------
    # Places: the reviewers, then the sink (loads that may still vary), then "nobody" (places left open).

    def _group(self, reviewer: int) -> int:
        return -1 if self.core.group is None else int(self.core.group[reviewer])

    def _fits(self, paper: int, leaving: int) -> Bools:
        """Reviewers whose group has room on a paper once `leaving` has left it."""
        group = self.core.group
        if group is None:
            return np.ones(self.problem.shape[1], dtype=bool)
        here = [int(who) for who in self.on[paper] if who != leaving]
        count = np.bincount(group[here] + 1, minlength=int(group.max()) + 2)
        room = count < self.core.limit[paper]
        room[0] = True
        fits: Bools = room[group + 1]
        return fits

    def _steps(self) -> Floats:
        """The cheapest single exchange from each place to each other: someone on a paper gives way to another."""
        core = self.core
        papers, reviewers = core.shape
        sink, nobody = reviewers, reviewers + 1
        step = np.full((reviewers + 2, reviewers + 2), np.inf)
        loads = np.bincount(self.used % reviewers, minlength=reviewers)
        short = np.maximum(core.lo - loads, 0)
        some_open = bool(self.open.any())
        for paper in range(papers):
            scores = core.scores[paper].astype(np.float64)
            free = core.allowed[paper].copy()
            free[self.on[paper]] = False
            for who in self.on[paper]:
                fits = free if core.group is None else free & self._fits(paper, int(who))
                row = step[who, :reviewers]
                np.minimum(row, scores[who] - scores, out=row, where=fits)
                if some_open:
                    step[who, nobody] = min(step[who, nobody], scores[who])
            if self.open[paper]:
                fits = free if core.group is None else free & self._fits(paper, nobody)
                row = step[nobody, :reviewers]
                np.minimum(row, -scores, out=row, where=fits)
        step[:reviewers, sink][loads + short < core.hi] = 0.0
        step[sink, :reviewers][loads > core.lo] = 0.0
        giving, taking = np.flatnonzero(short), np.flatnonzero(core.lo - short > 0)
        step[np.ix_(giving, taking)] = np.minimum(step[np.ix_(giving, taking)], 0.0)
        np.fill_diagonal(step, np.minimum(np.diag(step), 0.0))
        return step

    def _chain_to(self, place: int) -> Floats:
        """The cheapest chain from every place to one."""
        if self.chain is not None:
            ends: Floats = self.chain[:, place]
            return ends
        if place not in self._to:
            distance = self.step[:, place].copy()
            for _ in range(distance.size):
                better = np.minimum(distance, (self.step + distance).min(axis=1))
                if (better >= distance - 1e-12).all():
                    break
                distance = better
                if distance[place] < -NOISE * float(np.abs(self.problem.scores).max()):
                    self.exact = False
                    break
            self._to[place] = distance
        return self._to[place]


def what_if(
    problem: Problem,
    plan: Plan,
    *,
    force: Iterable[tuple[int, int]] = (),
    forbid: Iterable[tuple[int, int]] = (),
    max_load: Mapping[int, int] | None = None,
    min_load: Mapping[int, int] | None = None,
    fair: bool = False,
    progress: Callable[[str], None] | None = None,
) -> WhatIf:
    """Solve again with some pairs forced or forbidden and some loads changed. Raises InvalidProblem if contradictory."""
    forbidden = problem.forbidden.copy()
    for paper, reviewer in forbid:
        forbidden[paper, reviewer] = True
    most, least = problem.max_load.copy(), problem.min_load.copy()
    for loads, changes in ((most, max_load), (least, min_load)):
        for who, load in (changes or {}).items():
            loads[who] = load
    forced = np.array(list(force), dtype=np.int64).reshape(-1, 2)
    changed = replace(
        problem,
        forbidden=forbidden,
        max_load=most,
        min_load=least,
        locked=np.concatenate([problem.locked, forced]),
    )
    new = solve(changed, fair=fair, progress=progress)
    before, after = ({(int(paper), int(who)) for paper, who in pairs} for pairs in (plan.pairs, new.pairs))
    return WhatIf(new, new.total - plan.total, _sorted(after - before), _sorted(before - after))


def _sorted(pairs: set[tuple[int, int]]) -> Ints:
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _all_chains(step: Floats) -> Floats:
    """Shortest chains between all places (Floyd and Warshall)."""
    chain = step.copy()
    for middle in range(chain.shape[0]):
        np.minimum(chain, chain[:, middle, None] + chain[None, middle, :], out=chain)
    return chain


def _short_chains(step: Floats) -> Floats:
    """Cheapest chains of at most three steps."""
    chain = step
    for _ in range(2):
        chain = np.stack([(row[:, None] + step).min(axis=0) for row in chain])
    return chain
