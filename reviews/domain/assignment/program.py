"""One assignment as a (mixed-integer) linear program over some of its pairs, for SciPy's HiGHS."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from reviews.domain.assignment.core import Core, merge
from reviews.domain.assignment.pricing import Prices
from reviews.domain.assignment.problem import Floats, Ints

if TYPE_CHECKING:
    from reviews.domain.assignment.constraints import Side

#: Branches the search in whole numbers may make: a count, and not a time, so that a run can be repeated.
NODES = 200
#: Nobody waits longer than this for all searches of a run (seconds); reached only far beyond a workshop's size.
PATIENCE = 30.0


@dataclass(frozen=True)
class Relaxed:
    """A solution of the linear relaxation with its prices."""

    amount: Floats
    prices: Prices
    floor_price: Floats  # of a unit of score, for each paper
    senior_price: Floats  # of a senior reviewer, for each paper
    pair_penalty: Floats  # what the co-author rows take off each pair
    constant: float
    slack: float  # how far the weakest paper is below its floor
    bound: float = np.inf


class Program:
    """Variables: the pairs, the open places of each paper, the missing units of each minimum load, and one slack.

    The slack is how far below its floor the weakest paper is, at a price above anything the total could gain by it.
    """

    def __init__(self, core: Core, side: Side, keys: Ints) -> None:
        """`keys` are the first pairs, sorted."""
        self.core, self.side, self.keys = core, side, keys
        self.floored = np.zeros(0, dtype=np.int64)
        self.patience = PATIENCE
        self.pair_rows = np.zeros((0, 3), dtype=np.int64)
        largest = float(np.abs(core.values(keys)).max(initial=0.0)) or 1.0
        self.scale = largest
        self.open_price = 50.0 * largest * max(1, int(core.need.max()))
        self.slack_price = 20.0 * core.shape[0]

    def add_keys(self, keys: Ints) -> bool:
        """Take in more pairs; False when there is none that is new."""
        before = self.keys.size
        self.keys = merge(self.keys, keys)
        return self.keys.size > before

    def add_pair_rows(self, rows: Ints) -> bool:
        """Take in more rows (paper, one, other); False when there is none that is new."""
        before = len(self.pair_rows)
        self.pair_rows = np.unique(np.concatenate([self.pair_rows, rows]), axis=0)
        return len(self.pair_rows) > before

    def add_floors(self, papers: Ints) -> bool:
        """Hold more papers to their floors; False when there is none that is new."""
        before = self.floored.size
        self.floored = merge(self.floored, papers)
        return self.floored.size > before

    def relax(self) -> Relaxed | None:
        """Solve the linear relaxation; None when it has no solution."""
        from scipy.optimize import linprog

        matrix, least, most, parts = self._matrix()
        bounds, cost = self._bounds(), self._cost()
        equal = least == most
        upper, lower = ~equal & np.isfinite(most), ~equal & np.isfinite(least)
        from scipy.sparse import vstack

        answer = linprog(
            cost,
            A_ub=vstack([matrix[upper], -matrix[lower]]),
            b_ub=np.concatenate([most[upper], -least[lower]]),
            A_eq=matrix[equal],
            b_eq=most[equal],
            bounds=bounds,
            method="highs",
        )
        if answer.status != 0:
            return None
        dual = np.zeros(least.size)
        dual[equal] = -answer.eqlin.marginals
        split = np.count_nonzero(upper)
        dual[upper] -= answer.ineqlin.marginals[:split]
        dual[lower] += answer.ineqlin.marginals[split:]
        return self._priced(np.asarray(answer.x), dual * self.scale, parts)

    def _priced(self, solution: Floats, dual: Floats, parts: dict[str, slice]) -> Relaxed:
        papers = self.core.shape[0]
        floor_price, senior_price = np.zeros(papers), np.zeros(papers)
        constant = 0.0
        if "floor" in parts:
            rows = self.floored
            floor_price[rows] = np.maximum(-dual[parts["floor"]], 0.0) / self.scale
            assert self.side.floor is not None  # noqa: S101 - rows of floors exist
            constant -= float(floor_price[rows] @ self.side.floor[rows])
        if "senior" in parts:
            rows = self._senior_rows()
            senior_price[rows] = np.maximum(-dual[parts["senior"]], 0.0)
            constant -= float(senior_price.sum())
        penalty = np.zeros(self.keys.size)
        if "pairs" in parts:
            price = np.maximum(dual[parts["pairs"]], 0.0)
            for column in (1, 2):
                key = self.pair_rows[:, 0] * self.core.shape[1] + self.pair_rows[:, column]
                place = np.searchsorted(self.keys, key)
                known = (place < self.keys.size) & (self.keys[np.minimum(place, self.keys.size - 1)] == key)
                np.add.at(penalty, place[known], price[known])
            constant += float(price.sum())
        prices = Prices(dual[parts["loads"]], self.open_price)
        return Relaxed(
            solution[: self.keys.size],
            prices,
            floor_price,
            senior_price,
            penalty,
            constant,
            float(solution[-1]) * self.scale,
        )

    def lower_floors(self, by: float) -> None:
        """Ask less of every paper."""
        assert self.side.floor is not None  # noqa: S101 - there are floors to lower
        self.side = replace(self.side, floor=self.side.floor - by * (1 + 1e-7))

    def whole(self, gap: float, *, elastic: bool) -> tuple[Ints, float] | None:
        """The best pairs in whole numbers, to a relative `gap`, and the search's own bound; None when nothing was found.

        Only an `elastic` search may leave a paper below its floor.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        matrix, least, most, _ = self._matrix()
        bounds = np.array(self._bounds(), dtype=np.float64)
        whole = np.zeros(bounds.shape[0])
        whole[: self.keys.size] = 1
        if not elastic:
            bounds[-1, 1] = 0.0
        if self.patience <= 0:
            return None
        started = time.monotonic()
        answer = milp(
            self._cost(),
            constraints=LinearConstraint(matrix, least, most),
            integrality=whole,
            bounds=Bounds(bounds[:, 0], bounds[:, 1]),
            options={"mip_rel_gap": gap, "node_limit": NODES, "time_limit": self.patience},
        )
        self.patience -= time.monotonic() - started
        if answer.x is None:
            return None
        dual = -answer.mip_dual_bound * self.scale if answer.mip_dual_bound is not None else np.inf
        return self.keys[answer.x[: self.keys.size] > 0.5], float(dual)

    # -- the matrix -----------------------------------------------------------------------------------------------

    def _cost(self) -> Floats:
        papers, reviewers = self.core.shape
        values = self.core.values(self.keys) / self.scale
        open_price = np.full(papers + reviewers, self.open_price / self.scale)
        return np.concatenate([-values, open_price, [self.slack_price]])

    def _bounds(self) -> list[tuple[float, float]]:
        return [
            *((0.0, 1.0) for _ in range(self.keys.size)),
            *((0.0, float(count)) for count in self.core.need),
            *((0.0, float(count)) for count in self.core.lo),
            (0.0, np.inf),
        ]

    def _senior_rows(self) -> Ints:
        assert self.side.wants_senior is not None  # noqa: S101 - asked only where there are seniors
        return np.flatnonzero(self.side.wants_senior & (self.core.need > 0))

    def _matrix(self) -> tuple[Any, Floats, Floats, dict[str, slice]]:
        """Rows with their least and most, and where each kind of row is."""
        from scipy.sparse import coo_array, csr_array, hstack, identity, vstack

        papers, reviewers = self.core.shape
        rows, columns = np.divmod(self.keys, reviewers)
        count, every = self.keys.size, np.arange(self.keys.size)
        ones = np.ones(count)
        open_places = identity(papers, format="csr")
        blocks: list[Any] = []
        least: list[Floats] = []
        most: list[Floats] = []
        parts: dict[str, slice] = {}

        def add(name: str, pairs: Any, places: Any, loads: Any, low: Floats, high: Floats) -> None:
            start = sum(block.shape[0] for block in blocks)
            slack = np.full((low.size, 1), 1.0 if name == "floor" else 0.0)
            blocks.append(hstack([pairs, places, loads, csr_array(slack)]))
            least.append(low)
            most.append(high)
            parts[name] = slice(start, start + low.size)

        def nothing(height: int, width: int) -> Any:
            return csr_array((height, width))

        by_paper = coo_array((ones, (rows, every)), shape=(papers, count)).tocsr()
        need = self.core.need.astype(np.float64)
        add("papers", by_paper, open_places, nothing(papers, reviewers), need, need)
        by_reviewer = coo_array((ones, (columns, every)), shape=(reviewers, count)).tocsr()
        missing = identity(reviewers, format="csr")
        low, high = self.core.lo.astype(np.float64), self.core.hi.astype(np.float64)
        add("loads", by_reviewer, nothing(reviewers, papers), missing, low, high)
        if self.core.group is not None:
            gates, limit, inside, gate = self._gates(rows, columns)
            by_gate = coo_array((np.ones(inside.size), (gate, inside)), shape=(gates, count))
            add(
                "gates",
                by_gate,
                nothing(gates, papers),
                nothing(gates, reviewers),
                np.full(gates, -np.inf),
                limit,
            )
        if self.side.floor is not None and self.floored.size:
            floored = self.floored
            scores = coo_array(
                (self.core.values(self.keys) / self.scale, (rows, every)), shape=(papers, count)
            )
            floor = self.side.floor[floored] / self.scale
            add(
                "floor",
                scores.tocsr()[floored],
                nothing(floored.size, papers),
                nothing(floored.size, reviewers),
                floor,
                np.full(floored.size, np.inf),
            )
        if self.side.wants_senior is not None and self.core.senior is not None:
            wanting = self._senior_rows()
            seniors = coo_array(
                (ones * self.core.senior[columns], (rows, every)), shape=(papers, count)
            ).tocsr()
            add(
                "senior",
                seniors[wanting],
                open_places[wanting],
                nothing(wanting.size, reviewers),
                np.ones(wanting.size),
                np.full(wanting.size, np.inf),
            )
        if len(self.pair_rows):
            height = len(self.pair_rows)
            found, where = [], []
            for column in (1, 2):
                key = self.pair_rows[:, 0] * reviewers + self.pair_rows[:, column]
                place = np.searchsorted(self.keys, key)
                known = (place < count) & (self.keys[np.minimum(place, count - 1)] == key)
                found.append(place[known])
                where.append(np.flatnonzero(known))
            spots = (np.concatenate(where), np.concatenate(found))
            both = coo_array((np.ones(spots[0].size), spots), shape=(height, count))
            add(
                "pairs",
                both,
                nothing(height, papers),
                nothing(height, reviewers),
                np.full(height, -np.inf),
                np.ones(height),
            )
        return vstack(blocks).tocsr(), np.concatenate(least), np.concatenate(most), parts

    def _gates(self, rows: Ints, columns: Ints) -> tuple[int, Floats, Ints, Ints]:
        assert self.core.group is not None  # noqa: S101 - asked only where there are groups
        groups = int(self.core.group.max()) + 1
        inside = np.flatnonzero(self.core.group[columns] >= 0)
        code, gate = np.unique(rows[inside] * groups + self.core.group[columns[inside]], return_inverse=True)
        return code.size, self.core.limit[code // max(groups, 1)].astype(np.float64), inside, gate
