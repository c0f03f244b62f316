"""The exact maximum of the total: a flow on the best pairs, then pricing of all pairs until none promises more.

After Ahuja, Magnanti and Orlin, "Network Flows" (1993), chapter 11, and column generation as in Dantzig and Wolfe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reviews.domain.assignment.core import Core, merge
from reviews.domain.assignment.fill import Shortfall, find_shortfall
from reviews.domain.assignment.network import NOISE, Network, build, cheapest_flow
from reviews.domain.assignment.pricing import Prices, first_candidates, price
from reviews.domain.assignment.problem import Floats, Ints

#: The best pairs of each paper and of each reviewer that the first round looks at.
CANDIDATES = 24
#: A gap above this share of the total is worth another round at a finer resolution.
FINE = 1e-10

#: Called between rounds with words about what is done; it may raise to stop the run.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Flow:
    """The best plan for one weighting: which pairs, at what prices, and the bound that proves it."""

    keys: Ints  # every pair that was in the network
    amount: Ints  # how much of it is used
    prices: Prices
    total: float
    bound: float
    shortfall: Shortfall
    rounds: int
    network: Network
    along: Ints  # the flow on every arc of the network

    @property
    def used(self) -> Ints:
        """The pairs in use."""
        return self.keys[self.amount > 0]

    @property
    def gap(self) -> float:
        """How far the bound is above the total, in the unit of the scores."""
        return max(0.0, self.bound - self.total)


def solve_flow(
    core: Core,
    *,
    keys: Ints | None = None,
    shortfall: Shortfall | None = None,
    progress: Progress | None = None,
) -> Flow:
    """Fill as many places as can be, then make the weighted total as large as it can be.

    `keys` and `shortfall` from an earlier run on the same problem save time. Raises whatever `progress` raises.
    """
    if keys is None:
        keys = starting_pairs(core)
    short = shortfall or Shortfall()
    best: Flow | None = None
    potential: Floats | None = None
    clip: float | None = None
    # What double precision may lose of such a sum anyway.
    rounding = 1e-14 * float(np.abs(core.values(keys)).max(initial=0.0)) * float(core.need.sum())
    for round_number in range(1, 100):
        if progress is not None:
            progress(f"round {round_number}: {keys.size} pairs")
        network = build(core, keys, unfilled=short.places, shortage=short.loads)
        start = np.zeros(network.supply.size) if potential is None else potential
        answer = cheapest_flow(network, start, clip)
        if answer is None:
            if shortfall is not None or short.known:
                raise ArithmeticError("The pairs that were proved to fit do not fit.")
            keys, short = find_shortfall(core, keys, progress)
            continue
        flow, after, step = answer
        prices = _prices(core, network, after)
        verdict = price(core, keys, prices, step * (NOISE + 2), unfilled=short.places, shortage=short.loads)
        amount = flow[: keys.size]
        total = float(core.values(keys) @ amount)
        bound = verdict.bound if best is None else min(verdict.bound, best.bound)
        best = Flow(keys, amount, prices, total, bound, short, round_number, network, flow)
        if verdict.promising.size:
            keys, potential, clip = merge(keys, verdict.promising), None, None
        elif best.gap > max(FINE * abs(total), rounding) and best.gap < (clip or np.inf) / 16:
            potential, clip = after, 4 * best.gap
        else:
            return best
    raise ArithmeticError("Pricing did not come to an end.")


def starting_pairs(core: Core) -> Ints:
    """The pairs to begin with."""
    most = int(core.need.max()) // core.unit
    reviewers = core.shape[1]
    load = -(-int(core.need.sum()) // (core.unit * max(1, reviewers)))
    return first_candidates(core, max(CANDIDATES, 4 * most), max(CANDIDATES, 2 * load))


def _prices(core: Core, network: Network, potential: Floats) -> Prices:
    reviewers = core.shape[1]
    sink = potential[network.sink]
    at = potential[network.first_reviewer : network.first_reviewer + reviewers]
    return Prices(sink - at, float(sink - potential[network.nobody]))
