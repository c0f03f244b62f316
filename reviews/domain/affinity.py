"""How near a member's own papers are to a submission, by their titles and abstracts.

The affinity of a member with a paper is the mean similarity of the five own papers most like it (of all, if there
are fewer). An `Engine` turns texts into vectors of length 1; the similarity of two texts is the cosine of their
vectors. `affinity_words.Words` is the default; `affinity_embedding.Embedding` an extra (docs/affinity.md).

A member's column depends on the engine's `basis`, the submissions and that member's papers, on nobody else's: so columns can
be kept, and a member who adds a paper costs one column.

Sources: L. Charlin, R. Zemel, The Toronto Paper Matching System (2013); I. Stelmakh et al., A Gold Standard Dataset for
the Reviewer Assignment Problem (2023), by whose loss it was measured.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # numpy and what is above it are for the worker alone: no page pays for their import
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Indices = NDArray[np.int32]

BEST = 5
"""How many of a member's papers count: the ones nearest to the submission."""

NEAREST = 3
"""How many of the nearest own papers are named to a chair who asks why."""

CELLS_AT_ONCE = 4_000_000
"""Similarities held in memory at a time, 32 MB of them."""


@dataclass(frozen=True)
class Text:
    """The words of a paper: a submission's, or one that a member wrote."""

    title: str
    abstract: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """Equal for equal texts, 32 hexadecimal digits. Spaces and Unicode's several spellings make no difference."""
        return digest(*(" ".join(plain(part).split()) for part in (self.title, self.abstract)))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to compare: not one letter or digit."""
        return not any(sign.isalnum() for sign in self.title + self.abstract)


class Engine(Protocol):
    """What compares texts. Two engines with the same `basis` give the same vectors for the same text."""

    name: str
    version: str
    basis: str

    def vectors(self, texts: Sequence[Text]) -> Any:
        """One row a text, of length 1, or all 0 if the engine knows none of its words. An array or a sparse matrix."""


@dataclass(frozen=True)
class Affinities:
    """`scores`: papers × members, each from 0 to 1, never NaN. `known`: where there were texts to compare;
    elsewhere the score is 0 and means nothing. `nearest`: papers × members × 3, which of the member's papers are
    nearest, the nearest first, -1 where there are no more with anything in common."""

    scores: Matrix
    known: Mask
    nearest: Indices


def affinities(
    engine: Engine, submissions: Sequence[Text], own_papers: Sequence[Sequence[Text]], *, best: int = BEST
) -> Affinities:
    """The affinity of each submission with each member; `own_papers` has one list a member, which may be empty."""
    import numpy as np

    scores = np.zeros((len(submissions), len(own_papers)))
    nearest = np.full((len(submissions), len(own_papers), NEAREST), -1, dtype=np.int32)
    told = [[place for place, text in enumerate(texts) if not text.is_empty] for texts in own_papers]
    papers_known = np.array([not text.is_empty for text in submissions], dtype=bool)
    members_known = np.array([bool(places) for places in told], dtype=bool)
    known = papers_known[:, None] & members_known[None, :]
    rows = engine.vectors(submissions) if known.any() else None
    for start, end in _blocks([len(places) for places in told], CELLS_AT_ONCE // max(1, len(submissions))):
        flat = [own_papers[member][place] for member in range(start, end) for place in told[member]]
        if rows is None or not flat:
            continue
        similar = _cosines(rows, engine.vectors(flat))
        column = 0
        for member in range(start, end):
            mine = similar[:, column : column + len(told[member])]
            column += len(told[member])
            if mine.shape[1]:
                scores[:, member] = _mean_of_best(mine, best)
                first = np.argsort(-mine, axis=1, kind="stable")[:, :NEAREST]
                found = np.take_along_axis(mine, first, axis=1) > 0
                nearest[:, member, : first.shape[1]] = np.where(found, np.array(told[member])[first], -1)
    return Affinities(np.where(known, scores, 0.0), known, nearest)


def similarities(engine: Engine, submissions: Sequence[Text], own_papers: Sequence[Text]) -> Matrix:
    """The similarity of each submission with each own paper, from 0 to 1."""
    import numpy as np

    if not submissions or not own_papers:
        return np.zeros((len(submissions), len(own_papers)))
    return _cosines(engine.vectors(submissions), engine.vectors(own_papers))


def plain(text: str) -> str:
    """One spelling for what reads the same: ligatures taken apart, full-width letters made narrow, all lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def digest(*parts: str) -> str:
    """A fingerprint of a list of texts, 32 hexadecimal digits."""
    found = hashlib.sha256()
    for part in parts:
        # Lone surrogates cannot be encoded, and may stand in a text all the same.
        data = part.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(data) + data)
    return found.hexdigest()[:32]


def _cosines(rows: Any, columns: Any) -> Matrix:
    import numpy as np

    product = rows @ columns.T
    dense = product.toarray() if hasattr(product, "toarray") else product
    # The cosine of a text with itself comes out a hair above 1; that of vectors that point apart may be negative.
    return np.clip(np.asarray(dense, dtype=np.float64), 0.0, 1.0)


def _mean_of_best(similar: Matrix, best: int) -> Matrix:
    import numpy as np

    if similar.shape[1] > best:
        similar = np.partition(similar, similar.shape[1] - best, axis=1)[:, -best:]
    # Sorted, so that the order in which papers were given makes no difference to the last bit of the sum.
    return np.asarray(np.sort(similar, axis=1).mean(axis=1), dtype=np.float64)


def _blocks(sizes: Sequence[int], most: int) -> Iterable[tuple[int, int]]:
    """Runs of members with at most `most` papers together (one member at least)."""
    start, inside = 0, 0
    for index, size in enumerate(sizes):
        if index > start and inside + size > most:
            yield start, index
            start, inside = index, 0
        inside += size
    if start < len(sizes):
        yield start, len(sizes)
