"""Summaries of scores: what they say of a paper, and what normalisation does and must not do."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.score_summaries import Summary, group_of, habits, normalise

SCORES = st.dictionaries(
    st.integers(1, 8),
    st.dictionaries(st.integers(1, 12), st.integers(1, 5), min_size=1, max_size=12),
    max_size=8,
)


@pytest.mark.parametrize(
    ("scores", "expected", "group"),
    [
        ([5, 4, 4], 3, "accept"),
        ([1, 2, 2], 3, "reject"),
        ([4, 4], 3, "incomplete"),
        ([], 3, "incomplete"),
        ([], 0, "incomplete"),
        ([5, 1, 3], 3, "discuss"),
        ([3, 3, 3], 3, "discuss"),
        ([4, 3, 4], 3, "discuss"),
        ([5], 1, "discuss"),  # one voice is not clear
        ([4, 5, 5, 5], 3, "accept"),
    ],
)
def test_a_paper_is_clear_only_when_all_say_the_same(scores: list[int], expected: int, group: str) -> None:
    assert group_of(Summary.of(scores, 5), expected=expected) == group


def test_scores_that_the_scale_no_longer_has_are_left_out() -> None:
    summary = Summary.of([1, 3, 9, 0], 3)
    assert (summary.counts, summary.mean, summary.words) == ((1, 0, 1), 2.0, "1, 3 of 3")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=9))
def test_a_summary_says_what_the_scores_say(scores: list[int]) -> None:
    summary = Summary.of(scores, 5)
    assert summary.mean == pytest.approx(fmean(scores))
    assert (summary.lowest, summary.highest, summary.number) == (min(scores), max(scores), len(scores))


@given(SCORES)
def test_normalising_keeps_a_reviewers_own_order(scores: dict[int, dict[int, int]]) -> None:
    found = normalise(scores)
    for reviewer, own in scores.items():
        for paper, score in own.items():
            for other, less in own.items():
                if less < score:
                    assert found[reviewer][other] < found[reviewer][paper]


@given(SCORES, st.integers(-3, 3))
def test_a_stricter_scale_for_everybody_changes_nothing_but_the_level(
    scores: dict[int, dict[int, int]], shift: int
) -> None:
    before = normalise(scores)
    after = normalise({who: {p: s + shift for p, s in own.items()} for who, own in scores.items()})
    for who, own in before.items():
        for paper, score in own.items():
            assert after[who][paper] == pytest.approx(score + shift, abs=1e-9)


def test_a_strict_and_a_mild_reviewer_of_the_same_papers_come_nearer() -> None:
    strict = dict(enumerate([1, 2, 1, 2, 3, 1, 2, 1]))
    mild = dict(enumerate([4, 5, 4, 5, 5, 4, 5, 4]))
    found = normalise({1: strict, 2: mild})
    raw = fmean(mild.values()) - fmean(strict.values())
    assert 0 < fmean(found[2].values()) - fmean(found[1].values()) < raw / 2


def test_one_review_says_little_about_its_reviewer() -> None:
    scores = {1: [1.0], 2: [3, 4, 3, 4, 3, 4, 3, 4, 3, 4]}
    found = habits(scores)
    assert found[1].mean > 2.5  # mostly what all reviewers do
    assert abs(found[2].mean - 3.5) < 0.1


def test_nothing_is_made_of_nothing() -> None:
    assert habits({}) == {}
    assert normalise({}) == {}
    assert normalise({1: {1: 3}}) == {1: {1: pytest.approx(3)}}
