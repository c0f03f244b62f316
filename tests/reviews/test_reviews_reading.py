"""Who reads what of a review, and how its texts are shown."""

import tomllib
from pathlib import Path

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from reviews import queries
from reviews.domain.default_form import DEFAULT
from reviews.models import Assignment, CommitteeSettings, Review, ReviewRead, ReviewVersion
from reviews.review_list import released, reviews_of
from reviews.services.reviewer_letters import letter_at, letters_of
from reviews.templatetags.reviews import prose
from submissions.models import ReviewField
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reviewing import Desk

db = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return reviewing.desk()


def test_the_default_form_is_the_one_of_scadl() -> None:
    call = tomllib.loads((Path(__file__).parents[2] / "calls/scadl-2021.toml").read_text(encoding="utf-8"))
    asked = [
        (
            it["slug"],
            it["label"],
            it["kind"],
            it.get("required", True),
            tuple(it.get("choices", ())),
            it.get("visible_to", "committee"),
            it.get("help", ""),
        )
        for it in call["review_form"]
    ]
    assert asked == [
        (it.slug, it.label, it.kind, it.required, it.choices, it.visible_to, it.help) for it in DEFAULT
    ]


@db
def test_a_call_with_questions_asks_those_and_no_others(desk: Desk) -> None:
    ReviewField.objects.create(
        edition=desk.call,
        slug="merit",
        label="Merit",
        kind="score",
        choices=["no", "yes"],
        visible_to="authors",
    )
    (question,) = queries.form_of(desk.call)
    assert (question.slug, question.highest, question.visible_to) == ("merit", 2, "authors")


@db
def test_a_reviewer_reads_the_others_after_submitting_their_own(desk: Desk) -> None:
    reviewing.submitted(desk.rows[1])
    assert reviews_of(desk.paper, desk.user(0)) == []
    reviewing.submitted(desk.rows[0])
    found = reviews_of(desk.paper, desk.user(0))
    assert {it.mine for it in found} == {True, False}
    other = next(it for it in found if not it.mine)
    assert other.name == "R1 Reviewer1"
    assert "confidential" not in {it.question.slug for it in other.answers}, "chairs only"
    own = next(it for it in found if it.mine)
    assert "confidential" in {it.question.slug for it in own.answers}


@db
@pytest.mark.parametrize(("rule", "count"), [("always", 1), ("after_own", 0), ("never", 0)])
def test_the_settings_say_when_others_reviews_are_read(desk: Desk, rule: str, count: int) -> None:
    CommitteeSettings.objects.create(edition=desk.call, others_reviews=rule)
    reviewing.submitted(desk.rows[1])
    assert len(reviews_of(desk.paper, desk.user(0))) == count


@db
def test_always_is_for_those_who_agreed_to_review(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, others_reviews="always")
    reviewing.submitted(desk.rows[1])
    Assignment.objects.filter(pk=desk.rows[0].pk).update(state=Assignment.State.OFFERED)
    assert reviews_of(desk.paper, desk.user(0)) == []
    assert not Review.objects.visible_to(desk.user(0)).exists()


@db
def test_never_holds_also_after_ones_own(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, others_reviews="never")
    for row in desk.rows:
        reviewing.submitted(row)
    assert [it.mine for it in reviews_of(desk.paper, desk.user(0))] == [True]


@db
def test_without_names_there_are_letters_only(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    for row in desk.rows:
        review = reviewing.submitted(row)
        Review.objects.filter(pk=review.pk).update(guest_name="Gus Guest")
    page = "".join(
        render_to_string("reviews/review/_review.html", {"review": it, "edition": desk.call})
        for it in reviews_of(desk.paper, desk.user(0))
        if not it.mine
    )
    assert "Reviewer1" not in page
    assert "Gus" not in page
    assert {"A", "B", "C"} == {it.letter for it in reviews_of(desk.paper, desk.user(0))}
    assert {it.name for it in reviews_of(desk.paper, desk.chair)} == {str(it) for it in desk.members}


@db
def test_a_chair_reads_what_was_submitted_and_no_draft(desk: Desk) -> None:
    review = reviewing.submitted(desk.rows[0])
    Review.objects.filter(pk=review.pk).update(answers={"summary": "half typed"})
    Review.objects.create(assignment=desk.rows[1], answers={"summary": "a draft"}, revision=1)
    (shown,) = reviews_of(desk.paper, desk.chair)
    page = render_to_string("reviews/review/_review.html", {"review": shown, "edition": desk.call})
    assert "compresses gradients" in page
    assert "Secret words" in page
    assert "half typed" not in page
    assert "a draft" not in page


@db
def test_a_conflict_shows_nothing_to_reviewer_or_chair(desk: Desk) -> None:
    for row in desk.rows:
        reviewing.submitted(row)
    assigning.conflict(desk.members[0], desk.paper)
    assert reviews_of(desk.paper, desk.user(0)) == []
    conrad = factories.chair(desk.call, "Conrad Conflicted")
    desk.paper.declared_conflicts.create(role=desk.call.roles.get(user=conrad))
    assert reviews_of(desk.paper, conrad) == []


@db
def test_those_who_left_are_not_read_and_do_not_read(desk: Desk) -> None:
    for row in desk.rows:
        reviewing.submitted(row)
    Assignment.objects.filter(pk=desk.rows[2].pk).update(state="withdrawn")
    assert len(reviews_of(desk.paper, desk.user(0))) == 2
    assert reviews_of(desk.paper, desk.user(2)) == []


@db
def test_authors_read_only_what_is_meant_for_them(desk: Desk) -> None:
    review = reviewing.submitted(desk.rows[0])
    shown = released(queries.form_of(desk.call), ReviewVersion.objects.get(), "C", review)
    page = render_to_string("reviews/review/_review.html", {"review": shown, "edition": desk.call})
    assert "Review C" in page
    assert "compresses gradients" in page
    assert "Weak accept" in page
    for hidden in ("Secret words", "Your confidence", "Reviewer0", "20", "badge"):
        assert hidden not in page, hidden


@db
def test_reviews_are_marked_new_and_changed(desk: Desk) -> None:
    mine, other = reviewing.submitted(desk.rows[0]), reviewing.submitted(desk.rows[1])

    def marks() -> list[tuple[bool, bool]]:
        return [
            (it.is_new, it.is_changed) for it in reviews_of(desk.paper, desk.user(0)) if it.pk == other.pk
        ]

    assert marks() == [(True, False)]
    read = ReviewRead.objects.create(review=other, user=desk.user(0), version=1)
    assert marks() == [(False, False)]
    ReviewVersion.objects.create(review=other, number=2, answers={"merit": 1})
    Review.objects.filter(pk=other.pk).update(version=2)
    assert marks() == [(False, True)]
    assert read.version == 1
    assert mine.pk != other.pk


@db
def test_reading_costs_the_same_for_one_review_and_for_three(
    desk: Desk,
) -> None:
    counts = []
    reviewing.submitted(desk.rows[0])
    for more in (0, 2):
        for row in desk.rows[1 : 1 + more]:
            reviewing.submitted(row)
        with CaptureQueriesContext(connection) as seen:
            reviews_of(desk.paper, desk.user(0))
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 7


@db
def test_letters_are_given_once_and_stay(desk: Desk) -> None:
    first = letters_of(desk.paper)
    assert sorted(first.values()) == ["A", "B", "C"]
    late = reviewing.assigned(committee.member(desk.call, "Lena Late"), desk.paper)
    assert letters_of(desk.paper) == {**first, late.pk: "D"}
    Assignment.objects.filter(pk=late.pk).update(state="declined")
    last = reviewing.assigned(committee.member(desk.call, "Last One"), desk.paper)
    assert letters_of(desk.paper) == {**first, last.pk: "E"}


def test_letters_go_on_after_z() -> None:
    assert [letter_at(it) for it in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r"Let \(x_{i*}\) be *it*", r"\(x_{i*}\)"),
        (r"\[ a \\ b \]", r"\[ a \\ b \]"),
        (r"$\{a\}_b$ and $c_d*e*$", r"$\{a\}_b$"),
        (r"$\{a\}_b$ and $c_d*e*$", r"$c_d*e*$"),
        ("$$\na\n= b\n- c\n$$", "= b\n- c"),
        ("$$\na\n===\n$$", "==="),
        ("$a < b$ <b>", "$a &lt; b$"),
    ],
)
def test_formulas_stay_as_written(text: str, kept: str) -> None:
    assert kept in prose(text)


@pytest.mark.parametrize("text", ["It costs $5 and *that* $10.", "a \\$x$ *b*", "$ a*b*c $", "$*a*"])
def test_money_is_no_formula(text: str) -> None:
    assert "<em>" in prose(text)


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<a href='java&#115;cript:alert(1)'>x</a>",
    "$<script>alert(1)</script>$",
    "$$\n<img src=x onerror=alert(1)>\n$$",
    r"\(<svg/onload=alert(1)>\)",
    "<style>*{display:none}</style>",
    "<iframe src=//evil.example>",
    "[x]: javascript:alert(1)\n\n[x]",
    '<https://evil.example/"onmouseover=alert(1)>',
    "| a |\n|---|\n| <script>1</script> |",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_in_a_text_becomes_active(text: str) -> None:
    html = prose(text).casefold()
    for wrong in (
        "<script",
        "<img",
        "<svg",
        "<style",
        "<iframe",
        'href="javascript',
        'href="data',
        "<a onmouse",
    ):
        assert wrong not in html, html


@given(st.text(alphabet="$\\()[]*_`<>&\n ab1#-|", max_size=80))
def test_any_text_can_be_shown(text: str) -> None:
    assert "<script" not in prose(text)
