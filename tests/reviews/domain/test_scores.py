"""The score of a pair: bounded, in the order of its parts, and the same taken apart as computed at once."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviews.domain import scores
from reviews.domain.scores import EAGER, IN_A_PINCH, NO_BID, NOT_WILLING, WILLING, Weights

BIDS = [NOT_WILLING, NO_BID, IN_A_PINCH, WILLING, EAGER]  # in the order of their scores

parts_of_one = st.none() | st.floats(0, 1)
weight = st.just(0.0) | st.floats(0.01, 100)
weights = st.tuples(weight, weight, weight).filter(any).map(lambda three: Weights(*three))


def score(
    affinity: float | None, topics: float | None, bid: int = NO_BID, by: Weights | None = None
) -> float:
    return scores.parts(affinity, topics, bid, by or Weights()).score


@given(parts_of_one, parts_of_one, st.sampled_from(BIDS), weights)
def test_the_table_and_the_parts_agree_and_stay_from_0_to_1(
    affinity: float | None, topics: float | None, bid: int, by: Weights
) -> None:
    table = scores.scores(
        np.array([[affinity or 0.0]]), np.array([[affinity is not None]]),
        np.array([[topics or 0.0]]), np.array([[topics is not None]]),
        np.array([[bid]], dtype=np.int8), by,
    )  # fmt: skip
    taken_apart = scores.parts(affinity, topics, bid, by)
    assert table[0, 0] == pytest.approx(taken_apart.score, abs=1e-12)
    assert 0 <= table[0, 0] <= 1
    assert taken_apart.score == pytest.approx(
        taken_apart.from_affinity + taken_apart.from_topics + taken_apart.from_bid
        + taken_apart.from_nothing_known
    )  # fmt: skip


@given(st.floats(0, 1), st.floats(0, 1), parts_of_one, st.sampled_from(BIDS), weights)
def test_more_affinity_or_topics_never_lower_a_score(
    one: float, other: float, beside: float | None, bid: int, by: Weights
) -> None:
    low, high = sorted((one, other))
    assert score(low, beside, bid, by) <= score(high, beside, bid, by) + 1e-12
    assert score(beside, low, bid, by) <= score(beside, high, bid, by) + 1e-12


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), weights)
def test_a_stronger_wish_is_a_higher_score(affinity: float, topics: float, by: Weights) -> None:
    assume(by.bids > 0)
    found = [score(affinity, topics, bid, by) for bid in BIDS]
    assert all(lower < higher for lower, higher in pairwise(found))


@given(parts_of_one, parts_of_one, st.sampled_from(BIDS), weights, st.floats(0.01, 100))
def test_only_the_proportion_of_the_weights_matters(
    affinity: float | None, topics: float | None, bid: int, by: Weights, times: float
) -> None:
    scaled = Weights(by.affinity * times, by.topics * times, by.bids * times)
    assert score(affinity, topics, bid, by) == pytest.approx(score(affinity, topics, bid, scaled))


@given(parts_of_one, parts_of_one, st.sampled_from(BIDS))
def test_a_weight_of_0_takes_its_part_out(affinity: float | None, topics: float | None, bid: int) -> None:
    assert score(affinity, topics, bid, Weights(1, 1, 0)) == score(affinity, topics, NO_BID, Weights(1, 1, 0))
    assert score(affinity, topics, bid, Weights(0, 1, 1)) == score(None, topics, bid, Weights(0, 1, 1))
    assert score(affinity, topics, bid, Weights(1, 0, 1)) == score(affinity, None, bid, Weights(1, 0, 1))


def test_what_is_missing_falls_back_on_the_rest() -> None:
    assert score(0.6, None) == pytest.approx(0.6)
    assert score(None, 0.4) == pytest.approx(0.4)
    assert score(0.6, 0.4) == pytest.approx(0.5)
    assert score(0.6, 0.4, EAGER) == pytest.approx(0.5 + 0.5 / 3)
    assert score(None, None, EAGER) == pytest.approx(0.2 + 0.8 / 3)
    assert score(None, None, EAGER, Weights(0, 0, 1)) == 1


def test_nothing_known_is_less_than_a_fair_match_and_more_than_a_mismatch() -> None:
    assert score(0, 0) < score(None, None) < score(0.3, 0.3)


def test_who_is_not_willing_comes_last_but_is_not_forbidden() -> None:
    assert 0 < score(1, 1, NOT_WILLING) == pytest.approx(0.05)
    assert score(1, 1, NOT_WILLING) < score(None, None, NO_BID)


def test_no_bid_lowers_the_score_of_a_perfect_match() -> None:
    """A willing member with a fit of 0.9 must not stand behind a silent one with the same fit."""
    assert score(0.9, 0.9, IN_A_PINCH) > score(0.9, 0.9, NO_BID)


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_weights_that_make_no_sense_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match=f"The weight of topics is {wrong}"):
        Weights(1, wrong, 1)
    with pytest.raises(ValueError, match="All three weights are 0"):
        Weights(0, 0, 0)


def test_very_large_and_very_small_weights_do_not_overflow() -> None:
    assert score(0.6, 0.4, EAGER, Weights(1e308, 1e308, 1e308)) == pytest.approx(score(0.6, 0.4, EAGER))
    assert score(0.6, 0.4, EAGER, Weights(5e-324, 5e-324, 5e-324)) == pytest.approx(score(0.6, 0.4, EAGER))


def test_topics_are_the_mean_over_the_papers_topics() -> None:
    papers = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    members = np.array([[3, 1, 0], [0, 2, 2], [0, 0, 0]], dtype=np.int8)
    match, known = scores.topic_match(papers, members)
    assert match == pytest.approx(np.array([[0.7, 0.35, 0], [0, 0.7, 0], [0, 0, 0]]))
    assert known.tolist() == [[True, True, False], [True, True, False], [False, False, False]]


def test_the_scale_gives_one_pair_in_a_hundred_above_nine_tenths() -> None:
    affinity = np.linspace(0, 0.3, 1001).reshape(7, 143)
    known = np.ones_like(affinity, dtype=bool)
    at = scores.reference(affinity, known)
    assert at == pytest.approx(0.297)
    assert (scores.scaled(affinity, at) > 0.9).mean() == pytest.approx(0.01, abs=0.001)


def test_unknown_pairs_do_not_shift_the_scale() -> None:
    affinity = np.array([[0.2, 0.0], [0.2, 0.0]])
    assert scores.reference(affinity, np.array([[True, False], [True, False]])) == pytest.approx(0.2)
    assert scores.reference(affinity, np.zeros((2, 2), dtype=bool)) == 1
    assert scores.reference(np.zeros((2, 2)), np.ones((2, 2), dtype=bool)) == 1


def test_one_good_pair_among_many_without_anything_in_common_is_the_measure() -> None:
    affinity = np.zeros((20, 20))
    affinity[3, 4] = 0.1
    assert scores.reference(affinity, np.ones((20, 20), dtype=bool)) == pytest.approx(0.1)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_the_scale_keeps_the_order_and_the_bounds(values: list[float]) -> None:
    affinity = np.array([sorted(values)])
    at = scores.reference(affinity, np.ones_like(affinity, dtype=bool))
    found = scores.scaled(affinity, at)
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    assert found[0].tolist() == [scores.scaled_one(value, at) for value in affinity[0]]
