"""Releasing decisions: what is planned and told, what changed since, and that it happens once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import letter_form
from accounts.models import AuditEntry, Message, User
from reviews import release_checks, release_plan
from reviews.models import Assignment, Decision, Release, ReleasedReview, Review
from reviews.services import decisions, release, reviews
from reviews.services.decisions import Choice
from submissions.models import Author
from submissions.services.errors import NotAllowed, Refused, Stale
from tests import factories
from tests.reviews import assigning, committee, releasing
from tests.reviews.releasing import Room, letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return releasing.room()


# -- the plan


def test_a_release_tells_every_contact_once_and_freezes_the_reviews(here: Room) -> None:
    made = here.release()
    assert made.effective_at - made.at == timedelta(minutes=10)
    assert set(Decision.objects.values_list("release", flat=True)) == {made.pk}
    assert [it.kind for it in letters()] == ["decision_accept", "decision_accept_other", "decision_reject"]
    assert {(it.to, it.due_at, it.batch) for it in letters()} == {
        ("ada@example.org", made.effective_at, made.key)
    }
    frozen = ReleasedReview.objects.filter(decision__paper=here.papers[0])
    assert sorted(frozen.values_list("letter", flat=True)) == ["A", "B", "C"]
    drawn = Assignment.objects.filter(paper=here.papers[0]).values_list("letter_for_authors", flat=True)
    assert sorted(drawn) == ["A", "B", "C"]
    assert AuditEntry.objects.filter(verb="decision.released").count() == 3


def test_the_letter_says_what_the_decision_is_and_no_more_than_authors_may_read(here: Room) -> None:
    factories.deadline(here.call, "camera_ready", timezone.now() + timedelta(days=30), category="short")
    here.decide(
        1,
        category=here.call.categories.get(slug="short"),
        to_authors="Shorten section 2, please.",
        note="Chairs only words",
    )
    here.release()
    text = letters(kind="decision_accept_other")[0].text
    for wanted in (
        "as Short paper",
        "You submitted it as Regular paper",
        "exactly 4 pages",
        "Shorten section 2",
        "Review A",
    ):
        assert wanted in text
    assert "The final version is due on" in text
    assert "/2021/papers/2/decision/" in text
    for secret in ("Secret words for chairs", "Chairs only words", "Rooks", "Stork", "Teal", "Confidence"):
        assert secret not in text


def test_a_rejection_speaks_of_no_final_version_and_a_desk_rejection_of_no_reviews(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[0]).delete()
    here.decide(0, "desk_reject")
    here.release(numbers=[1, 3])
    desk, rejected = letters()
    assert desk.kind == "decision_desk_reject"
    assert "Review A" not in desk.text
    assert "final version" not in rejected.text
    assert "Review A" in rejected.text


def test_letters_for_authors_that_were_drawn_stay(here: Room) -> None:
    """The authors may have read the reviews under them already, to respond."""
    row = Assignment.objects.filter(paper=here.papers[0]).first()
    assert row is not None
    Assignment.objects.filter(pk=row.pk).update(letter_for_authors="C")
    here.release()
    given = ReleasedReview.objects.get(version__review__assignment=row)
    assert given.letter == "C"


def test_the_authors_letters_follow_neither_the_order_of_assignment_nor_the_reviewers_letters() -> None:
    here = releasing.room(12)
    here.release()
    rows = Assignment.objects.order_by("paper", "pk")
    orders = {
        "".join(rows.filter(paper=it).values_list("letter_for_authors", flat=True)) for it in here.papers
    }
    assert len(orders) > 2, orders


# -- since the preview


def _two(paper: Any) -> None:
    Author.objects.create(paper=paper, position=1, name="Bo", email="bo@example.org", is_contact=True)


def _review_again(paper: Any) -> None:
    row = Review.objects.filter(assignment__paper=paper).select_related("assignment__member__user").first()
    assert row is not None
    user = row.assignment.member.user
    saved = reviews.save(
        actor=user,
        assignment=row.assignment,
        answers={**row.answers, "strengths": "Two ideas."},
        revision=row.revision,
    )
    reviews.submit(actor=user, assignment=row.assignment, revision=saved.revision, arrived_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_two, "the recipients changed"),
        (_review_again, "the reviews changed"),
        (
            lambda paper: Decision.objects.filter(paper=paper).update(revision=2, outcome="reject"),
            "the decision changed",
        ),
        (
            lambda paper: type(paper).objects.filter(pk=paper.pk).update(title="Anew"),
            "the text of the letter changed",
        ),
        (lambda paper: Decision.objects.filter(paper=paper).delete(), "no longer among the decisions"),
    ],
)
def test_what_changed_since_the_preview_refuses_the_release_and_is_named(
    here: Room, change: Any, words: str
) -> None:
    seen = here.plan()
    change(here.papers[0])
    with pytest.raises(Stale, match=rf"#1[: ].*{words}"):
        here.release(seen=seen.seen, numbers=seen.numbers)
    assert not Release.objects.exists()
    assert not Message.objects.exists()


def test_a_decision_made_since_the_preview_does_not_slip_in(here: Room) -> None:
    Decision.objects.filter(paper=here.papers[2]).delete()
    seen = here.plan()
    here.decide(2, "reject")
    with pytest.raises(Stale, match="#3 was not in your preview"):
        here.release(seen=seen.seen, numbers=[1, 2, 3])
    here.release(seen=seen.seen, numbers=[1, 2])
    assert Decision.objects.get(paper=here.papers[2]).release is None


# -- once


def test_the_same_form_sent_twice_is_one_release(here: Room) -> None:
    plan, key = here.plan(), uuid4()
    again = {"seen": plan.seen, "numbers": plan.numbers, "key": key}
    assert here.release(**again) == here.release(**again)
    assert len(letters()) == 3


def test_a_second_run_finds_nothing_to_release(here: Room) -> None:
    here.release()
    assert here.plan().items == []
    with pytest.raises(Refused):
        here.release()
    assert len(letters()) == 3


def test_a_released_decision_no_longer_changes_and_its_reviews_neither(here: Room) -> None:
    here.release()
    paper = here.papers[0]
    with pytest.raises(Refused, match="released"):
        decisions.decide(actor=here.chair, paper=paper, choice=Choice("reject"), revision=1)
    row = Assignment.objects.filter(paper=paper).select_related("member__user").first()
    assert row is not None
    with pytest.raises(Refused):
        reviews.save(actor=row.member.user, assignment=row, answers={"summary": "x"}, revision=1)


# -- who


def test_a_conflicted_chair_releases_undoes_and_learns_nothing_of_that_paper(here: Room) -> None:
    olga = factories.chair(here.call, "Olga Other")
    assigning.wall(olga, here.papers[0])
    assert here.plan(olga).numbers == [2, 3]
    with pytest.raises(Stale, match="#1 is no longer"):
        here.release(olga, seen=here.plan().seen, numbers=[1, 2, 3])
    made = here.release()
    assert release.undo(actor=olga, release=made) == 2
    made.refresh_from_db()
    assert made.undone_at is None, "what she may not see stays released"
    assert Decision.objects.get(paper=here.papers[0]).release == made
    assert [it.about for it in letters()] == [f"paper:{here.papers[0].pk}"]
    with pytest.raises(NotAllowed):
        release.undo(actor=olga, release=made)


def test_nobody_but_chairs_releases(here: Room) -> None:
    outsiders: list[User] = [here.author(), factories.person("Eve"), here.members[0].user]  # type: ignore[list-item]
    plan = here.plan()
    made = here.release()
    for user in outsiders:
        with pytest.raises(NotAllowed):
            here.release(user, seen=plan.seen, numbers=plan.numbers)
        with pytest.raises(NotAllowed):
            release.undo(actor=user, release=made)
        with pytest.raises(NotAllowed):
            release.reopen(actor=user, paper=here.papers[0], revision=1, reason="x")


def test_a_key_of_anothers_release_opens_nothing(here: Room) -> None:
    made = here.release(numbers=[1])
    olga = factories.chair(here.call, "Olga Other")
    with pytest.raises(NotAllowed):
        here.release(olga, key=made.key)


# -- size


def test_the_plan_and_its_checks_take_the_same_queries_at_any_size() -> None:
    counts = []
    for slug, number in (("2021", 3), ("2022", 12)):
        here = releasing.room(number) if slug == "2021" else _room(slug, number)
        with CaptureQueriesContext(connection) as caught:
            plan = release_plan.build(here.chair, here.call)
            release_checks.of(plan)
        assert len(plan.items) == number
        counts.append(len(caught))
    assert counts[0] == counts[1], counts


def _room(slug: str, papers: int) -> Room:
    call = committee.closed_edition(slug)
    chair = factories.chair(call, "Second Chair")
    made = committee.papers(call, papers)
    people = [committee.member(call, name) for name in ("Uma Ulm", "Vera Voss", "Will Wren")]
    here = Room(call, chair, made, people)
    outcomes = (
        {"outcome": "accept"},
        {"outcome": "accept", "category": call.categories.get(slug="short")},
        {"outcome": "reject"},
    )
    for place in range(papers):
        here.review(place, 0, 1, 2)
        here.decide(place, **outcomes[place % 3])
    return here


# -- what reviewers and chairs write


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ask {name} about {reviews}.", "Ask {name} about {reviews}."),
        ("One.\n-- \nTwo after a line that looks like a signature.", "Two after a line"),
        ("a\r\nb\u2028c", "b\u2028c"),
        ("<b>bold</b> & <script>", "<b>bold</b> & <script>"),
    ],
)
def test_what_was_written_stands_in_the_letter_as_it_is(here: Room, written: str, read: str) -> None:
    here.decide(2, "reject", to_authors=written)
    here.release()
    told = letters(kind="decision_reject")[0]
    body, foot = letter_form.split_signature(told.text)
    assert read in body
    assert "Review C" in body
    assert "You receive this because" in foot
    assert "<script>" not in told.html


def test_reviews_of_a_megabyte_are_read_on_the_page_and_not_in_the_letter(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[2]).delete()
    Assignment.objects.filter(paper=here.papers[2]).delete()
    here.review(2, 0, weaknesses="No. " * 25_000, comments="Why? " * 20_000)
    made = here.release()
    told = letters(kind="decision_reject")[0]
    assert "too long for a letter" in told.text
    assert len(told.text) < 5000
    releasing.later(made)
    assert "Why? Why?" in here.client(here.author()).get("/2021/papers/3/decision/").content.decode()


def test_a_released_decision_leads_to_its_release_and_its_correction(here: Room) -> None:
    made = here.release()
    page = here.client().get("/2021/chair/decisions/1/").content.decode()
    assert f"/2021/chair/decisions/release/{made.key}/" in page
    assert page.count(str(made.key)) == 1, "the history speaks in words"
    assert "/2021/chair/decisions/release/correct/1/" in page
    assert "released the decision" in page
