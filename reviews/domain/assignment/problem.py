"""The assignment problem: what is given, checked once, so that the solver may trust it.

Papers are the rows and reviewers the columns of every matrix, both numbered from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.floating[Any]]

#: Beyond this a total in double precision says nothing any more.
LARGEST_SCORE = 1e30


class InvalidProblem(ValueError):
    """The input cannot be solved as it stands. The message names the row and the value, for a chair to read."""


@dataclass(frozen=True)
class Problem:
    """One assignment to be made. Raises InvalidProblem at once when something is contradictory.

    `reviews`, `min_load` and `max_load` are one number for all or one for each. `forbidden` is a matrix of
    truth values or a list of (paper, reviewer); `locked` a list of (paper, reviewer) that must stay.
    `institutions` (one name or None a reviewer) asks for at most one reviewer of each on a paper, `senior`
    (one truth value a reviewer) for at least one of these on every paper, `coauthors` (pairs of reviewers)
    for no two of a pair on the same paper. `seed` only decides between equally good plans.
    """

    scores: Scores
    reviews: Any
    max_load: Any
    min_load: Any = 0
    forbidden: Any = None
    locked: Any = ()
    institutions: Sequence[str | None] | None = None
    senior: Any = None
    coauthors: Any = ()
    seed: int = 0
    paper_names: Sequence[str] = field(default=(), compare=False)
    reviewer_names: Sequence[str] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Bring every field into one shape and refuse what cannot be meant."""
        scores = _matrix(self.scores)
        papers, reviewers = scores.shape
        put = object.__setattr__
        put(self, "scores", scores)
        put(self, "paper_names", _names(self.paper_names, papers, "paper"))
        put(self, "reviewer_names", _names(self.reviewer_names, reviewers, "reviewer"))
        self._check_scores()
        put(self, "reviews", self._counts("reviews", self.reviews, papers, "paper"))
        put(self, "min_load", self._counts("min_load", self.min_load, reviewers, "reviewer"))
        put(self, "max_load", self._counts("max_load", self.max_load, reviewers, "reviewer"))
        put(self, "forbidden", self._forbidden())
        put(self, "locked", self._pairs("locked", self.locked, papers, reviewers))
        put(self, "coauthors", self._pairs("coauthors", self.coauthors, reviewers, reviewers))
        if self.institutions is not None:
            put(self, "institutions", tuple(name or None for name in self.institutions))
            _same_length("institutions", len(self.institutions), reviewers)
        if self.senior is not None:
            put(self, "senior", np.asarray(self.senior, dtype=bool))
            _same_length("senior", self.senior.size, reviewers)
        self._check_counts()
        self._check_locks()

    @property
    def shape(self) -> tuple[int, int]:
        """How many papers and how many reviewers."""
        papers, reviewers = self.scores.shape
        return papers, reviewers

    def fingerprint(self) -> str:
        """SHA-256 of everything that decides the plan, so that a run can be repeated and compared."""
        digest = hashlib.sha256(b"assignment problem 1\n")
        for name in (
            "scores",
            "reviews",
            "min_load",
            "max_load",
            "forbidden",
            "locked",
            "coauthors",
            "senior",
        ):
            value = getattr(self, name)
            array = np.zeros(0) if value is None else np.ascontiguousarray(value)
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(array.data)
        digest.update(repr((self.institutions, int(self.seed))).encode())
        return digest.hexdigest()

    def groups(self) -> Ints | None:
        """The institution of each reviewer as a number, -1 for none; None when there is no such rule."""
        if self.institutions is None:
            return None
        numbers: dict[str, int] = {}
        return np.array(
            [-1 if name is None else numbers.setdefault(name, len(numbers)) for name in self.institutions],
            dtype=np.int64,
        )

    def pair(self, paper: int, reviewer: int) -> str:
        """A pair in words."""
        return f"paper {self.paper_names[paper]} and reviewer {self.reviewer_names[reviewer]}"

    # -- checks ---------------------------------------------------------------------------------------------------

    def _check_scores(self) -> None:
        scores = self.scores
        for first in range(0, scores.shape[0], 512):
            block = scores[first : first + 512]
            bad = np.argwhere(~((block <= LARGEST_SCORE) & (block >= -LARGEST_SCORE)))
            if len(bad):
                row, column = int(bad[0][0]) + first, int(bad[0][1])
                raise InvalidProblem(
                    f"The score of {self.pair(row, column)} (row {row + 1}, column {column + 1}) is {scores[row, column]}. "
                    "A score is a finite number; give 0 where nothing is known, or forbid the pair."
                )

    def _counts(self, name: str, value: Any, length: int, of: str) -> Ints:
        try:
            array = np.asarray(value)
            numbers = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidProblem(f"{_WORDS[name]} is {value!r}, which is not a number.") from error
        if array.ndim > 1 or (array.ndim == 1 and array.size != length):
            raise InvalidProblem(
                f"{_WORDS[name]} is given as {' × '.join(map(str, array.shape))} values. Give one number, or {length}: one for each {of}."
            )
        numbers = np.broadcast_to(numbers, (length,))
        names = self.paper_names if of == "paper" else self.reviewer_names
        wrong = np.flatnonzero(~((numbers >= 0) & (numbers <= 1e9) & (numbers == np.floor(numbers))))
        if wrong.size:
            where = f" of {of} {names[wrong[0]]}" if array.ndim else ""
            raise InvalidProblem(
                f"{_WORDS[name]}{where} is {numbers[wrong[0]]:g}. It must be a whole number, 0 or more."
            )
        return numbers.astype(np.int64)

    def _forbidden(self) -> Bools:
        papers, reviewers = self.shape
        value = self.forbidden
        if value is None:
            return np.zeros((papers, reviewers), dtype=bool)
        array = np.asarray(value)
        if array.shape == (papers, reviewers) and array.dtype == np.bool_:
            return array
        if array.shape == (papers, reviewers) and not (reviewers == 2 and isinstance(value, (list, tuple))):
            wrong = np.argwhere((array != 0) & (array != 1))
            if len(wrong):
                row, column = (int(part) for part in wrong[0])
                raise InvalidProblem(
                    f"The forbidden pairs hold {array[row, column]} for {self.pair(row, column)}. Give 1 or 0 (true or false)."
                )
            return array.astype(bool)
        if array.size and (array.ndim != 2 or array.shape[1] != 2):
            raise InvalidProblem(
                f"The forbidden pairs have the shape {' × '.join(map(str, array.shape))}, but there are {papers} papers × {reviewers} reviewers."
            )
        pairs = self._pairs("forbidden", value, papers, reviewers)
        forbidden = np.zeros((papers, reviewers), dtype=bool)
        forbidden[pairs[:, 0], pairs[:, 1]] = True
        return forbidden

    @staticmethod
    def _pairs(name: str, value: Any, rows: int, columns: int) -> Ints:
        pairs = np.asarray(value if isinstance(value, np.ndarray) else list(value), dtype=np.int64)
        pairs = pairs.reshape(-1, 2)
        outside = (pairs < 0) | (pairs >= np.array([rows, columns]))
        if outside.any():
            first = pairs[np.flatnonzero(outside.any(axis=1))[0]]
            raise InvalidProblem(
                f"The {name} pairs name ({first[0]}, {first[1]}), which is outside {rows} × {columns}."
            )
        return np.unique(pairs, axis=0)

    def _check_counts(self) -> None:
        papers, reviewers = self.shape
        if not self.reviews.any():
            raise InvalidProblem("No paper wants a review: the number of reviews is 0. Give at least 1.")
        most = int(self.reviews.argmax())
        if self.reviews[most] > reviewers:
            raise InvalidProblem(
                f"Paper {self.paper_names[most]} wants {self.reviews[most]} reviews, but there "
                f"{'is only 1 reviewer' if reviewers == 1 else f'are only {reviewers} reviewers'}. Lower the number of reviews or invite more people."
            )
        upside = np.flatnonzero(self.min_load > self.max_load)
        if upside.size:
            who = int(upside[0])
            raise InvalidProblem(
                f"Reviewer {self.reviewer_names[who]} has a minimum load of {self.min_load[who]}, above the maximum of {self.max_load[who]}."
            )
        over = np.flatnonzero(self.min_load > papers)
        if over.size:
            who = int(over[0])
            raise InvalidProblem(
                f"Reviewer {self.reviewer_names[who]} has a minimum load of {self.min_load[who]}, but there are only {papers} papers."
            )
        wanted, supply = int(self.min_load.sum()), int(self.reviews.sum())
        if wanted > supply:
            raise InvalidProblem(
                f"The minimum loads add up to {wanted} reviews, but the papers want only {supply}. Lower the minimum loads."
            )

    def _check_locks(self) -> None:
        locked = self.locked
        if not len(locked):
            return
        papers, reviewers = self.shape
        clash = locked[self.forbidden[locked[:, 0], locked[:, 1]]]
        if len(clash):
            raise InvalidProblem(
                f"The pair of {self.pair(*clash[0])} is locked and forbidden at once. Unlock it or lift the conflict."
            )
        by_paper = np.bincount(locked[:, 0], minlength=papers)
        full = np.flatnonzero(by_paper > self.reviews)
        if full.size:
            raise InvalidProblem(
                f"Paper {self.paper_names[full[0]]} has {by_paper[full[0]]} locked reviewers but wants only {self.reviews[full[0]]} reviews. Unlock one."
            )
        by_reviewer = np.bincount(locked[:, 1], minlength=reviewers)
        full = np.flatnonzero(by_reviewer > self.max_load)
        if full.size:
            raise InvalidProblem(
                f"Reviewer {self.reviewer_names[full[0]]} has {by_reviewer[full[0]]} locked papers, above the maximum load of {self.max_load[full[0]]}. Unlock one or raise the load."
            )
        self._check_locked_company()

    def _check_locked_company(self) -> None:
        groups = self.groups()
        rivals = {(int(one), int(other)) for one, other in self.coauthors}
        senior = self.senior
        for paper in np.unique(self.locked[:, 0]):
            people = [int(who) for who in self.locked[self.locked[:, 0] == paper, 1]]
            for place, one in enumerate(people):
                for other in people[place + 1 :]:
                    both = f"Reviewers {self.reviewer_names[one]} and {self.reviewer_names[other]} are both locked on paper {self.paper_names[paper]}"
                    if groups is not None and groups[one] == groups[other] >= 0:
                        assert self.institutions is not None  # noqa: S101 - groups() says so
                        raise InvalidProblem(
                            f"{both} and both belong to {self.institutions[one]}. Unlock one."
                        )
                    if (one, other) in rivals or (other, one) in rivals:
                        raise InvalidProblem(f"{both} and are co-authors. Unlock one.")
            if senior is not None and len(people) == self.reviews[paper] and not senior[people].any():
                raise InvalidProblem(
                    f"All reviewers of paper {self.paper_names[paper]} are locked and none of them is senior. Unlock one."
                )


_WORDS = {
    "reviews": "The number of reviews",
    "min_load": "The minimum load",
    "max_load": "The maximum load",
}


def _matrix(value: Any) -> Scores:
    array = np.asarray(value)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise InvalidProblem(f"The scores are of the kind {array.dtype}; they must be numbers.")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if array.ndim != 2:
        raise InvalidProblem(
            f"The scores have {array.ndim} dimension{'' if array.ndim == 1 else 's'}; they must have two: papers × reviewers."
        )
    if array.shape[0] == 0:
        raise InvalidProblem("There are 0 papers: nothing to assign.")
    if array.shape[1] == 0:
        raise InvalidProblem("There are 0 reviewers: invite people first.")
    return array


def _names(names: Sequence[str], length: int, of: str) -> tuple[str, ...]:
    if not len(names):
        return tuple(str(number) for number in range(length))
    _same_length(f"{of} names", len(names), length)
    return tuple(names)


def _same_length(what: str, given: int, wanted: int) -> None:
    if given != wanted:
        raise InvalidProblem(f"The {what} are {given}, but there are {wanted}.")
