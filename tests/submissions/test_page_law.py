"""The page law and the sentences it speaks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.page_law import (
    Finding,
    Heading,
    PageLaw,
    alternatives,
    counted_pages,
    describe,
    fits,
    judge,
)

REGULAR = PageLaw("Regular paper", "regular", 8, 10)
SHORT = PageLaw("Short paper", "short", 4, 4)
ABSTRACT = PageLaw("Extended abstract", "abstract", 1, 1)
CALL = (REGULAR, SHORT, ABSTRACT)
EXCLUDING = PageLaw("Full paper", "full", None, 12, ("references", "appendices"), 14)


def refusal(law: PageLaw, pages: int, **more: object) -> str:
    """The sentence of a refusal that must come."""
    found = judge(law, pages, **more)  # type: ignore[arg-type]
    assert found is not None
    assert (found.code, found.severity) == ("page_count", "refuse")
    return found.message


def test_within_the_limits_there_is_nothing_to_say() -> None:
    assert [pages for pages in range(13) if judge(REGULAR, pages) is None] == [8, 9, 10]
    assert [pages for pages in range(13) if fits(SHORT, pages)] == [4]


def test_one_page_too_many() -> None:
    assert refusal(REGULAR, 11) == (
        "Your PDF has 11 pages. A regular paper has 8 to 10 pages, counting references and appendices. "
        "Shorten it by 1 page."
    )


def test_a_refusal_names_the_categories_the_file_fits() -> None:
    assert refusal(REGULAR, 4, others=CALL).endswith("Add 4 pages, or submit it as a short paper.")
    assert refusal(REGULAR, 1, others=CALL).endswith("or submit it as an extended abstract.")
    assert refusal(SHORT, 3, others=CALL).endswith("Add 1 page.")


@pytest.mark.parametrize(
    ("law", "pages", "sentence"),
    [
        (
            SHORT,
            5,
            "A short paper has exactly 4 pages, counting references and appendices. Shorten it by 1 page.",
        ),
        (
            ABSTRACT,
            2,
            "An extended abstract has exactly 1 page, counting references and appendices. Shorten it",
        ),
        (PageLaw("Poster", "poster", None, 2), 3, "A poster has at most 2 pages, counting"),
        (PageLaw("Poster", "poster", 1, 2), 3, "A poster has at most 2 pages, counting"),
        (PageLaw("Thesis", "thesis", 30, None), 3, "A thesis has at least 30 pages, counting"),
        (PageLaw("PhD forum paper", "phd", 2, 3), 4, "A PhD forum paper has 2 to 3 pages"),
        (PageLaw("AI demo", "demo", 2, 3), 4, "An AI demo has 2 to 3 pages"),
        (
            EXCLUDING,
            15,
            "A full paper has at most 12 pages, not counting references and appendices, and at most 14 pages in "
            "all. Shorten it by 1 page.",
        ),
        (
            PageLaw("Paper", "p", None, None, ("references",), 9),
            10,
            "A paper has at most 9 pages in all. Shorten",
        ),
    ],
)
def test_good_english(law: PageLaw, pages: int, sentence: str) -> None:
    assert sentence in refusal(law, pages)


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (REGULAR, "8 to 10 pages, everything counted"),
        (SHORT, "exactly 4 pages, everything counted"),
        (ABSTRACT, "exactly 1 page, everything counted"),
        (EXCLUDING, "at most 12 pages, not counting references and appendices, at most 14 pages in all"),
        (PageLaw("Paper", "p", None, 12, ("references",)), "at most 12 pages, not counting references"),
        (PageLaw("Paper", "p", None, None), "any number of pages"),
    ],
)
def test_the_limits_in_words(law: PageLaw, words: str) -> None:
    assert describe(law) == words


def test_what_is_excluded_is_found_by_headings_so_it_only_warns() -> None:
    found = judge(EXCLUDING, 14, counted_pages=13)
    assert found is not None
    assert (found.code, found.severity) == ("body_pages", "warn")
    assert "About 13 of the 14 pages" in found.message
    assert judge(EXCLUDING, 14, counted_pages=12) is None
    assert fits(EXCLUDING, 14)
    assert not fits(EXCLUDING, 15)


def test_a_waived_law_lets_any_file_pass() -> None:
    waived = PageLaw("Regular paper", "regular", 8, 10, waived=True)
    assert judge(waived, 30) is None
    assert fits(waived, 1)


def test_alternatives_leave_out_the_category_at_hand() -> None:
    assert alternatives(CALL, 4, but="regular") == [SHORT]
    assert alternatives(CALL, 4, but="short") == []
    assert alternatives(CALL, 6, but="regular") == []


def test_impossible_laws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 5 but at most 4"):
        PageLaw("Paper", "p", 5, 4)
    with pytest.raises(ValueError, match="figures"):
        PageLaw("Paper", "p", 1, 4, ("figures",))


@pytest.mark.parametrize(
    ("headings", "excludes", "counted"),
    [
        ([], ("references",), 10),
        ([Heading("references", 9)], ("references",), 9),
        ([Heading("references", 9, at_top=True)], ("references",), 8),
        ([Heading("references", 9, at_top=True)], (), 10),
        ([Heading("references", 7), Heading("appendices", 9, at_top=True)], ("references",), 9),
        ([Heading("references", 7), Heading("appendices", 9)], ("references",), 9),
        ([Heading("references", 7), Heading("appendices", 9)], ("references", "appendices"), 7),
        ([Heading("references", 7, at_top=True), Heading("appendices", 7)], ("appendices",), 7),
        ([Heading("appendices", 7, at_top=True), Heading("references", 9)], ("references",), 9),
        ([Heading("references", 99)], ("references",), 10),
    ],
)
def test_pages_that_count(headings: list[Heading], excludes: tuple[str, ...], counted: int) -> None:
    assert counted_pages(headings, 10, excludes) == counted


@given(
    st.lists(
        st.builds(Heading, st.sampled_from(["references", "appendices"]), st.integers(1, 30), st.booleans())
    ),
    st.integers(1, 30),
    st.sampled_from([(), ("references",), ("appendices",), ("references", "appendices")]),
)
def test_counted_pages_stay_within_the_file(
    headings: list[Heading], pages: int, excludes: tuple[str, ...]
) -> None:
    assert 0 <= counted_pages(headings, pages, excludes) <= pages


@given(st.none() | st.integers(1, 20), st.none() | st.integers(1, 20), st.integers(1, 40))
def test_fits_and_judge_agree(low: int | None, high: int | None, pages: int) -> None:
    if low is not None and high is not None and low > high:
        low, high = high, low
    law = PageLaw("Paper", "p", low, high)
    assert fits(law, pages) == (judge(law, pages) is None)


def test_a_finding_survives_json() -> None:
    finding = Finding("margins", "warn", "Too small.", 3)
    assert Finding.from_dict(json.loads(json.dumps(finding.as_dict()))) == finding


@pytest.mark.parametrize("raw", [{}, {"code": "x", "severity": "fatal", "message": ""}, {"code": 1}])
def test_what_is_no_finding_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a finding"):
        Finding.from_dict(raw)
