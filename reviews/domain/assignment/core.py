"""What is left to decide once locks are set aside: the form in which the solver sees a problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reviews.domain.assignment.problem import Bools, Floats, Ints, Problem, Scores

#: Rows looked at together: large enough for numpy, small enough to stay in the processor's cache.
BLOCK_PAIRS = 400_000


@dataclass(frozen=True)
class Core:
    """A problem without locks, on which everything fits a flow: counts, loads, and one group limit a paper.

    `group` is the group of each reviewer (-1: none) and `limit` how many of one group a paper may have. One
    institution each is the limit 1; "at least one senior" is at most `need` - 1 of the group "not senior".
    `unit` is how much of one pair may be used, in the same unit as the counts (1, but for random plans).
    `weight` multiplies a paper's scores: this is how fairness raises the papers that have too little. `bonus` is added
    to a paper's scores with the `senior` reviewers.
    """

    scores: Scores
    allowed: Bools
    need: Ints
    lo: Ints
    hi: Ints
    limit: Ints
    group: Ints | None = None
    unit: int = 1
    seed: int = 0
    weight: Floats | None = None
    bonus: Floats | None = None
    senior: Bools | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """How many papers and how many reviewers."""
        papers, reviewers = self.scores.shape
        return papers, reviewers

    def values(self, keys: Ints) -> Floats:
        """Weighted scores of pairs, each given as paper × reviewers + reviewer."""
        values = self.scores.ravel()[keys].astype(np.float64)
        if self.weight is not None:
            values *= self.weight[keys // self.shape[1]]
        if self.bonus is not None and self.senior is not None:
            values += self.bonus[keys // self.shape[1]] * self.senior[keys % self.shape[1]]
        return values

    def block(self, rows: slice) -> Floats:
        """Weighted scores of some papers with every reviewer."""
        values = self.scores[rows].astype(np.float64)
        if self.weight is not None:
            values *= self.weight[rows, None]
        if self.bonus is not None and self.senior is not None:
            values += self.bonus[rows, None] * self.senior
        return values

    def blocks(self) -> Iterator[slice]:
        """All papers, a block of rows at a time."""
        papers, reviewers = self.shape
        step = max(1, BLOCK_PAIRS // reviewers)
        for first in range(0, papers, step):
            yield slice(first, min(papers, first + step))

    def weighted(self, weight: Floats | None, bonus: Floats | None = None) -> Core:
        """The same with other weights and another bonus."""
        return replace(self, weight=weight, bonus=bonus)


def merge(keys: Ints, more: Ints) -> Ints:
    """Both, sorted, each once. (NumPy's own union hashes, which is slower on what is nearly sorted.)"""
    every = np.sort(np.concatenate([keys, more]), kind="stable")
    merged: Ints = every[np.diff(every, prepend=-1) > 0]
    return merged


def reduce(problem: Problem) -> Core:
    """Take the locked pairs out of a problem: their places are filled, their companions' rules applied.

    Institutions win over seniority here when both are asked for; the other rule is then kept by constraints.py.
    """
    papers, reviewers = problem.shape
    allowed = ~problem.forbidden
    allowed &= (problem.max_load > 0)[None, :]
    locked = problem.locked
    rows, columns = locked[:, 0], locked[:, 1]
    allowed[rows, columns] = False
    need = problem.reviews - np.bincount(rows, minlength=papers)
    held = np.bincount(columns, minlength=reviewers)
    group = problem.groups()
    limit = need.copy()
    if group is not None:
        limit = np.ones(papers, dtype=np.int64)
        for paper, reviewer in locked:
            if group[reviewer] >= 0:
                allowed[paper, group == group[reviewer]] = False
    elif problem.senior is not None:
        group = np.where(problem.senior, -1, 0).astype(np.int64)
        served = np.zeros(papers, dtype=bool)
        served[rows[problem.senior[columns]]] = True
        limit = np.where(served, need, np.maximum(need - 1, 0))
    for one, other in problem.coauthors:
        for reviewer, rival in ((one, other), (other, one)):
            allowed[rows[columns == reviewer], rival] = False
    return Core(
        scores=problem.scores,
        allowed=allowed,
        need=need,
        lo=np.maximum(problem.min_load - held, 0),
        hi=problem.max_load - held,
        limit=limit,
        group=group,
        seed=problem.seed,
        senior=problem.senior,
    )
