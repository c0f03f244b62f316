"""From a problem to a plan: the one door to the solver."""

from __future__ import annotations

import time

import numpy as np

from reviews.domain.assignment.core import Core, reduce
from reviews.domain.assignment.flow import Progress, solve_flow
from reviews.domain.assignment.plan import Plan, relative_gap, scores_of
from reviews.domain.assignment.pricing import Prices, own_bests
from reviews.domain.assignment.problem import Floats, Ints, Problem
from reviews.domain.assignment.shortages import below_minimum, relaxations, unfilled_papers


def solve(
    problem: Problem, *, fair: bool = False, price_cap: float = 0.005, progress: Progress | None = None
) -> Plan:
    """The plan with the most places filled and, of these, the largest total."""
    started = time.perf_counter()
    core = reduce(problem)
    flow = solve_flow(core, progress=progress)
    pairs = with_locked(problem, flow.used)
    scores = scores_of(problem, pairs)
    total = float(scores.sum())
    bound = max(total, flow.bound + _locked_total(problem))
    unfilled, below = unfilled_papers(problem, core, pairs), below_minimum(problem, pairs)
    relax = relaxations(problem, core, flow.keys, unfilled, below) if unfilled or below else ()
    return Plan(
        pairs=pairs,
        total=total,
        bound=bound,
        best_total=bound,
        smallest_bound=float(own_best_scores(problem, core, flow.keys)[problem.reviews > 0].min()),
        unfilled=unfilled,
        below_minimum=below,
        relaxations=relax,
        certificate=_certificate(problem, core, total, bound),
        input_hash=problem.fingerprint(),
        seconds=time.perf_counter() - started,
        paper_scores=scores,
        loads=np.bincount(pairs[:, 1], minlength=problem.shape[1]),
        wanted=problem.reviews,
        prices=flow.prices.reviewer,
    )


def own_best_scores(problem: Problem, core: Core, keys: Ints) -> Floats:
    """What each paper could have at most, locked reviewers included, if it were alone."""
    best, _ = own_bests(core, keys, Prices(np.zeros(problem.shape[1])))
    return best + scores_of(problem, problem.locked)


def _locked_total(problem: Problem) -> float:
    return float(scores_of(problem, problem.locked).sum())


def _certificate(problem: Problem, core: Core, total: float, bound: float) -> str:
    pairs = int(np.count_nonzero(core.allowed)) + len(problem.locked)
    gap = relative_gap(total, bound)
    return (
        f"Optimal: all {pairs:,} allowed pairs were priced, and at these prices no assignment that fills as many places "
        f"can have a total above {bound:.9g}; this one has {total:.9g} (gap {gap:.1e})."
    )


def with_locked(problem: Problem, keys: Ints) -> Ints:
    """Pairs in use and locked pairs, sorted."""
    reviewers = problem.shape[1]
    locked = problem.locked[:, 0] * reviewers + problem.locked[:, 1]
    every = np.sort(np.concatenate([keys, locked]))
    return np.stack(np.divmod(every, reviewers), axis=1)
