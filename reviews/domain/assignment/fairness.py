"""The floor that every paper gets, and the lift of the weakest tenth for a capped price in total.

The lift maximises a sum of concave gains, steep where a paper has little, by repeated flows under weights that follow
the average of the plans so far (Frank and Wolfe 1956). Every round is a whole plan; the best within the cap is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reviews.domain.assignment.core import Core, merge
from reviews.domain.assignment.flow import Flow, Progress
from reviews.domain.assignment.network import Network, build, whole_flow
from reviews.domain.assignment.plan import worst_tenth_mean
from reviews.domain.assignment.problem import Bools, Floats, Ints

#: How much steeper the weakest papers' gain is, tried in turn, and rounds for each.
STEEPNESS = (0.3, 1.0, 3.0, 10.0)
ROUNDS = 12
#: Networks larger than this get half the rounds.
LARGE = 60_000
#: The gain is steep up to this percentile of the papers' scores, and bends within this share of the median.
LIFTED, BEND = 12.0, 0.02


@dataclass(frozen=True)
class Fair:
    """What fairness wants to know of a plan."""

    used: Ints
    scores: Floats

    @property
    def total(self) -> float:
        """The sum over the papers."""
        return float(self.scores.sum())


class Lift:
    """Repeated flows on one network under changing weights of the papers."""

    def __init__(self, core: Core, flow: Flow, locked: Floats, counted: Bools, more: Ints) -> None:
        """`locked` is what each paper has from locked reviewers, `counted` which want reviews, `more` pairs to add."""
        self.core, self.locked = core, locked
        keys = merge(flow.keys, more)
        self.network = _spread(
            build(core, keys, unfilled=flow.shortfall.places, shortage=flow.shortfall.loads), core
        )
        self.rows = keys // core.shape[1]
        self.values = core.values(keys)
        self.counted = counted

    def fair(self, used: Ints) -> Fair:
        """Any plan, with its scores."""
        papers, reviewers = self.core.shape
        scores = np.bincount(used // reviewers, weights=self.core.values(used), minlength=papers)
        return Fair(used, scores + self.locked)

    def weighted(self, weight: Floats) -> Fair | None:
        """The best plan under weights of the papers."""
        cost = np.zeros(self.network.tail.size)
        cost[: self.values.size] = -self.values * weight[self.rows]
        flow = whole_flow(self.network, cost)
        return None if flow is None else self.fair(self.network.keys[flow[: self.values.size] > 0])

    def run(
        self, start: Fair, best: Fair, floor: float, least_total: float, progress: Progress | None
    ) -> Fair:
        """The fairest plan found that costs no more than the cap; never less fair than `best`."""
        counted = self.counted
        middle = float(np.median(start.scores[counted]))
        target = max(floor, float(np.percentile(start.scores[counted], LIFTED)))
        bend = BEND * abs(middle) or 1.0
        rounds = ROUNDS if self.values.size <= LARGE else ROUNDS // 2
        for steepness in STEEPNESS:
            average, push = start.scores, np.zeros(counted.size)
            for turn in range(rounds):
                if progress is not None:
                    progress(f"lifting the weakest papers: {turn + 1} of {rounds} at {steepness:g}")
                steep = steepness / (1 + np.exp(np.clip((average - target) / bend, -50, 50)))
                found = self.weighted(1 + steep + push)
                if found is None:
                    return best
                low = counted & (found.scores < floor)
                push[low] = np.maximum(2 * push[low], 4.0)
                average = average + (found.scores - average) * (2 / (turn + 2) if turn else 1.0)
                if fairness(found, counted, floor, least_total) > fairness(best, counted, floor, least_total):
                    best = found
        return best


def _spread(network: Network, core: Core) -> Network:
    """The same network, where no paper need bear more of what stays open than it must."""
    to_nobody = network.head == network.nobody
    if not to_nobody.any():
        return network
    none = np.zeros(network.tail.size)
    for most in range(1, int(core.need.max())):
        capacity = np.where(to_nobody, np.minimum(network.capacity, most), network.capacity)
        spread = replace(network, capacity=capacity)
        if whole_flow(spread, none) is not None:
            return spread
    return network


def fairness(plan: Fair, counted: Bools, floor: float, least_total: float) -> tuple[float, ...]:
    """What is better comes later in order: the floor, the price cap, then the weak papers, then the total."""
    scores = plan.scores[counted]
    weak = float(np.percentile(scores, 5)) + worst_tenth_mean(scores)
    slack = 1e-9 * max(abs(floor), 1e-12)
    within = plan.total >= least_total
    return min(float(scores.min()), floor - slack), float(within), weak if within else 0.0, plan.total
