"""What can be filled at all, and which constraint keeps the rest empty.

Filling is a maximum flow. Where it stops, the cut between what the empty places can still reach and what they
cannot is the proof, and names the people who would have to take more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reviews.domain.assignment.core import Core, merge
from reviews.domain.assignment.problem import Bools, Ints

#: The most pairs of one paper that one round adds.
NEW_PAIRS = 16


@dataclass(frozen=True)
class Shortfall:
    """Places that no assignment can fill, and units of minimum load that none can reach."""

    places: int = 0
    loads: int = 0
    known: bool = False


@dataclass(frozen=True)
class Cut:
    """A largest filling, and what the places still empty could reach by any exchange."""

    filled: int
    keys: Ints
    amount: Ints
    papers: Bools
    reviewers: Bools


def find_shortfall(
    core: Core, keys: Ints, progress: Callable[[str], None] | None = None
) -> tuple[Ints, Shortfall]:
    """How much must stay open, and pairs enough to leave no more than that open.

    A largest filling and a largest meeting of the minimum loads can always be had at once (Mendelsohn and
    Dulmage 1958), on the pairs that each of them uses.
    """
    filling = largest_filling(core, keys, core.hi, progress)
    keys = filling.keys
    short = 0
    if core.lo.any():
        loads = largest_filling(core, keys, core.lo, progress)
        keys, short = loads.keys, int(core.lo.sum()) - loads.filled
    return keys, Shortfall(int(core.need.sum()) - filling.filled, short, known=True)


def largest_filling(
    core: Core, keys: Ints, capacity: Ints, progress: Callable[[str], None] | None = None
) -> Cut:
    """Fill as many places as the reviewers' `capacity` allows, adding pairs until the cut holds for all of them."""
    while True:
        if progress is not None:
            progress(f"looking for a way to fill more: {keys.size} pairs")
        cut, gates = _maximum_flow(core, keys, capacity)
        wanted = min(int(core.need.sum()), int(capacity.sum()))
        if cut.filled == wanted:
            return cut
        crossing = _crossing(core, keys, cut, gates)
        if not crossing.size:
            return cut
        keys = merge(keys, crossing)


def _maximum_flow(core: Core, keys: Ints, capacity: Ints) -> tuple[Cut, tuple[Ints, Bools]]:
    from ortools.graph.python import max_flow

    papers, reviewers = core.shape
    rows, columns = np.divmod(keys, reviewers)
    first_gate = papers + reviewers + 2
    source, sink = papers + reviewers, papers + reviewers + 1
    tail = rows.copy()
    gates, limits = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    owners = gates
    if core.group is not None:
        groups = int(core.group.max()) + 1
        member = core.group[columns] >= 0
        gates, place = np.unique(rows[member] * groups + core.group[columns[member]], return_inverse=True)
        tail[member] = first_gate + place
        owners = gates // max(groups, 1)
        limits = core.limit[owners]
    solver = max_flow.SimpleMaxFlow()
    pairs = solver.add_arcs_with_capacity(
        tail.astype(np.int32),
        (papers + columns).astype(np.int32),
        np.full(keys.size, core.unit, dtype=np.int64),
    )
    everything, everybody = np.arange(papers, dtype=np.int32), np.arange(reviewers, dtype=np.int32)
    solver.add_arcs_with_capacity(np.full(papers, source, dtype=np.int32), everything, core.need)
    solver.add_arcs_with_capacity(papers + everybody, np.full(reviewers, sink, dtype=np.int32), capacity)
    if gates.size:
        nodes = first_gate + np.arange(gates.size, dtype=np.int32)
        solver.add_arcs_with_capacity(owners.astype(np.int32), nodes, limits)
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:
        raise ArithmeticError(f"The maximum flow was not found: {status}.")
    side = np.zeros(first_gate + gates.size, dtype=bool)
    side[np.asarray(solver.get_source_side_min_cut(), dtype=np.int64)] = True
    amount = np.asarray(solver.flows(pairs), dtype=np.int64) if keys.size else np.zeros(0, dtype=np.int64)
    cut = Cut(solver.optimal_flow(), keys, amount, side[:papers], side[papers : papers + reviewers])
    return cut, (gates, side[first_gate:])


def _crossing(core: Core, keys: Ints, cut: Cut, gates: tuple[Ints, Bools]) -> Ints:
    """Pairs not yet known that lead out of the cut, the best of each paper."""
    reviewers = core.shape[1]
    gate: Bools | None = None
    if core.group is not None:
        groups = int(core.group.max()) + 1
        gate = np.repeat(cut.papers[:, None] & (core.limit > 0)[:, None], groups + 1, axis=1)
        gate[gates[0] // max(groups, 1), gates[0] % max(groups, 1)] = gates[1]
        gate[:, -1] = cut.papers  # column -1: reviewers of no group
    found: list[Ints] = []
    for rows in core.blocks():
        out = core.allowed[rows] & ~cut.reviewers
        if gate is None or core.group is None:
            out &= cut.papers[rows, None]
        else:
            out &= gate[rows][:, core.group]
        known = keys[
            np.searchsorted(keys, rows.start * reviewers) : np.searchsorted(keys, rows.stop * reviewers)
        ]
        out.ravel()[known - rows.start * reviewers] = False
        value = np.where(out, core.scores[rows], -np.inf)
        count = min(NEW_PAIRS, reviewers)
        best = np.argpartition(value, reviewers - count, axis=1)[:, reviewers - count :]
        inside = np.arange(out.shape[0])[:, None]
        found.append((best + (inside + rows.start) * reviewers)[out[inside, best]].astype(np.int64))
    return np.unique(np.concatenate(found))
