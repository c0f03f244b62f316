"""What the scores of a paper's reviews say together, and how strict each reviewer was.

Normalised scores are shown beside the raw ones and never replace them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from statistics import fmean
from typing import Any, Literal

#: So many reviews of a reviewer weigh as much as what is known of all reviewers together. Two or three reviews say
#: little about a person's strictness; ten say a lot.
PRIOR_REVIEWS = 4.0
#: No scale is longer: what a small whole number of the database holds.
LONGEST_SCALE = 32_767

Group = Literal["accept", "reject", "discuss", "incomplete"]


def scores_in(answers: Mapping[str, Any]) -> dict[str, int]:
    """The scores among the answers of a review, by their question's slug: of all answers only scores are whole numbers."""
    return {
        slug: value
        for slug, value in answers.items()
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_SCALE
    }


@dataclass(frozen=True)
class Summary:
    """The scores of one question over one paper's reviews. `counts[i]` reviews gave i + 1; `steps` is the scale's length."""

    steps: int
    counts: tuple[int, ...]

    @classmethod
    def of(cls, scores: Iterable[int], steps: int) -> "Summary":
        """Scores outside of 1…`steps` (the scale was shortened since) are left out."""
        found = [score for score in scores if 1 <= score <= steps]
        return cls.counted(tuple(found.count(step) for step in range(1, steps + 1)))

    @classmethod
    def counted(cls, counts: tuple[int, ...]) -> "Summary":
        """The summary with these counts; equal ones are one object, so that a mean is computed once for a thousand papers."""
        return _summary(counts)

    @cached_property
    def number(self) -> int:
        return sum(self.counts)

    @cached_property
    def mean(self) -> float | None:
        total = sum(step * count for step, count in enumerate(self.counts, start=1))
        return total / self.number if self.number else None

    @cached_property
    def lowest(self) -> int | None:
        return next((step for step, count in enumerate(self.counts, start=1) if count), None)

    @cached_property
    def highest(self) -> int | None:
        return max((step for step, count in enumerate(self.counts, start=1) if count), default=None)

    @property
    def spread(self) -> int:
        """How far the reviewers are apart, in steps."""
        return (self.highest or 0) - (self.lowest or 0)

    @property
    def words(self) -> str:
        """For a screen reader: "2, 4, 4 of 5"."""
        scores = [str(step) for step, count in enumerate(self.counts, start=1) for _ in range(count)]
        return f"{', '.join(scores)} of {self.steps}" if scores else "no score yet"


@lru_cache(maxsize=4096)
def _summary(counts: tuple[int, ...]) -> Summary:
    return Summary(len(counts), counts)


def group_of(summary: Summary, *, expected: int) -> Group:
    """Where a paper stands by its overall score, before anybody has discussed it.

    Clear is what all its reviews, and at least two, put on the same side of the middle of the scale without being far
    apart; with reviews still out nothing is clear.
    """
    if summary.number < max(1, expected) or summary.lowest is None or summary.highest is None:
        return "incomplete"
    middle = (summary.steps + 1) / 2
    close = summary.spread <= max(1, (summary.steps - 1) // 2) and summary.number >= 2
    if close and summary.lowest > middle:
        return "accept"
    if close and summary.highest < middle:
        return "reject"
    return "discuss"


@dataclass(frozen=True)
class Habit:
    """How one reviewer scores: `mean` and `deviation` after shrinkage, from `reviews` reviews."""

    reviews: int
    mean: float
    deviation: float


def habits(scores: Mapping[int, Sequence[float]]) -> dict[int, Habit]:
    """Each reviewer's own mean and spread, drawn towards those of all reviewers where reviews are few.

    Both are the usual shrinkage estimates: the mean of n reviews counts n and the common mean `PRIOR_REVIEWS`
    (Efron and Morris, "Stein's Paradox in Statistics", Scientific American 236, 1977), and likewise the variance,
    pooled with that of all scores around their reviewers' means.
    """
    everything = [score for own in scores.values() for score in own]
    if not everything:
        return {}
    common = fmean(everything)
    means = {reviewer: fmean(own) for reviewer, own in scores.items() if own}
    squares = {it: sum((score - mean) ** 2 for score in scores[it]) for it, mean in means.items()}
    freedom = len(everything) - len(means)
    variance = sum(squares.values()) / freedom if freedom > 0 else 0.0
    found = {}
    for reviewer, own_squares in squares.items():
        number = len(scores[reviewer])
        mean = (number * means[reviewer] + PRIOR_REVIEWS * common) / (number + PRIOR_REVIEWS)
        pooled = (own_squares + PRIOR_REVIEWS * variance) / (number - 1 + PRIOR_REVIEWS)
        found[reviewer] = Habit(number, mean, pooled**0.5)
    return found


def normalised(score: float, habit: Habit, *, common_mean: float, common_deviation: float) -> float:
    """`score` as an average reviewer might have given it. Without any spread at all only the level is corrected."""
    if habit.deviation <= 0 or common_deviation <= 0:
        return score - habit.mean + common_mean
    return common_mean + common_deviation * (score - habit.mean) / habit.deviation


def normalise(scores: Mapping[int, Mapping[int, float]]) -> dict[int, dict[int, float]]:
    """`{reviewer: {paper: score}}` with each score replaced by its normalised one."""
    own = habits({reviewer: list(by_paper.values()) for reviewer, by_paper in scores.items()})
    everything = [score for by_paper in scores.values() for score in by_paper.values()]
    if not everything:
        return {}
    mean = fmean(everything)
    deviation = fmean([it.deviation for it in own.values()])
    return {
        reviewer: {
            paper: normalised(score, own[reviewer], common_mean=mean, common_deviation=deviation)
            for paper, score in by_paper.items()
        }
        for reviewer, by_paper in scores.items()
    }


def normalised_means(scores: Mapping[int, Mapping[int, float]]) -> dict[int, float]:
    """The mean of each paper's normalised scores, of `{reviewer: {paper: score}}`."""
    of_paper: dict[int, list[float]] = {}
    for by_paper in normalise(scores).values():
        for paper, value in by_paper.items():
            of_paper.setdefault(paper, []).append(value)
    return {paper: sum(values) / len(values) for paper, values in of_paper.items()}
