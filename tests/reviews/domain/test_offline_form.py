"""A review that leaves as a text file comes back as it was; what cannot be read is named with its line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviews.domain import offline_form, review_form
from reviews.domain.offline_form import Header
from reviews.domain.review_form import Question

SUMMARY = Question("summary", "Summary", "text", visible_to="authors", help="What the paper does.")
MERIT = Question(
    "merit", "Overall merit", "score", choices=("reject", "weak reject", "weak accept", "accept")
)
SHORTER = Question(
    "shorter",
    "Accept in a shorter category?",
    "choice",
    required=False,
    choices=("yes", "only as it is", "2"),
)
AWARD = Question("award", "Nominate for an [award]", "checkbox", required=False, visible_to="chairs")
FORM = (SUMMARY, MERIT, SHORTER, AWARD)
HEADER = Header("2021", 17, "rita@example.org", 4)

LINES = st.sampled_from(
    ["plain", "", "  indented", "==== Overall merit [merit] ====", "====", ":: no explanation", "\\:: x", "\\\\==== a ====",
     "\\begin{align}", "> quoted", "| a | b |", "Form: 2021 / 3 / a@b / 1", "Answer: 3", "ü 漢字 \u200f"]
)  # fmt: skip
TEXTS = st.lists(LINES, max_size=8).map("\n".join) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=200
)


def there_and_back(answers: dict[str, review_form.Answer]) -> offline_form.Reading:
    text = offline_form.write(FORM, answers, HEADER, title="Sparse\nGradients", contact="chairs@example.org")
    return offline_form.read(text, FORM)


@given(
    TEXTS,
    st.none() | st.integers(1, 4),
    st.none() | st.sampled_from(SHORTER.choices),
    st.none() | st.booleans(),
)
@example("==== Overall merit [merit] ====", 3, "2", True)
@example(":: first line", None, None, None)
@example("=" * 20_000 + "x", None, None, None)  # took hours with a pattern
@example("=" * 7 + "\n" + "=" * 8, None, None, None)
def test_a_review_comes_back_exactly(
    text: str, merit: int | None, shorter: str | None, award: bool | None
) -> None:
    raw = {"summary": text, "merit": merit, "shorter": shorter, "award": award}
    answers, problems = review_form.clean(FORM, raw)
    assert not problems
    found = there_and_back(answers)
    assert found.mistakes == []
    assert found.answers == answers
    assert found.header == HEADER


@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]), st.booleans())
def test_every_editor_may_have_saved_it(text: str, encoding: str, windows: bool) -> None:
    answers, _ = review_form.clean(FORM, {"summary": text, "merit": 2})
    written = offline_form.write(FORM, answers, HEADER, title="A title")
    if windows:
        written = written.replace("\n", "\r\n")
    read = offline_form.read(offline_form.decode(written.encode(encoding)), FORM)
    assert (read.answers, read.mistakes) == (answers, [])


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("\nAnswer: 3", "\nAnswer: 7", 22, "“Overall merit” takes a number from 1 to 4, not “7”."),
        ("\nAnswer: 3", "\nAnswer: -1", 22, "“Overall merit” takes a number from 1 to 4, not “-1”."),
        ("\nAnswer: 3", "\nAnswer: three", 22, "“Overall merit” takes a number from 1 to 4, not “three”."),
        ("\nAnswer: 3", "\nAnswer: 3\nor 4", 23, "“or 4” is a second one"),
        (
            "[merit]",
            "[merits]",
            14,
            "There is no question “merits”. The form asks for: summary, merit, shorter, award.",
        ),
        ("[shorter]", "[merit]", 24, "“Overall merit” was answered before, in line 14. Keep one of the two."),
        ("Overall merit [merit]", "Overall merit", 14, "looks like a heading without its [key]"),
        ("Form: 2021 / 17 / rita@example.org / 4", "", 1, "The line “Form: …” near the top is missing"),
        (
            "Form: 2021 / 17",
            "Form: 2021 / 18 / a@example.org / 1\nForm: 2021 / 17",
            3,
            "a second line “Form: …”",
        ),
        (
            "Answer: only as it is",
            "Answer: perhaps",
            31,
            "takes one of “yes”, “only as it is”, “2”, not “perhaps”.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, sentence: str) -> None:
    answers: dict[str, review_form.Answer] = {"summary": "Good.", "merit": 3, "shorter": "only as it is"}
    text = offline_form.write(FORM, answers, HEADER, title="A title")
    assert old in text
    found = offline_form.read(text.replace(old, new, 1), FORM)
    assert [(it.line, it.message) for it in found.mistakes if sentence in it.message and it.line == line], (
        found.mistakes
    )


@pytest.mark.parametrize(
    "said", ["3", "3 weak accept", "3. weak accept", "weak accept", "WEAK  ACCEPT", " 3 "]
)
def test_a_score_may_be_said_in_words(said: str) -> None:
    text = offline_form.write(FORM, {}, HEADER, title="A title")
    text = text.replace("\nAnswer:", f"\nAnswer: {said}", 1)
    assert offline_form.read(text, FORM).answers == {"merit": 3}


def test_latex_keeps_its_backslashes() -> None:
    text = offline_form.write(FORM, {}, HEADER, title="A title").replace(
        "shown as such.\n\n", "shown as such.\n\n\\alpha\n\\\\", 1
    )
    assert offline_form.read(text, FORM).answers["summary"] == "\\alpha\n\\\\"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7\x00\x01", "not a text file"),
        (b"\xff\xfea", "not a text file"),
        (b"a" * (offline_form.LONGEST_FILE + 1), "has 2,000,001 bytes"),
    ],
)
def test_what_is_no_form_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        offline_form.decode(data)


def test_an_empty_file_says_what_to_do() -> None:
    messages = [it.message for it in offline_form.read("", FORM).mistakes]
    assert any("Download the form again" in message for message in messages)
