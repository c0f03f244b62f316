"""From a problem to a plan: the one door to the solver."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from reviews.domain.assignment.constraints import Side, solve_constrained
from reviews.domain.assignment.core import Core, reduce
from reviews.domain.assignment.fairness import Lift
from reviews.domain.assignment.flow import Flow, Progress, solve_flow
from reviews.domain.assignment.plan import Plan, relative_gap, scores_of
from reviews.domain.assignment.pricing import Prices, own_bests
from reviews.domain.assignment.problem import Bools, Floats, Ints, Problem
from reviews.domain.assignment.shortages import below_minimum, relaxations, unfilled_papers


@dataclass(frozen=True)
class Found:
    """Pairs that are not locked, and what is proved about them (locked pairs not counted)."""

    used: Ints
    bound: float
    best_total: float
    smallest_bound: float
    floor: float | None = None


def solve(
    problem: Problem, *, fair: bool = False, price_cap: float = 0.005, progress: Progress | None = None
) -> Plan:
    """The plan with the most places filled and, of these, the largest total.

    When `fair`, every paper first gets the floor (the smallest over the papers of what each could have at best, or as
    near to it as can be), and then the weakest tenth is lifted, at a price of at most `price_cap` (a share) of the
    largest total. `progress` is called with words between rounds; what it raises ends the run and is passed on.
    """
    started = time.perf_counter()
    core = reduce(problem)
    flow = solve_flow(core, progress=progress)
    found = _optimum(problem, core, flow, progress)
    if fair:
        found = _fair(problem, core, flow, found, price_cap, progress)
    pairs = with_locked(problem, found.used)
    scores = scores_of(problem, pairs)
    total = float(scores.sum())
    locked = float(scores_of(problem, problem.locked).sum())
    unfilled, below = unfilled_papers(problem, core, pairs), below_minimum(problem, pairs)
    plan = Plan(
        pairs=pairs,
        total=total,
        bound=max(total, found.bound + locked),
        best_total=max(total, found.best_total + locked),
        smallest_bound=found.smallest_bound,
        unfilled=unfilled,
        below_minimum=below,
        relaxations=relaxations(problem, core, flow.keys, unfilled, below) if unfilled or below else (),
        certificate="",
        input_hash=problem.fingerprint(),
        seconds=0.0,
        paper_scores=scores,
        loads=np.bincount(pairs[:, 1], minlength=problem.shape[1]),
        wanted=problem.reviews,
        prices=flow.prices.reviewer,
    )
    words = _certificate(problem, core, plan, found)
    return replace(plan, certificate=words, seconds=time.perf_counter() - started)


def own_best_scores(problem: Problem, core: Core, keys: Ints) -> Floats:
    """What each paper could have at most, locked reviewers included, if it were alone."""
    best, _ = own_bests(core.weighted(None), keys, Prices(np.zeros(problem.shape[1])))
    return best + scores_of(problem, problem.locked)


def with_locked(problem: Problem, keys: Ints) -> Ints:
    """Pairs in use and locked pairs, sorted."""
    reviewers = problem.shape[1]
    locked = problem.locked[:, 0] * reviewers + problem.locked[:, 1]
    every = np.sort(np.concatenate([keys, locked]))
    return np.stack(np.divmod(every, reviewers), axis=1)


def side_of(problem: Problem, core: Core) -> Side:
    """The constraints that do not fit the flow."""
    wants: Bools | None = None
    if problem.senior is not None and problem.institutions is not None:
        wants = core.need > 0
        wants[problem.locked[problem.senior[problem.locked[:, 1]], 0]] = False
    return Side(rivals=problem.coauthors, wants_senior=wants)


def _optimum(problem: Problem, core: Core, flow: Flow, progress: Progress | None) -> Found:
    """The largest total; by flow alone unless a constraint that does not fit one is violated."""
    floor = float(own_best_scores(problem, core, flow.keys)[problem.reviews > 0].min())
    found = Found(flow.used, flow.bound, flow.bound, floor)
    side = side_of(problem, core)
    if side.empty or not side.violated(core, flow.used):
        return found
    better = solve_constrained(core, flow, side, progress=progress)
    if better is None:
        raise ArithmeticError("No plan was found under the constraints that do not fit a flow.")
    return replace(found, used=better.used, bound=better.bound, best_total=better.bound)


def _fair(
    problem: Problem, core: Core, flow: Flow, found: Found, price_cap: float, progress: Progress | None
) -> Found:
    locked = scores_of(problem, problem.locked)
    lift = Lift(core, flow, locked, found.used)
    start = best = lift.fair(found.used)
    floor = found.smallest_bound
    side = side_of(problem, core)
    near = 1e-7 * max(abs(floor), 1e-9)
    bound, smallest_bound = found.bound, floor
    if start.scores[lift.counted].min() < floor - near:
        floors = np.where(core.need > 0, floor - near - locked, -np.inf)
        answer = solve_constrained(core, flow, replace(side, floor=floors), gap=1e-4, progress=progress)
        if answer is not None and answer.open <= flow.shortfall.places + flow.shortfall.loads:
            best = lift.fair(answer.used)
            smallest_bound = floor - max(0.0, answer.least_slack - near)
            floor = min(floor, float(best.scores[lift.counted].min()))
            bound = min(bound, answer.bound)
    least_total = (1 - price_cap * np.sign(start.total)) * start.total
    if not side.empty or best.total < least_total:
        return replace(found, used=best.used, bound=bound, smallest_bound=smallest_bound, floor=floor)
    best = lift.run(start, best, floor, least_total, progress)
    return replace(found, used=best.used, bound=bound, smallest_bound=smallest_bound, floor=floor)


def _certificate(problem: Problem, core: Core, plan: Plan, found: Found) -> str:
    pairs = int(np.count_nonzero(core.allowed)) + len(problem.locked)
    priced = f"all {pairs:,} allowed pairs were priced, and at these prices no assignment that fills as many places"
    if found.floor is None and plan.gap <= 1e-6:
        return (
            f"Optimal: {priced} can have a total above {plan.bound:.9g}; "
            f"this one has {plan.total:.9g} (gap {plan.gap:.1e})."
        )
    if found.floor is None:
        return f"Not proved optimal: {priced} can have a total above {plan.bound:.9g}; this one has {plan.total:.9g} ({plan.gap:.3%} below)."
    price = relative_gap(plan.total, plan.best_total)
    return (
        f"Fair: the weakest paper has {plan.smallest:.6g} of at most {plan.smallest_bound:.6g} that any assignment could "
        f"give it; {priced} can have a total above {plan.best_total:.9g}, of which {price:.3%} were given up for the weak papers."
    )
