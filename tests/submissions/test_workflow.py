"""The rule of completeness and the table of states, as plain Python."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.workflow import (
    TRANSITIONS,
    AuthorFacts,
    ExtraFacts,
    PaperFacts,
    State,
    may_become,
    missing,
)

WHOLE = PaperFacts(
    title="A Title",
    title_max_chars=100,
    abstract="Five words make an abstract.",
    abstract_min_words=3,
    abstract_max_words=10,
    category="regular",
    topics=1,
    authors=[AuthorFacts("Ada", "ada@example.org", "Example University", is_contact=True)],
    needs_file=True,
    has_file=True,
)


def messages(paper: PaperFacts) -> list[str]:
    return [item.message for item in missing(paper)]


def test_a_whole_paper_lacks_nothing():
    assert missing(WHOLE) == []


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"title": "  "}, "id_title", "Give the paper a title."),
        ({"title": "x" * 101}, "id_title", "The title has 101 characters; the call allows 100."),
        ({"abstract": "\n"}, "id_abstract", "Write the abstract."),
        ({"abstract": "too short"}, "id_abstract", "has 2 words; the call asks for at least 3"),
        ({"abstract": "w " * 12}, "id_abstract", "Shorten it by 2."),
        ({"category": None}, "id_category", "Choose a category."),
        ({"topics": 0}, "id_topics", "Choose at least one topic."),
        ({"authors": []}, "id_authors", "Name the authors."),
        ({"has_file": False}, "id_file", "Upload your paper as a PDF."),
        ({"file_problem": "Too long."}, "id_file", "Too long."),
        (
            {"extras": [ExtraFacts("x", "Extra", required=True, answered=False)]},
            "id_extra_x",
            "Answer “Extra”.",
        ),
    ],
)
def test_each_lack_has_its_sentence_and_its_field(change, field, sentence):
    (item,) = missing(replace(WHOLE, **change))
    assert item.field == field
    assert sentence in item.message


def test_an_author_without_address_and_affiliation_is_named_once_with_both():
    bob = AuthorFacts("Bob", "", " ", is_contact=False)
    assert messages(replace(WHOLE, authors=[*WHOLE.authors, bob])) == [
        "Bob has no e-mail address and affiliation yet."
    ]


def test_somebody_must_receive_the_mail():
    silent = replace(WHOLE.authors[0], is_contact=False)
    assert "at least one author as contact" in messages(replace(WHOLE, authors=[silent]))[0]


def test_no_topics_are_asked_for_where_none_are_offered():
    assert missing(replace(WHOLE, topics=0, topics_offered=False)) == []


@given(
    title=st.text(max_size=20),
    abstract=st.text(max_size=60),
    category=st.none() | st.just("regular"),
    topics=st.integers(0, 2),
    has_file=st.booleans(),
    names=st.lists(st.text(max_size=5), max_size=3),
)
def test_filling_in_one_thing_never_makes_another_missing(title, abstract, category, topics, has_file, names):
    authors = [AuthorFacts(name, "a@example.org", "U", is_contact=True) for name in names]
    paper = replace(
        WHOLE,
        title=title,
        abstract=abstract,
        category=category,
        topics=topics,
        has_file=has_file,
        authors=authors,
    )
    before = set(messages(paper))
    for name in ("title", "abstract", "topics", "authors"):
        after = set(messages(replace(paper, **{name: getattr(WHOLE, name)})))
        assert after <= before


def test_nothing_leads_from_submitted_back_to_a_draft():
    assert not may_become(State.SUBMITTED, State.DRAFT)
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("closed", [State.WITHDRAWN, State.OUT_OF_SCOPE])
def test_what_was_closed_can_be_opened_again(closed):
    assert may_become(closed, State.SUBMITTED)
    assert may_become(closed, State.DRAFT)
