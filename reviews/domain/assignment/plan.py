"""A finished plan: the pairs, what they are worth, and what is proved about them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from reviews.domain.assignment.problem import Floats, Ints, Problem


@dataclass(frozen=True)
class Unfilled:
    """A paper that gets fewer reviews than it wants, with the constraint that is to blame, in a code and in words."""

    paper: int
    missing: int
    code: str  # "too_few_reviewers", "institutions", "senior", "coauthors", "probability" or "loads"
    reason: str


@dataclass(frozen=True)
class BelowMinimum:
    """A reviewer whose minimum load cannot be reached, in words."""

    reviewer: int
    missing: int
    reason: str


@dataclass(frozen=True)
class Relaxation:
    """A smallest change of the problem that would let more be filled."""

    kind: str  # "raise_max_load", "lower_reviews", "lift_conflict", "invite", "lower_min_load"
    fills: int
    sentence: str
    reviewers: tuple[int, ...] = ()
    papers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A plan and its proof. Totals are in the unit of the scores; a paper's score is the sum over its reviewers."""

    pairs: Ints  # rows (paper, reviewer), sorted, locked ones included
    total: float
    bound: float  # no plan under the same constraints has a larger total
    best_total: float  # the largest total without regard to fairness, or its bound
    smallest_bound: float  # no plan gives its weakest paper more
    unfilled: tuple[Unfilled, ...]
    below_minimum: tuple[BelowMinimum, ...]
    relaxations: tuple[Relaxation, ...]
    certificate: str
    input_hash: str
    seconds: float
    paper_scores: Floats
    loads: Ints
    wanted: Ints  # reviews each paper wants
    prices: Floats = field(repr=False, default_factory=lambda: np.zeros(0))  # a place at each reviewer
    probabilities: Floats | None = field(
        repr=False, default=None
    )  # randomised plans: of each pair in `lottery`
    lottery: Ints | None = field(repr=False, default=None)

    @property
    def gap(self) -> float:
        """How far the total may be from the best, as a share of the bound."""
        return relative_gap(self.total, self.bound)

    @property
    def counted(self) -> Floats:
        """The scores of the papers that want reviews at all."""
        scores: Floats = self.paper_scores[self.wanted > 0]
        return scores

    @property
    def smallest(self) -> float:
        """The score of the weakest paper."""
        return float(self.counted.min())

    @property
    def p5(self) -> float:
        """The 5th percentile of the papers' scores."""
        return float(np.percentile(self.counted, 5))

    @property
    def worst_tenth_mean(self) -> float:
        """The mean score of the weakest tenth of the papers (at least one)."""
        return worst_tenth_mean(self.counted)

    @property
    def max_load_used(self) -> int:
        """The most papers any reviewer got."""
        return int(self.loads.max())

    @property
    def filled(self) -> bool:
        """Whether every paper has its reviews and every reviewer the minimum load."""
        return not self.unfilled and not self.below_minimum


def relative_gap(total: float, bound: float) -> float:
    """How far a total is below its bound, as a share of the bound."""
    return max(0.0, bound - total) / max(abs(bound), abs(total), 1e-12)


def worst_tenth_mean(scores: Floats) -> float:
    """The mean of the weakest tenth."""
    count = math.ceil(scores.size / 10)
    return float(np.partition(scores, count - 1)[:count].mean())


def scores_of(problem: Problem, pairs: Ints) -> Floats:
    """Each paper's score under these pairs."""
    values = problem.scores[pairs[:, 0], pairs[:, 1]].astype(np.float64)
    return np.bincount(pairs[:, 0], weights=values, minlength=problem.shape[0]).astype(np.float64)
