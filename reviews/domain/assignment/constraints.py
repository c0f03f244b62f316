"""What does not fit a flow: floors for papers, no two co-authors, a senior reviewer beside other rules.

The linear relaxation, on few pairs, is solved with rows added only when they are violated; its prices say which other
pairs could matter, and bound the total of every plan. Then the same in whole numbers (HiGHS through SciPy), on every
pair that the bound does not rule out. Places that cannot be filled are left open at a price above all scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from reviews.domain.assignment.core import Core
from reviews.domain.assignment.flow import Flow, Progress
from reviews.domain.assignment.pricing import Prices, own_bests, price
from reviews.domain.assignment.problem import Bools, Floats, Ints
from reviews.domain.assignment.program import Program, Relaxed

#: How many pairs of each paper the first relaxation sees: by score less price, and by score alone.
BY_GAIN, BY_SCORE = 12, 6
#: More pairs than this are not given to the search in whole numbers.
MOST_PAIRS = 60_000
ROUNDS = 25


@dataclass(frozen=True)
class Side:
    """Constraints beside the flow. A paper's floor is for the part of its score that is not locked."""

    floor: Floats | None = None  # -inf: none
    rivals: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))  # pairs of reviewers
    wants_senior: Bools | None = None  # papers that still need one

    @property
    def empty(self) -> bool:
        """Whether there is nothing beside the flow."""
        return self.floor is None and not len(self.rivals) and self.wants_senior is None

    def violated(self, core: Core, used: Ints) -> bool:
        """Whether pairs in use break a rule beside the flow (floors not counted)."""
        pairs = violated_pairs(core, self, used, np.ones(used.size))
        return bool(pairs.size) or bool(_without_senior(core, self, used).any())


@dataclass(frozen=True)
class Constrained:
    """The best plan found under side constraints, and the bound on every such plan."""

    used: Ints
    total: float
    bound: float
    open: int  # places and units of minimum load that stay open
    prices: Prices
    slack: float = 0.0  # how far the weakest paper is below its floor
    least_slack: float = 0.0  # no plan has less than this


def solve_constrained(
    core: Core,
    flow: Flow,
    side: Side,
    *,
    start: Ints | None = None,
    gap: float = 1e-9,
    progress: Progress | None = None,
) -> Constrained | None:
    """The plan with the most places filled and the largest total that obeys `side` as well; None if none was found.

    Where floors cannot be held, the weakest paper comes as near to its floor as the search finds. `flow` is the solution
    without `side`, `start` pairs of a plan that comes nearer, `gap` what the search in whole numbers may leave as a share
    of the total. Raises whatever `progress` raises.
    """
    program = Program(core, side, first_pairs(core, flow, start))
    if program.keys.size > MOST_PAIRS:
        return None
    relaxed = _relax(program, flow, progress)
    least_slack = 0.0
    if relaxed is not None and relaxed.slack > 1e-6 * program.scale:
        # No plan holds these floors: hold all to the highest that the prices do not rule out.
        least_slack = _least_slack(program, relaxed)
        program.lower_floors(least_slack)
        relaxed = _relax(program, flow, progress)
    if relaxed is None:
        return None
    if progress is not None:
        progress(f"whole numbers: {program.keys.size} pairs")
    best = _whole(program, relaxed, gap) or _whole(program, relaxed, max(gap, 1e-3), elastic=True)
    if best is None:
        return None
    if (
        side.floor is None
        and best.bound - best.total > 2 * gap * abs(best.bound)
        and _widen(program, relaxed, best)
    ):
        best = _better(best, _whole(program, relaxed, gap, complete=True))
    return replace(best, slack=best.slack + least_slack, least_slack=least_slack)


def first_pairs(core: Core, flow: Flow, start: Ints | None = None) -> Ints:
    """The pairs in use, and of each paper those that come next by gain and by score."""
    reviewers = core.shape[1]
    found = [flow.used, flow.used if start is None else start]
    if core.allowed.size <= 20_000:
        return np.flatnonzero(core.allowed).astype(np.int64)
    for rows in core.blocks():
        values = np.where(core.allowed[rows], core.block(rows), -np.inf)
        for of, count in ((values - flow.prices.reviewer, BY_GAIN), (values, BY_SCORE)):
            width = min(count + 2 * int(core.need.max()), reviewers)
            best = np.argpartition(of, reviewers - width, axis=1)[:, reviewers - width :]
            inside = np.arange(of.shape[0])[:, None]
            found.append((best + (inside + rows.start) * reviewers)[core.allowed[rows][inside, best]])
    return np.unique(np.concatenate(found)).astype(np.int64)


def violated_pairs(core: Core, side: Side, keys: Ints, amount: Floats) -> Ints:
    """Rows (paper, one, other) of co-authors that share more than one place on a paper."""
    if not len(side.rivals):
        return np.zeros((0, 3), dtype=np.int64)
    reviewers = core.shape[1]
    rows, columns = np.divmod(keys, reviewers)
    rivals: dict[int, list[int]] = {}
    for one, other in side.rivals.tolist():
        rivals.setdefault(one, []).append(other)
    place = {int(key): float(part) for key, part in zip(keys, amount, strict=True) if part > 1e-6}
    found = [
        (int(row), int(one), other)
        for row, one, part in zip(rows, columns, amount, strict=True)
        if part > 1e-6
        for other in rivals.get(int(one), ())
        if part + place.get(int(row) * reviewers + other, 0.0) > 1 + 1e-6
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _without_senior(core: Core, side: Side, used: Ints) -> Bools:
    if side.wants_senior is None or core.senior is None:
        return np.zeros(core.shape[0], dtype=bool)
    rows, columns = np.divmod(used, core.shape[1])
    seniors = np.bincount(rows, weights=core.senior[columns], minlength=core.shape[0])
    full = np.bincount(rows, minlength=core.shape[0]) >= core.need
    without: Bools = side.wants_senior & (seniors < 1) & full & (core.need > 0)
    return without


def _relax(program: Program, flow: Flow, progress: Progress | None) -> Relaxed | None:
    """The linear relaxation over all pairs: rows and pairs are added until none is missing; None if impossible."""
    program.add_floors(_below_floor(program, flow.used, np.ones(flow.used.size)))
    bound = np.inf
    relaxed = None
    for round_number in range(1, ROUNDS + 1):
        if progress is not None:
            progress(f"relaxation {round_number}: {program.keys.size} pairs")
        relaxed = program.relax()
        if relaxed is None:
            return None
        rows = violated_pairs(program.core, program.side, program.keys, relaxed.amount)
        low = _below_floor(program, program.keys, relaxed.amount)
        promising, limit = _verdict(program, relaxed)
        bound = min(bound, limit)
        new = [program.add_pair_rows(rows), program.add_floors(low), program.add_keys(promising)]
        if not any(new) or program.keys.size > MOST_PAIRS:
            break
    return None if relaxed is None else replace(relaxed, bound=bound)


def _below_floor(program: Program, keys: Ints, amount: Floats) -> Ints:
    """Papers further below their floor than any that is already held to it."""
    core, floor = program.core, program.side.floor
    if floor is None:
        return np.zeros(0, dtype=np.int64)
    papers, reviewers = core.shape
    scores = np.bincount(keys // reviewers, weights=core.values(keys) * amount, minlength=papers)
    lacking = np.where(core.need > 0, floor - scores, -np.inf)
    if program.floored.size:
        lacking -= max(0.0, float(lacking[program.floored].max()))
    return np.flatnonzero(lacking > 1e-7 * program.scale)


def _verdict(program: Program, relaxed: Relaxed) -> tuple[Ints, float]:
    """Pairs worth adding, and a bound on the program's objective over all pairs."""
    core = program.core.weighted(1.0 + relaxed.floor_price, relaxed.senior_price)
    scale = float(np.abs(core.values(program.keys)).max(initial=0.0))
    prices = Prices(np.maximum(relaxed.prices.reviewer, -program.open_price), program.open_price)
    verdict = price(
        core, program.keys, prices, 1e-9 * scale, unfilled=1, shortage=0, penalty=relaxed.pair_penalty
    )
    # "One open place" only lets nobody take part: what an open place costs is counted where their number is known.
    return verdict.promising, verdict.bound - prices.nobody + relaxed.constant


def _least_slack(program: Program, relaxed: Relaxed) -> float:
    """How far below its floor the weakest paper must be: the prices of the floors, alone, bound what all could have."""
    share = 1.0 / float(relaxed.floor_price.sum())
    weight = relaxed.floor_price * share
    floors = program.side.floor
    assert floors is not None  # noqa: S101 - there is slack, so there are floors
    prices = Prices(relaxed.prices.reviewer * share)
    verdict = price(program.core.weighted(weight), program.keys, prices, 0.0, unfilled=0, shortage=0)
    held = weight > 0
    least = max(0.0, float(weight[held] @ floors[held]) - verdict.bound)
    step = _quantum(program.core)
    if not step or not (floors[held] == floors[held][0]).all():
        return least
    # Every score is a multiple of the step, so the weakest paper's is one too.
    floor = float(floors[held][0])
    return max(least, floor - step * np.floor((floor - least) / step + 1e-6))


def _quantum(core: Core) -> float:
    """The step of which all scores are multiples, as bids are; 0 when there is none worth the name."""
    values = np.unique(core.scores)
    if values.size > 64:
        return 0.0
    steps = np.diff(values).astype(np.float64)
    step = float(steps.min(initial=np.inf))
    parts = values / step if np.isfinite(step) and step > 0 else np.array([0.5])
    return step if np.allclose(parts, np.rint(parts), rtol=0, atol=1e-6) else 0.0


def _whole(
    program: Program, relaxed: Relaxed, gap: float, *, complete: bool = False, elastic: bool = False
) -> Constrained | None:
    """The best plan in whole numbers on the program's pairs; its bound is for all pairs when `complete`."""
    found: tuple[Ints, float] | None = None
    for _ in range(ROUNDS):
        answer = program.whole(gap, elastic=elastic)
        if answer is None and found is None:
            return None
        if answer is None:
            break
        found = answer
        used, dual = answer
        every = np.ones(used.size)
        rows = violated_pairs(program.core, program.side, used, every)
        new = [program.add_pair_rows(rows), program.add_floors(_below_floor(program, used, every))]
        if not any(new):
            break
    core = program.core
    papers, reviewers = core.shape
    taken = np.bincount(used // reviewers, minlength=papers)
    loads = np.bincount(used % reviewers, minlength=reviewers)
    if (taken > core.need).any() or (loads > core.hi).any():
        return None
    unfilled = int((core.need - taken).sum())
    shortage = int(np.maximum(core.lo - loads, 0).sum())
    total = float(core.values(used).sum())
    bound = min(relaxed.bound, dual if complete else np.inf) + program.open_price * (unfilled + shortage)
    slack = _slack(program, used)
    bound += program.slack_price * slack
    return Constrained(used, total, max(total, bound), unfilled + shortage, relaxed.prices, slack)


def _slack(program: Program, used: Ints) -> float:
    core, floor = program.core, program.side.floor
    if floor is None:
        return 0.0
    papers, reviewers = core.shape
    scores = np.bincount(used // reviewers, weights=core.values(used), minlength=papers)
    return float(np.where(core.need > 0, floor - scores, -np.inf).max(initial=0.0))


def _better(one: Constrained, other: Constrained | None) -> Constrained:
    return (
        one
        if other is None or (-other.open, -other.slack, other.total) < (-one.open, -one.slack, one.total)
        else other
    )


def _widen(program: Program, relaxed: Relaxed, best: Constrained) -> bool:
    """Add every pair that a plan better than `best` could use; False when these are too many."""
    core = program.core.weighted(1.0 + relaxed.floor_price, relaxed.senior_price)
    gap = best.bound - best.total
    more = own_bests(
        core, program.keys, relaxed.prices, -gap, nobody=best.open > 0, penalty=relaxed.pair_penalty
    )[1]
    if program.keys.size + more.size > MOST_PAIRS:
        return False
    program.add_keys(more)
    return True
