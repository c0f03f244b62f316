"""The score of a pair: one formula of affinity, topics and bid, from 0 to 1.

    fit   = (a · affinity + t · topics) / (a + t)          what is not known is left out of both sums
    score = fit + pull · (1 − fit)                         pull = share of the bid's weight × how much the bid wants it
    score = fit / 20                                       for a member who is not willing

`a`, `t` and `b` are the chair's weights for affinity, topics and bids; only their proportions matter. The bid's share is
b / (a + t + b), of which an eager bid has all, a willing one 60 % and one in a pinch 20 %. So a bid can only lift a pair,
never above 1, and a member who did not bid is judged by the fit alone, rather than behind everybody who did. Not being
willing leaves a twentieth: such a pair is the last resort, yet possible, which a conflict is not. With weight 0 bids count for
nothing, unwillingness included. Where neither texts nor topics say anything, the fit counts as `NOTHING_KNOWN`: less than
a fair match, more than a known mismatch. docs/affinity.md explains it to chairs, docs/decisions/0009 says why.

Numbers alone come in (arrays are papers × members); numpy is imported when an array is computed, so that a page which asks
for the `parts` of one pair does without.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Levels = NDArray[np.int8]

NO_BID, NOT_WILLING, IN_A_PINCH, WILLING, EAGER = -1, 0, 1, 2, 3
WANTED = {IN_A_PINCH: 0.2, WILLING: 0.6, EAGER: 1.0}
"""How much of the bid's share a bid has."""
UNWILLING = 0.05
"""What is left of the fit when a member is not willing."""

NO_EXPERTISE, SOME, KNOWLEDGEABLE, EXPERT = 0, 1, 2, 3
KNOWS = {NO_EXPERTISE: 0.0, SOME: 0.4, KNOWLEDGEABLE: 0.7, EXPERT: 1.0}
"""What a level of expertise is worth for one topic of the paper."""

NOTHING_KNOWN = 0.2
REFERENCE_PERCENTILE = 99
REFERENCE_VALUE = 0.9


@dataclass(frozen=True)
class Weights:
    """What a chair sets. Raises `ValueError` with a sentence for the chair."""

    affinity: float = 1.0
    topics: float = 1.0
    bids: float = 1.0

    def __post_init__(self) -> None:
        named = {"affinity": self.affinity, "topics": self.topics, "bids": self.bids}
        for name, weight in named.items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"The weight of {name} is {weight}; it must be a number from 0 upwards.")
        if not any(named.values()):
            raise ValueError("All three weights are 0; at least one must be above.")

    @property
    def bid_share(self) -> float:
        """Of the three weights together, from 0 to 1."""
        # Divided by the largest first: three weights near the largest number there is have no finite sum.
        most = max(self.affinity, self.topics, self.bids)
        bids = self.bids / most
        return bids / (self.affinity / most + self.topics / most + bids)


@dataclass(frozen=True)
class Parts:
    """How one pair came to its score, for the panel “Why?”.

    `affinity` is on the scale of `scaled`. None: not known. The four `from_…` add up to the score.
    """

    affinity: float | None
    topics: float | None
    bid: int
    fit: float
    pull: float
    from_affinity: float
    from_topics: float
    from_bid: float
    from_nothing_known: float
    """What the pair has for `NOTHING_KNOWN`, as neither texts nor topics say anything."""
    score: float


def scores(
    affinity: Matrix, affinity_known: Mask, topics: Matrix, topics_known: Mask, bids: Levels, weights: Weights
) -> Matrix:
    """The score of every pair. `affinity` is scaled; bids are the levels from `NOT_WILLING` to `EAGER`, or `NO_BID`."""
    import numpy as np

    most = max(weights.affinity, weights.topics)
    fit = np.full(affinity.shape, NOTHING_KNOWN)
    if most > 0:
        of_affinity = np.where(affinity_known, weights.affinity / most, 0.0)
        of_topics = np.where(topics_known, weights.topics / most, 0.0)
        total = of_affinity + of_topics
        np.divide(of_affinity * affinity + of_topics * topics, total, out=fit, where=total > 0)
    if weights.bids > 0:
        pull = np.zeros(affinity.shape)
        for level, wanted in WANTED.items():
            pull[bids == level] = weights.bid_share * wanted
        fit += pull * (1 - fit)
        fit[bids == NOT_WILLING] *= UNWILLING
    return np.clip(fit, 0.0, 1.0)


def parts(affinity: float | None, topics: float | None, bid: int, weights: Weights) -> Parts:
    """The same for one pair, taken apart. None where nothing is known; `affinity` is scaled."""
    most = max(weights.affinity, weights.topics)
    of_affinity = weights.affinity / most if most > 0 and affinity is not None else 0.0
    of_topics = weights.topics / most if most > 0 and topics is not None else 0.0
    total = of_affinity + of_topics
    from_affinity = of_affinity * (affinity or 0.0) / total if total > 0 else 0.0
    from_topics = of_topics * (topics or 0.0) / total if total > 0 else 0.0
    from_nothing = 0.0 if total > 0 else NOTHING_KNOWN
    fit = from_affinity + from_topics + from_nothing
    pull, left = 0.0, 1.0
    if weights.bids > 0:
        pull = weights.bid_share * WANTED.get(bid, 0.0)
        left = UNWILLING if bid == NOT_WILLING else 1 - pull
    score = min(1.0, fit * left + pull)
    return Parts(
        affinity,
        topics,
        bid,
        fit,
        pull,
        from_affinity * left,
        from_topics * left,
        pull,
        from_nothing * left,
        score,
    )


def topic_match(paper_topics: Mask, expertise: Levels) -> tuple[Matrix, Mask]:
    """How well each member knows each paper's topics: the mean worth of their levels, and where it is known.

    `paper_topics` is papers × topics, `expertise` members × topics with the levels from `NO_EXPERTISE` to `EXPERT`. Not known:
    for papers without topics, and for members who declared no expertise at all.
    """
    import numpy as np

    worth = np.zeros(expertise.shape)
    for level, value in KNOWS.items():
        worth[expertise == level] = value
    chosen = paper_topics.astype(np.float64)
    counts = chosen.sum(axis=1)
    match = chosen @ worth.T / np.maximum(counts, 1)[:, None]
    told = np.any(expertise > NO_EXPERTISE, axis=1)
    known = np.logical_and.outer(counts > 0, told)
    return np.where(known, np.clip(match, 0.0, 1.0), 0.0), known


def reference(affinity: Matrix, known: Mask) -> float:
    """The affinity that one pair in a hundred of an edition reaches; 1 where nothing is above 0."""
    import numpy as np

    told = affinity[known]
    found = float(np.percentile(told, REFERENCE_PERCENTILE)) if told.size else 0.0
    # A handful of pairs may all but a few have nothing in common: then the best one is the measure.
    found = found or (float(told.max()) if told.size else 0.0)
    return min(found, 1.0) or 1.0


def scaled(affinity: Matrix, at: float) -> Matrix:
    """Affinities on a scale that can be weighed against topics and bids, in the same order.

    The cosine of two texts is small even for a good match, and how small depends on the engine and the edition. So the
    `reference` stands for 0.9, what is below in proportion, what is above between 0.9 and 1.
    """
    import numpy as np

    return np.asarray(_scale(np.minimum(affinity, at), np.maximum(affinity - at, 0.0), at))


def scaled_one(affinity: float, at: float) -> float:
    """`scaled` for one pair, without arrays."""
    return float(_scale(min(affinity, at), max(affinity - at, 0.0), at))


def _scale(below: Any, above: Any, at: float) -> Any:
    room = max(1 - at, 1e-12)
    return REFERENCE_VALUE * (below / at) + (1 - REFERENCE_VALUE) * (above / room)
