"""From a problem to a plan: the one door to the solver."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from reviews.domain.assignment.constraints import Side, solve_constrained
from reviews.domain.assignment.core import Core, reduce
from reviews.domain.assignment.fairness import Lift
from reviews.domain.assignment.flow import Flow, Progress, solve_flow
from reviews.domain.assignment.lottery import draw, in_shares, share
from reviews.domain.assignment.plan import Plan, relative_gap, scores_of
from reviews.domain.assignment.pricing import Prices, own_bests
from reviews.domain.assignment.problem import Bools, Floats, Ints, InvalidProblem, Problem
from reviews.domain.assignment.shortages import below_minimum, relaxations, unfilled_papers


@dataclass(frozen=True)
class Found:
    """Pairs that are not locked, and what is proved about them (locked pairs not counted)."""

    used: Ints
    bound: float
    best_total: float
    smallest_bound: float
    floor: float | None = None
    cap: Fraction | None = None
    lottery: Ints | None = None  # pairs that could have been drawn
    probabilities: Floats | None = None


def solve(
    problem: Problem,
    *,
    fair: bool = False,
    price_cap: float = 0.005,
    max_probability: float | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The plan with the most places filled and, of these, the largest total.

    When `fair`, every paper first gets the floor (the smallest over the papers of what each could have at best, or as
    near to it as can be), and then the weakest tenth is lifted, at a price of at most `price_cap` (a share) of the
    largest total. With `max_probability` the plan is drawn by lot instead: no pair has a higher probability than that, and
    the expected total is the largest there is. `progress` is called with words between rounds; what it raises ends the run and is passed on.

    Raises InvalidProblem when wishes are combined that cannot be.
    """
    started = time.perf_counter()
    core = reduce(problem)
    if max_probability is not None:
        flow, found = _by_lot(problem, core, max_probability, fair, progress)
    else:
        flow = solve_flow(core, progress=progress)
        found = _optimum(problem, core, flow, progress)
        if fair:
            found = _fair(problem, core, flow, found, price_cap, progress)
    pairs = with_locked(problem, found.used)
    scores = scores_of(problem, pairs)
    total = float(scores.sum())
    locked = float(scores_of(problem, problem.locked).sum())
    unfilled, below = (
        unfilled_papers(problem, pairs, by_lot=max_probability is not None),
        below_minimum(problem, pairs),
    )
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
        probabilities=found.probabilities,
        lottery=None if found.lottery is None else with_locked(problem, found.lottery, locked_too=False),
    )
    words = _certificate(problem, core, plan, found)
    return replace(plan, certificate=words, seconds=time.perf_counter() - started)


def own_best_scores(problem: Problem, core: Core, flow: Flow) -> Floats:
    """What each paper could have at most, locked reviewers included, if it were alone."""
    may_stay_open = flow.shortfall.places > 0 or not side_of(problem, core).empty
    free = Prices(np.zeros(problem.shape[1]))
    best, _ = own_bests(core.weighted(None), flow.keys, free, nobody=may_stay_open)
    return best + scores_of(problem, problem.locked)


def with_locked(problem: Problem, keys: Ints, *, locked_too: bool = True) -> Ints:
    """Pairs in use and locked pairs, sorted."""
    reviewers = problem.shape[1]
    locked = (
        problem.locked[:0, 0] if not locked_too else problem.locked[:, 0] * reviewers + problem.locked[:, 1]
    )
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
    floor = float(own_best_scores(problem, core, flow)[problem.reviews > 0].min())
    found = Found(flow.used, flow.bound, flow.bound, floor)
    side = side_of(problem, core)
    if side.empty or not side.violated(core, flow.used):
        return found
    better = solve_constrained(core, flow, side, progress=progress)
    if better is None:
        raise ArithmeticError("No plan was found under the constraints that do not fit a flow.")
    return replace(found, used=better.used, bound=better.bound, best_total=better.bound)


def _by_lot(
    problem: Problem, core: Core, max_probability: float, fair: bool, progress: Progress | None
) -> tuple[Flow, Found]:
    """A draw with capped probabilities and the largest expected total."""
    if fair or not side_of(problem, core).empty:
        raise InvalidProblem(
            "A plan drawn by lot cannot also hold floors, keep co-authors apart, or combine institutions with seniors. Choose one."
        )
    cap = share(max_probability)
    whole = cap.denominator
    flow = solve_flow(in_shares(core, cap), progress=progress)
    some = flow.amount > 0
    best = flow.bound / whole
    return flow, Found(
        used=draw(flow.network, flow.along, whole, problem.seed),
        bound=best,
        best_total=best,
        smallest_bound=float(own_best_scores(problem, core, flow)[problem.reviews > 0].min()),
        cap=cap,
        lottery=flow.keys[some],
        probabilities=flow.amount[some] / whole,
    )


def _fair(
    problem: Problem, core: Core, flow: Flow, found: Found, price_cap: float, progress: Progress | None
) -> Found:
    """The floor for every paper, then the lift. The search in whole numbers is called when reweighting is not enough."""
    locked = scores_of(problem, problem.locked)
    lift = Lift(core, flow, locked, problem.reviews > 0, found.used)
    start = best = lift.fair(found.used)
    floor = found.smallest_bound
    side = side_of(problem, core)
    near = 1e-7 * max(abs(floor), 1e-9)
    least_total = start.total - price_cap * abs(start.total)
    if side.empty:
        best = lift.run(start, best, floor - near, least_total, progress)
    found = replace(found, used=best.used, floor=floor)
    if best.scores[lift.counted].min() >= floor - near and best.total >= least_total:
        return found
    floors = np.where(core.need > 0, floor - near - locked, -np.inf)
    answer = solve_constrained(
        core, flow, replace(side, floor=floors), start=best.used, gap=1e-4, progress=progress
    )
    if answer is None or answer.open > flow.shortfall.places + flow.shortfall.loads:
        return found
    held = lift.fair(answer.used)
    weakest = float(held.scores[lift.counted].min())
    smallest_bound = max(weakest, floor - max(0.0, answer.least_slack - near))
    if side.empty and held.total >= least_total:
        held = lift.run(start, held, min(floor, weakest), least_total, progress)
    reached = float(best.scores[lift.counted].min())
    if reached > weakest + near or (reached >= weakest - near and best.total > held.total):
        held = best
    return replace(
        found,
        used=held.used,
        bound=min(found.bound, answer.bound),
        smallest_bound=smallest_bound,
        floor=floor,
    )


def _certificate(problem: Problem, core: Core, plan: Plan, found: Found) -> str:
    pairs = int(np.count_nonzero(core.allowed)) + len(problem.locked)
    priced = f"all {pairs:,} allowed pairs were priced, and at these prices no assignment that fills as many places"
    if found.cap is not None:
        return (
            f"Drawn by lot: no pair had a probability above {found.cap}, and {priced} drawn so can be expected to have "
            f"a total above {found.best_total:.9g}; this draw has {plan.total:.9g}."
        )
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
