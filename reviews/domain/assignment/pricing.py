"""Which pairs are worth looking at, and the proof that no other pair could have made the plan better.

With a price for a place at each reviewer, every paper on its own can do no better than to take the reviewers whose
score exceeds their price by most. Those bests, added up with the prices of the loads, bound the total of every
assignment there is. When the plan reaches that bound, it is optimal; this is the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reviews.domain.assignment.core import Core, merge
from reviews.domain.assignment.problem import Bools, Floats, Ints

#: Pairs of each paper, on average, that a round may add because they come near.
NEARBY = 10


@dataclass(frozen=True)
class Prices:
    """What a place costs: at each reviewer, and at "nobody" for leaving it empty."""

    reviewer: Floats
    nobody: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What pricing all pairs found: pairs that promise more than the plan uses, and the bound on the total."""

    promising: Ints
    bound: float


def first_candidates(core: Core, per_paper: int, per_reviewer: int) -> Ints:
    """The best pairs of each paper and of each reviewer, sorted; equal scores in an order the seed decides."""
    papers, reviewers = core.shape
    if papers * reviewers <= 20_000:
        return np.flatnonzero(core.allowed).astype(np.int64)
    noise = np.random.default_rng(core.seed)
    found = [
        keys
        for rows in core.blocks()
        for keys in [_best(core.block(rows), core.allowed[rows], per_paper, noise)]
        if keys.size
        for keys in [keys + rows.start * reviewers]
    ]
    step = max(1, 400_000 // papers)
    for first in range(0, reviewers, step):
        columns = slice(first, min(reviewers, first + step))
        values = np.ascontiguousarray(core.scores[:, columns].T, dtype=np.float64)
        if core.weight is not None:
            values *= core.weight
        keys = _best(values, np.ascontiguousarray(core.allowed[:, columns].T), per_reviewer, noise)
        column, row = np.divmod(keys, papers)
        found.append(row * reviewers + column + first)
    return merge(np.zeros(0, dtype=np.int64), np.concatenate(found))


def _best(values: Floats, allowed: Bools, count: int, noise: np.random.Generator) -> Ints:
    """The places (in the flattened block) of the `count` highest allowed values of each row."""
    width = values.shape[1]
    spread = float(np.abs(values).max(initial=0.0)) * 1e-7 or 1.0
    values += noise.random(values.shape, dtype=np.float32) * spread
    values[~allowed] = -np.inf
    if count >= width:
        return np.flatnonzero(allowed).astype(np.int64)
    best = np.argpartition(values, width - count, axis=1)[:, width - count :]
    rows = np.arange(values.shape[0])[:, None]
    return (best + rows * width)[allowed[rows, best]].astype(np.int64)


def choose(core: Core, row: Ints, group: Ints, capacity: Ints, value: Floats) -> Ints:
    """How much each entry is used when every paper, on its own, takes the best it may (by greed, which is exact here).

    An entry is a pair, or "nobody" with group -1 and a large capacity. The group limit and the need of a row are
    nested, so that the highest value first is optimal.
    """
    amount = capacity.copy()
    if core.group is not None:
        order = np.lexsort((-value, group, row))
        keep = group[order] >= 0
        inside = order[keep]
        code = row[inside] * (int(core.group.max()) + 2) + group[inside]
        amount[inside] = _fill(code, amount[inside], core.limit[row[inside]])
    order = np.lexsort((-value, row))
    taken = np.zeros_like(amount)
    taken[order] = _fill(row[order], amount[order], core.need[row[order]])
    return taken


def _fill(segment: Ints, amount: Ints, limit: Ints) -> Ints:
    """Cut amounts so that each run of equal `segment` adds up to no more than its limit, the first come first."""
    if not segment.size:
        return amount
    before = np.cumsum(amount) - amount
    starts = np.flatnonzero(np.diff(segment, prepend=segment[0] - 1))
    before -= np.repeat(before[starts], np.diff(np.append(starts, segment.size)))
    cut: Ints = np.clip(limit - before, 0, amount)
    return cut


def price(
    core: Core,
    keys: Ints,
    prices: Prices,
    tolerance: float,
    *,
    unfilled: int,
    shortage: int,
    penalty: Floats | None = None,
) -> Verdict:
    """Price every pair of the problem. `keys` are the pairs already in the network, sorted.

    A pair counts as promising when it would add more than `tolerance`; the bound allows for what is below that.
    `penalty` is taken off the value of each of the `keys`.
    """
    best, promising = own_bests(
        core, keys, prices, tolerance, nobody=unfilled > 0, penalty=penalty, eager=True
    )
    allowance = tolerance * float(core.need.sum())
    return Verdict(promising, float(best.sum()) + allowance + _loads(core, prices, unfilled, shortage))


def own_bests(
    core: Core,
    keys: Ints,
    prices: Prices,
    tolerance: float = 0.0,
    *,
    nobody: bool = False,
    penalty: Floats | None = None,
    eager: bool = False,
) -> tuple[Floats, Ints]:
    """The best each paper could have at these prices if it were alone, and the pairs outside `keys` this takes.

    With no prices this is the bound no assignment can pass for a paper. With a negative `tolerance` the pairs are
    all those that come that close to being taken; when `eager`, some of these come along with what is taken.
    """
    papers, reviewers = core.shape
    row, columns = np.divmod(keys, reviewers)
    group, capacity = _groups(core, columns), np.full(keys.size, core.unit, dtype=np.int64)
    value = core.values(keys) - prices.reviewer[columns]
    if penalty is not None:
        value -= penalty
    if nobody:
        row = np.concatenate([row, np.arange(papers)])
        group = np.concatenate([group, np.full(papers, -1)])
        capacity = np.concatenate([capacity, core.need])
        # An open place also does what the bonus asks for: no one need be senior where someone is missing.
        empty = np.full(papers, -prices.nobody) + (0.0 if core.bonus is None else core.bonus)
        value = np.concatenate([value, empty])
    taken = choose(core, row, group, capacity, value)
    used = taken > 0
    threshold = np.full(papers, np.inf)
    np.minimum.at(threshold, row[used], value[used])
    threshold[np.bincount(row, weights=taken, minlength=papers) < core.need] = -np.inf
    threshold[core.need == 0] = np.inf
    outside, gain = _above(core, keys, prices, threshold + tolerance)
    best = np.bincount(row, weights=taken * value, minlength=papers).astype(np.float64)
    if not outside.size or tolerance < 0:
        return best, outside
    touched = np.zeros(papers, dtype=bool)
    touched[outside // reviewers] = True
    again = touched[row]
    row = np.concatenate([row[again], outside // reviewers])
    value = np.concatenate([value[again], gain])
    group = np.concatenate([group[again], _groups(core, outside % reviewers)])
    capacity = np.concatenate([capacity[again], np.full(outside.size, core.unit, dtype=np.int64)])
    taken = choose(core, row, group, capacity, value)
    best[touched] = np.bincount(row, weights=taken * value, minlength=papers)[touched]
    chosen = taken[np.count_nonzero(again) :] > 0
    if eager and chosen.any():
        # The next prices will call for pairs that these nearly called for: to have them now saves rounds.
        margin = float(np.median(gain[chosen] - threshold[outside[chosen] // reviewers]))
        for part in (1.0, 0.2) if np.isfinite(margin) else ():
            near, _ = _above(core, keys, prices, threshold - part * margin)
            if near.size <= NEARBY * papers:
                return best, merge(outside[chosen], near)
    return best, outside[chosen]


def _above(core: Core, keys: Ints, prices: Prices, threshold: Floats) -> tuple[Ints, Floats]:
    """Allowed pairs outside `keys` whose score less the price exceeds their paper's threshold, with that difference."""
    reviewers = core.shape[1]
    pairs: list[Ints] = []
    differences: list[Floats] = []
    for rows in core.blocks():
        gain = core.block(rows)
        gain -= prices.reviewer
        above = gain > threshold[rows, None]
        above &= core.allowed[rows]
        known = keys[
            np.searchsorted(keys, rows.start * reviewers) : np.searchsorted(keys, rows.stop * reviewers)
        ]
        above.ravel()[known - rows.start * reviewers] = False
        found = np.flatnonzero(above)
        pairs.append(found + rows.start * reviewers)
        differences.append(gain.ravel()[found])
    return np.concatenate(pairs), np.concatenate(differences)


def _loads(core: Core, prices: Prices, unfilled: int, shortage: int) -> float:
    """The part of the bound that does not depend on the papers: loads at their prices, and what stays open."""
    price_of = prices.reviewer
    total = float(np.where(price_of > 0, core.hi, core.lo) @ price_of) + unfilled * prices.nobody
    if shortage:
        cheapest = np.argsort(price_of, kind="stable")
        units = _fill(np.zeros(price_of.size, dtype=np.int64), core.lo[cheapest], np.array(shortage))
        total -= float(units @ price_of[cheapest])
    return total


def _groups(core: Core, columns: Ints) -> Ints:
    return np.full(columns.size, -1, dtype=np.int64) if core.group is None else core.group[columns]
