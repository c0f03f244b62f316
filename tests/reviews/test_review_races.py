"""Reviewers, chairs and authors at the same moment, through the pages: nothing lost, one winner, the other told."""

from datetime import timedelta
from threading import Event
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Message
from reviews import release_checks
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    CommitteeSettings,
    Release,
    ReleasedReview,
    Review,
    ReviewVersion,
)
from reviews.services import discussion, release, responses, reviews
from submissions.models import Author, Paper
from submissions.services.errors import Stale
from tests import factories
from tests.reviews import committee, releasing, reviewing
from tests.reviews.reviewing import ANSWERS, Desk
from tests.reviews.test_assignments_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
REVIEW, DISCUSSION, RESPONSE = "/2021/member/reviews/1/", "/2021/discussion/1/", "/2021/papers/1/response/"
SAVED_ELSEWHERE = "Not saved: your review was saved elsewhere in the meantime"


def sent(answers: dict[str, Any], revision: int, **more: str) -> dict[str, Any]:
    return {"revision": revision, **{f"q-{slug}": value for slug, value in answers.items()}, **more}


def autosave(browser: Client, url: str, data: dict[str, Any]) -> Any:
    return browser.post(url, data, headers={"X-Autosave": "1"})


def browsers(desk: Desk) -> list[Client]:
    return [factories.signed_in(desk.user(place)) for place in range(len(desk.members))]


def test_twenty_reviewers_type_at_once_and_every_save_is_kept_and_told() -> None:
    desk = reviewing.desk(reviewers=20, state="offered")

    def types(place: int, browser: Client) -> list[tuple[int, bool]]:
        told = []
        for revision in range(2):
            words = {"summary": f"Reviewer {place}, save {revision}", "merit": "4"}
            said = autosave(browser, REVIEW, sent(words, revision))
            kept = f'data-state="saved" data-revision="{revision + 1}"' in said.content.decode()
            told.append((said.status_code, kept))
        return told

    answers = at_once(*(lambda it=it: types(*it) for it in enumerate(browsers(desk))))
    assert answers == [[(200, True)] * 2] * 20
    rows = Review.objects.values_list("assignment", "revision", "answers__summary")
    assert set(rows) == {(row.pk, 2, f"Reviewer {place}, save 1") for place, row in enumerate(desk.rows)}
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    for verb in ("assignment.accepted", "review.started"):
        assert AuditEntry.objects.filter(verb=verb).count() == 20, verb


def test_of_two_tabs_one_wins_and_the_other_keeps_its_text_beside_what_is_saved() -> None:
    desk = reviewing.desk()
    tabs = [factories.signed_in(desk.user()) for _ in range(2)]
    typed = at_once(
        *(lambda it=it: autosave(tabs[it], REVIEW, sent({"summary": f"typed {it}"}, 0)) for it in range(2))
    )
    assert sorted(it.status_code for it in typed) == [200, 409]
    lost = next(it for it in typed if it.status_code == 409).content.decode()
    assert 'data-state="stale"' in lost
    assert SAVED_ELSEWHERE in lost
    pressed = at_once(
        *(lambda it=it: tabs[it].post(REVIEW, sent({"summary": f"pressed {it}"}, 1)) for it in range(2))
    )
    assert sorted(it.status_code for it in pressed) == [302, 409]
    loser = 0 if pressed[0].status_code == 409 else 1
    page = pressed[loser].content.decode()
    assert SAVED_ELSEWHERE in page
    assert page.count(f"pressed {loser}") == 2, "in the comparison and in the form"
    assert f"pressed {1 - loser}" in page
    assert Review.objects.values_list("answers__summary", "revision").get() == (f"pressed {1 - loser}", 2)


def test_all_submit_at_once_one_of_them_twice() -> None:
    """Everybody's review is in once, with a letter of its own; a second click is told that it is in already."""
    desk = reviewing.desk(reviewers=6)
    clicks = [*browsers(desk), factories.signed_in(desk.user(0))]
    answers = at_once(*(lambda it=it: it.post(REVIEW, sent(ANSWERS, 0, action="submit")) for it in clicks))
    assert [it.status_code for it in answers[1:6]] == [302] * 5
    first, again = sorted((answers[0], answers[6]), key=lambda it: it.status_code)
    assert (first.status_code, again.status_code) == (302, 422)
    assert "Nothing was changed since version 1, so that version stays." in again.content.decode()
    assert sorted(Assignment.objects.values_list("letter", flat=True)) == list("ABCDEF")
    assert ReviewVersion.objects.count() == Review.objects.filter(version=1).count() == 6


def test_comments_and_marks_at_once_are_all_there_once_and_told_in_one_letter() -> None:
    desk = reviewing.desk()
    for row in desk.rows:
        reviewing.submitted(row)
    people = [*browsers(desk), factories.signed_in(desk.chair)]
    keys = [str(uuid4()) for _ in people]

    def says(place: int) -> int:
        data = {"key": keys[place], "text": f"Thought {place}.", "readers": "reviewers"}
        return int(people[place].post(DISCUSSION, data).status_code)

    def is_ready(place: int) -> int:
        return int(people[place].post(f"{DISCUSSION}ready/", {"ready": "yes"}).status_code)

    everybody = range(len(people))
    answers = at_once(
        *(lambda it=it: says(it) for it in (*everybody, 0)),
        *(lambda it=it: is_ready(it) for it in (0, 1, 2, 2)),
    )
    assert set(answers) == {302}
    said = Comment.objects.filter(is_note=False)
    assert sorted(said.values_list("text", flat=True)) == [f"Thought {place}." for place in everybody]
    notes = Comment.objects.filter(is_note=True).values_list("author", "text")
    assert sorted(notes) == sorted((desk.user(place).pk, "Ready to decide.") for place in range(3))
    assert Assignment.objects.filter(ready_at__isnull=False).count() == 3
    # In the order in which they came, for every reader and at every look.
    in_order = list(Comment.objects.values_list("pk", flat=True))
    assert in_order == sorted(in_order)
    page = people[0].get(DISCUSSION).content.decode()
    places = [page.index(text) for text in said.values_list("text", flat=True)]
    assert places == sorted(places)
    letters = Message.objects.filter(kind="discussion")
    assert sorted(letters.values_list("to", flat=True)) == sorted(
        [desk.chair.email, *(desk.user(place).email for place in range(3))]
    )
    for it in letters:
        assert "3 new comments" in it.text


@pytest.mark.services
def test_who_works_on_one_paper_does_not_wait_for_who_works_on_another() -> None:
    """Holding a paper must not hold its edition: all would wait for each other, and in a circle with who holds the edition."""
    desk = reviewing.desk()
    (second,) = committee.papers(desk.call, 1)
    for row in (desk.rows[0], reviewing.assigned(desk.members[1], second)):
        reviewing.submitted(row)
    held, let_go = Event(), Event()

    def says(place: int, paper: Paper) -> None:
        discussion.post(actor=desk.user(place), paper=paper, text="x", key=uuid4(), arrived_at=timezone.now())

    def holds() -> None:
        with transaction.atomic():
            says(0, desk.paper)
            held.set()
            let_go.wait(20)

    def passes() -> None:
        held.wait(20)
        try:
            with transaction.atomic():
                connection.cursor().execute("SET LOCAL lock_timeout = '2s'")
                says(1, second)
        finally:
            let_go.set()

    at_once(holds, passes)
    assert Comment.objects.count() == 2


def test_of_two_authors_who_respond_at_once_one_wins_and_the_other_keeps_the_text() -> None:
    desk = reviewing.desk()
    reviewing.submitted(desk.rows[0])
    factories.deadline(desk.call, "response", timezone.now() + timedelta(days=3))
    CommitteeSettings.objects.create(edition=desk.call, responses_open_at=timezone.now())
    bob = factories.person("Bob Author")
    Author.objects.create(paper=desk.paper, position=1, name=bob.name, email=bob.email, is_contact=True)
    people = [factories.signed_in(committee.author()), factories.signed_in(bob)]

    def responds(place: int, revision: int, action: str) -> Any:
        data = {"text": f"{action} {place}", "revision": revision, "action": action}
        return (
            people[place].post(RESPONSE, data)
            if action == "submit"
            else autosave(people[place], RESPONSE, data)
        )

    typed = at_once(*(lambda it=it: responds(it, 0, "save") for it in range(2)))
    assert sorted(it.status_code for it in typed) == [200, 409]
    assert 'data-state="stale"' in next(it for it in typed if it.status_code == 409).content.decode()
    pressed = at_once(*(lambda it=it: responds(it, 1, "submit") for it in range(2)))
    assert sorted(it.status_code for it in pressed) == [302, 409]
    loser = 0 if pressed[0].status_code == 409 else 1
    page = pressed[loser].content.decode()
    assert "your response was saved elsewhere in the meantime" in page
    assert f"submit {loser}" in page
    assert f"submit {1 - loser}" in page
    kept = AuthorResponse.objects.get()
    assert (kept.text, kept.submitted_text, kept.revision) == (*[f"submit {1 - loser}"] * 2, 2)


def test_a_review_that_comes_in_while_responses_are_opened_has_a_letter_for_the_authors() -> None:
    desk = reviewing.desk()
    reviewing.submitted(desk.rows[0])
    factories.deadline(desk.call, "reviews", timezone.now() - timedelta(hours=1))
    factories.deadline(desk.call, "response", timezone.now() + timedelta(days=3))
    reviews.save(actor=desk.user(1), assignment=desk.rows[1], answers=ANSWERS, revision=0)
    written = Event()

    def submits() -> None:
        with transaction.atomic():
            reviews.submit(actor=desk.user(1), assignment=desk.rows[1], revision=1, arrived_at=timezone.now())
            written.set()
            sleep(1)

    def opens() -> None:
        written.wait(20)
        responses.open_to_authors(actor=desk.chair, edition=desk.call)

    at_once(submits, opens)
    letters = Assignment.objects.filter(review__submitted_at__isnull=False)
    assert sorted(letters.values_list("letter_for_authors", flat=True)) == ["A", "B"]


def test_a_release_while_a_new_version_is_submitted_freezes_one_or_the_other() -> None:
    here = releasing.room()
    row = Assignment.objects.filter(paper=here.papers[0]).select_related("member__user", "review").first()
    assert row is not None
    assert row.member.user is not None
    browser = factories.signed_in(row.member.user)
    changed = {**row.review.answers, "strengths": "Another idea.", "merit": 1}
    plan = here.plan()
    ready = {
        "numbers": plan.numbers,
        "seen": plan.seen,
        "ticked": [it.stamp for it in release_checks.of(plan)],
        "key": uuid4(),
    }
    released, answer = at_once(
        lambda: release.release(actor=here.chair, edition=here.call, **ready),
        lambda: browser.post(REVIEW, sent(changed, row.review.revision, action="submit")),
    )
    versions = {it.number: it.answers for it in ReviewVersion.objects.filter(review=row.review)}
    if isinstance(released, Release):
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "The decision on #1 is out, so its reviews stay as they are." in page
        assert "What you sent was not submitted" in page
        assert "Another idea." in page
        assert list(versions) == [1]
        frozen = ReleasedReview.objects.get(version__review=row.review).version
        assert frozen.answers == row.review.answers
    else:
        assert isinstance(released, Stale)
        assert answer.status_code == 302
        assert versions[2]["strengths"] == "Another idea."
        assert versions[1] == row.review.answers
        assert not ReleasedReview.objects.exists()
        assert not Message.objects.exists()
