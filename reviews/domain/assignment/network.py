"""The flow network over some of the pairs, its solution in whole numbers, and the prices that go with it.

Nodes: the papers, one "shortage" that stands in for loads that cannot be reached, the reviewers, "nobody" who
takes the places that cannot be filled, the sink, and one node for each paper and group that needs a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reviews.domain.assignment.core import Core
from reviews.domain.assignment.problem import Floats, Ints

#: Costs are whole numbers of at most this many bits: nine digits more than OpenReview's two decimals.
COST_BITS = 40
#: Equally good pairs are told apart by noise of this many steps of the last bit.
NOISE = 16


@dataclass(frozen=True)
class Network:
    """Arcs, the pairs first and in the order of `keys`, and what each node has to give (or take, if negative)."""

    keys: Ints
    tail: Ints
    head: Ints
    capacity: Ints
    cost: Floats
    noise: Ints
    supply: Ints
    sink: int
    nobody: int
    first_reviewer: int
    gates: Ints  # paper × groups + group of each group node, in their order
    first_gate: int


def build(core: Core, keys: Ints, *, unfilled: int = 0, shortage: int = 0) -> Network:
    """The network over the pairs `keys`, leaving exactly `unfilled` places and `shortage` units of load open."""
    papers, reviewers = core.shape
    first_reviewer = papers + 1
    nobody = first_reviewer + reviewers
    sink, first_gate = nobody + 1, nobody + 2
    rows, columns = np.divmod(keys, reviewers)
    everybody = first_reviewer + np.arange(reviewers)
    gates = np.zeros(0, dtype=np.int64)
    tail, supply_nodes = rows, first_gate
    extra: list[tuple[Ints, Ints, Ints]] = [
        (everybody, np.full(reviewers, sink, dtype=np.int64), core.hi - core.lo)
    ]
    if core.group is not None:
        groups = int(core.group.max()) + 1
        member = core.group[columns] >= 0
        gates, place = np.unique(rows[member] * groups + core.group[columns[member]], return_inverse=True)
        tail = rows.copy()
        tail[member] = first_gate + place
        owners = gates // max(groups, 1)
        extra.append((owners, first_gate + np.arange(gates.size), core.limit[owners]))
        supply_nodes += gates.size
    if unfilled:
        everything = np.arange(papers)
        extra.append((everything, np.full(papers, nobody, dtype=np.int64), core.need))
    if shortage:
        extra.append((np.full(reviewers, papers, dtype=np.int64), everybody, core.lo))
    supply = np.zeros(supply_nodes, dtype=np.int64)
    supply[:papers] = core.need
    supply[papers] = shortage
    supply[everybody] = -core.lo
    supply[nobody] = -unfilled
    supply[sink] = core.lo.sum() + unfilled - core.need.sum() - shortage
    more = sum(part[0].size for part in extra)
    return Network(
        keys=keys,
        tail=np.concatenate([tail, *(part[0] for part in extra)]),
        head=np.concatenate([first_reviewer + columns, *(part[1] for part in extra)]),
        capacity=np.concatenate(
            [np.full(keys.size, core.unit, dtype=np.int64), *(part[2] for part in extra)]
        ),
        cost=np.concatenate([-core.values(keys), np.zeros(more)]),
        noise=np.concatenate([tie_noise(keys, core.seed), np.zeros(more, dtype=np.int64)]),
        supply=supply,
        sink=sink,
        nobody=nobody,
        first_reviewer=first_reviewer,
        gates=gates,
        first_gate=first_gate,
    )


def tie_noise(keys: Ints, seed: int) -> Ints:
    """Small whole numbers that look random and depend on the pair and the seed alone (SplitMix64's mixing)."""
    mixed = keys.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(NOISE)).astype(np.int64)


def cheapest_flow(
    network: Network, potential: Floats, clip: float | None
) -> tuple[Ints, Floats, float] | None:
    """The cheapest flow, new potentials and the size of one cost step; None when the supplies do not fit.

    Costs are taken relative to `potential` before they are made whole numbers, and beyond `clip` they only count as
    large: so a second run resolves what one outlier among the scores hid in the first.
    """
    cost = network.cost + potential[network.tail] - potential[network.head]
    largest = float(np.abs(cost).max(initial=0.0))
    if clip is not None and clip < largest:
        cost, largest = np.clip(cost, -clip, clip), clip
    bits = min(COST_BITS, 60 - int(network.supply.size + 2).bit_length())
    step = largest / 2.0**bits
    whole = network.noise + (np.rint(cost / step).astype(np.int64) if step > 0 else 0)
    flow = _solve(network, whole)
    if flow is None:
        return None
    return flow, potential + _potentials(network, whole, flow) * step, step


def whole_flow(network: Network, cost: Floats) -> Ints | None:
    """The cheapest flow at other costs, without its potentials."""
    largest = float(np.abs(cost).max(initial=0.0)) or 1.0
    bits = min(32, 60 - int(network.supply.size + 2).bit_length())
    return _solve(network, np.rint(cost * (2.0**bits / largest)).astype(np.int64) + network.noise)


def _solve(network: Network, cost: Ints) -> Ints | None:
    from ortools.graph.python import min_cost_flow

    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        network.tail.astype(np.int32), network.head.astype(np.int32), network.capacity, cost
    )
    solver.set_nodes_supplies(np.arange(network.supply.size, dtype=np.int32), network.supply)
    status = solver.solve()
    if status == solver.OPTIMAL:
        return np.asarray(solver.flows(np.arange(network.tail.size, dtype=np.int32)), dtype=np.int64)
    if status in (solver.INFEASIBLE, solver.UNBALANCED):
        return None
    raise ArithmeticError(f"The flow solver gave up: {status}.")


def _potentials(network: Network, cost: Ints, flow: Ints) -> Ints:
    """Shortest distances in what the flow leaves over (Bellman and Ford): with them no arc left is a bargain."""
    forward, backward = flow < network.capacity, flow > 0
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    length = np.concatenate([cost[forward], -cost[backward]])
    order = np.argsort(head, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    starts = np.flatnonzero(np.diff(head, prepend=-1))
    reached = head[starts]
    distance = np.zeros(network.supply.size, dtype=np.int64)
    for _ in range(network.supply.size + 1):
        better = np.minimum.reduceat(distance[tail] + length, starts)
        old = distance[reached]
        if (better >= old).all():
            return distance
        distance[reached] = np.minimum(old, better)
    raise ArithmeticError("The flow left a bargain behind: it is not the cheapest.")
