"""“I need until Friday”: asked, granted, refused; who may, and who hears of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Message
from reviews import queries
from reviews.models import Assignment, MoreTime
from tests import factories
from tests.reviews import assigning, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db
URL = "/2021/member/reviews/1/more-time/"
CHAIR = "/2021/chair/committee/requests/"


@pytest.fixture
def desk() -> Desk:
    made = reviewing.desk()
    factories.deadline(made.call, "reviews", timezone.now() + timedelta(days=2), label="Reviews due")
    return made


def ask(desk: Desk, days: int = 5, place: int = 0, **fields: Any) -> Any:
    day = (timezone.now() + timedelta(days=days)).date()
    data = {"day": day.isoformat(), "reason": "I travel.", **fields}
    return factories.signed_in(desk.user(place)).post(URL, data)


def answer(desk: Desk, said: str, words: str = "", who: Any = None, asked: str = "") -> Any:
    """`asked`: what the chair's page held; else what it would hold now."""
    row = MoreTime.objects.latest("pk")
    told = {"answer": said, "words": words, "asked": asked or row.asked_at.isoformat()}
    return factories.signed_in(who or desk.chair).post(f"{CHAIR}more-time/{row.pk}/", told)


def test_a_granted_date_is_this_reviews_own(desk: Desk) -> None:
    assert ask(desk).status_code == 302
    told = Message.objects.get(kind="more_time_asked")
    assert (told.to, told.about) == (desk.chair.email, f"paper:{desk.paper.pk}")
    people = factories.signed_in(desk.chair).get("/2021/chair/committee/").content.decode()
    assert "1 request of reviewers</a> waits for an answer" in people
    page = factories.signed_in(desk.chair).get(CHAIR).content.decode()
    assert "R0 Reviewer0" in page
    assert "I travel." in page
    assert answer(desk, "grant").status_code == 302
    row = Assignment.objects.get(pk=desk.rows[0].pk)
    assert row.due_at == MoreTime.objects.get().until
    due = queries.due_of(row, queries.reviews_due(desk.call))
    assert due is not None
    assert due.at == row.due_at
    other = queries.due_of(desk.rows[1], queries.reviews_due(desk.call))
    assert other is not None
    assert other.at < due.at
    letter = Message.objects.get(kind="more_time_answered")
    assert letter.to == desk.user(0).email
    assert "Your review is now due" in letter.text
    assert b"Nobody waits" in factories.signed_in(desk.chair).get(CHAIR).content


def test_a_refusal_says_why(desk: Desk) -> None:
    ask(desk)
    answer(desk, "refuse")
    assert MoreTime.objects.get().state == "asked", "without a word it is not sent"
    answer(desk, "refuse", "We decide on Monday.")
    assert MoreTime.objects.get().state == "refused"
    assert Assignment.objects.get(pk=desk.rows[0].pk).due_at is None
    assert "We decide on Monday." in Message.objects.get(kind="more_time_answered").text
    page = factories.signed_in(desk.user(0)).get("/2021/member/reviews/1/").content
    assert b"We decide on Monday." in page
    answer(desk, "grant")
    assert MoreTime.objects.get().state == "refused", "the other chair was faster"
    assert ask(desk, 6).status_code == 302
    assert MoreTime.objects.count() == 2


def test_asking_again_changes_what_waits(desk: Desk) -> None:
    for days in (5, 5, 8):
        ask(desk, days)
    row = MoreTime.objects.get()
    assert row.until > timezone.now() + timedelta(days=7)


def test_a_chair_grants_the_date_they_saw_and_no_other(desk: Desk) -> None:
    ask(desk, 5)
    page = factories.signed_in(desk.chair).get(CHAIR).content.decode()
    shown = MoreTime.objects.get().asked_at.isoformat()
    assert f'name="asked" value="{shown}"' in page
    ask(desk, 40)
    answer(desk, "grant", asked=shown)
    row = MoreTime.objects.get()
    assert (row.state, Assignment.objects.get(pk=desk.rows[0].pk).due_at) == ("asked", None)
    answer(desk, "grant")
    assert MoreTime.objects.get().state == "granted"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": ""}, "Say until which day."),
        ({"day": "Friday"}, "That is not a day"),
        ({"day": "2021-02-01"}, "1 February 2021 is not later than"),
        ({"day": "2999-01-01"}, "is more than 60 days away"),
        ({"reason": "a" * 1001}, "at most 1,000 fit"),
    ],
)
def test_what_cannot_be_asked_is_said(desk: Desk, fields: dict[str, str], words: str) -> None:
    reply = ask(desk, **fields)
    assert reply.status_code == 422
    assert words in reply.content.decode()
    assert not MoreTime.objects.exists()


def test_a_review_that_is_in_needs_none(desk: Desk) -> None:
    reviewing.submitted(desk.rows[0])
    assert b"Your review is in" in ask(desk).content


def test_walls_hold(desk: Desk) -> None:
    ask(desk)
    conrad = factories.chair(desk.call, "Conrad Conflicted")
    desk.paper.declared_conflicts.create(role=desk.call.roles.get(user=conrad))
    assert b"Reviewer0" not in factories.signed_in(conrad).get(CHAIR).content
    assert b"of reviewers</a>" not in factories.signed_in(conrad).get("/2021/chair/committee/").content
    assert answer(desk, "grant", who=conrad).status_code == 404
    assert answer(desk, "grant", who=desk.user(1)).status_code == 404
    assert not Message.objects.filter(kind="more_time_asked", to=conrad.email).exists()
    assigning.conflict(desk.members[0], desk.paper)
    assert ask(desk).status_code == 404
    assert factories.signed_in(factories.person("Stella Stranger")).get(URL).status_code == 404
