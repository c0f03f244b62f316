"""People who must not know, or may not act, try the rooms of reviews, guests, discussion and decisions."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.models import Message, User
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    CommitteeSettings,
    Guest,
    Member,
    Review,
)
from reviews.services import decisions, discussion, guests, reviews
from reviews.services import release as releases
from reviews.services.decisions import Choice
from submissions.models import Author
from submissions.services.errors import Refused
from tests import factories
from tests.access.test_committee_break_in import bare, differences
from tests.reviews import assigning, committee, releasing, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
WHO = {"name": "Gus Guest", "email": "gus@elsewhere.example", "affiliation": "Elsewhere College", "note": ""}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield reviewing.desk()


def user_of(member: Member) -> User:
    assert member.user is not None
    return member.user


def say(desk: Desk, who: User, text: str, **more: Any) -> Comment:
    return discussion.post(
        actor=who, paper=desk.paper, text=text, key=uuid4(), arrived_at=timezone.now(), **more
    )


# -- an author before the release ---------------------------------------------------------------------------------------------


AUTHOR_READS = (
    "/account/papers/",
    "/2021/papers/1/",
    "/2021/papers/1/history/",
    "/2021/papers/1/decision/",
    "/2021/papers/1/response/",
    "/2021/papers/1/withdraw/",
    "/2021/papers/1/edit/",
    "/2021/",
    "/2021/dates.ics",
    "/2021/member/",
    "/2021/member/reviews/1/",
    "/2021/discussion/1/",
    "/2021/discussion/1/comments/1/",
    "/2021/chair/decisions/1/",
    "/account/",
    "/account/mail/",
    "/account/delete/",
    "/account/data/?download",
)


def seen_by(client: Client, places: tuple[str, ...]) -> dict[str, str]:
    """What each address answers: status, headers, bytes, and how much the database was asked."""
    found = {}
    for where in places:
        cache.clear()
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            answer = client.get(where)
            text = bare(answer)
            transaction.set_rollback(True)
        if where.endswith("?download"):
            text = re.sub(r'"last_seen_at": "[^"]+"', "", text)
        found[where] = f"{text}\n{headers_of(answer)}\n{len(asked)} queries"
    return found


def headers_of(answer: HttpResponseBase) -> dict[str, str]:
    changing = ("X-Request-ID", "Date", "Content-Length", "Content-Security-Policy", "Set-Cookie")
    return {name: value for name, value in answer.items() if name not in changing}


def nothing(desk: Desk) -> None:
    pass


def reviewed_and_decided(desk: Desk) -> None:
    """Reviews, a discussion, a guest, tags, a decision, and its release in the minutes in which it can be undone."""
    for place, row in enumerate(desk.rows):
        reviewing.submitted(row, merit=1 + place, summary="wombatish words", confidential="xylophonic")
    say(desk, desk.user(0), "A wombatish comment. @R1 Reviewer1")
    say(desk, desk.chair, "Between chairs: wombatish.", chairs_only=True)
    discussion.set_ready(actor=desk.user(1), paper=desk.paper, ready=True, arrived_at=NOW)
    discussion.set_lead(actor=desk.chair, paper=desk.paper, assignment=desk.rows[1].pk)
    decisions.decide(
        actor=desk.chair,
        paper=desk.paper,
        choice=Choice("accept", to_authors="A wombatish summary."),
        revision=0,
    )
    room = releasing.Room(desk.call, desk.chair, [desk.paper], desk.members)
    assert isinstance(room.release(), releases.Release)
    assert Message.objects.filter(kind="decision_accept", to="ada@example.org").exists()


def test_an_author_finds_no_trace_before_the_release_holds(desk: Desk) -> None:
    Author.objects.update(is_contact=True)
    client = factories.signed_in(committee.author())
    client.get("/healthz")
    answers = []
    for story in (nothing, reviewed_and_decided):
        with transaction.atomic():
            story(desk)
            answers.append(seen_by(client, AUTHOR_READS))
            transaction.set_rollback(True)
    assert differences(answers) == {}


# -- reviewers


def test_a_guess_of_a_name_tells_nothing_where_reviewers_know_letters_only(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    for row in desk.rows[:2]:
        reviewing.submitted(row)
    guess = "@R1 Reviewer1 or @R2 Reviewer2?"
    row = say(desk, desk.user(0), guess)
    assert (row.text, row.mentioned.count()) == (guess, 0)
    discussion.edit(
        actor=desk.user(0),
        comment=row.pk,
        text=f"{guess} @R1 Reviewer1",
        expected=discussion.stamp(row),
        arrived_at=NOW,
    )
    assert Comment.objects.get(pk=row.pk).text == f"{guess} @R1 Reviewer1"


#: All that a member reads who reviews paper 1.
REVIEWER_READS = (
    "/2021/member/",
    "/2021/member/reviews/",
    "/2021/member/reviews/1/",
    "/2021/member/reviews/1/versions/",
    "/2021/member/reviews/1/form.txt",
    "/2021/member/reviews/1/guest/",
    "/2021/member/reviews/1/more-time/",
    "/2021/member/reviews/papers.zip",
    "/2021/member/assignments/",
    "/2021/member/bids/",
    "/2021/member/conflicts/",
    "/2021/discussion/",
    "/2021/discussion/1/",
    "/2021/",
    "/account/",
    "/account/data/?download",
)


def the_others_wrote(desk: Desk) -> None:
    for row in desk.rows[1:]:
        reviewing.submitted(row, merit=5, summary="wombatish words")
    say(desk, desk.user(1), "A wombatish comment. @R0 Reviewer0 @R2 Reviewer2 @chairs")
    say(desk, desk.chair, "A wombatish answer. @R0 Reviewer0")
    discussion.set_ready(actor=desk.user(1), paper=desk.paper, ready=True, arrived_at=NOW)
    discussion.set_lead(actor=desk.chair, paper=desk.paper, assignment=desk.rows[0].pk)
    AuthorResponse.objects.create(paper=desk.paper, submitted_text="wombatish", submitted_at=NOW)
    decisions.decide(actor=desk.chair, paper=desk.paper, choice=Choice("reject"), revision=0)
    assert not Message.objects.filter(to=desk.user(0).email).exists()


@pytest.mark.parametrize("names", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_who_has_not_submitted_finds_no_trace_of_what_others_wrote(desk: Desk, names: bool) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=names)
    client = factories.signed_in(desk.user(0))
    client.get("/healthz")
    answers = []
    for story in (nothing, the_others_wrote):
        with transaction.atomic():
            story(desk)
            answers.append(seen_by(client, REVIEWER_READS))
            transaction.set_rollback(True)
    assert differences(answers) == {}


def test_what_authors_respond_tells_nobody_who_has_not_written_what_the_others_said(desk: Desk) -> None:
    AuthorResponse.objects.create(paper=desk.paper, submitted_text="Review B is wrong.", submitted_at=NOW)
    client = factories.signed_in(desk.user(0))
    assert b"Review B is wrong" not in client.get("/2021/member/reviews/1/").content
    reviewing.submitted(desk.rows[0])
    assert b"Review B is wrong" in client.get("/2021/member/reviews/1/").content


@pytest.mark.parametrize("how", ["conflict", "declared", "withdrawn"])
def test_news_of_a_discussion_that_wait_do_not_reach_who_left_meanwhile(desk: Desk, how: str) -> None:
    for row in desk.rows[:2]:
        reviewing.submitted(row)
    say(desk, desk.user(1), "A quokkalike secret.")
    left = desk.user(0).email
    assert Message.objects.filter(kind="discussion", to=left, state="queued").exists()
    leave(desk, how)
    outbox.deliver_due(NOW + timedelta(hours=1))
    assert not Message.objects.filter(kind="discussion", to=left).exists()
    assert Message.objects.filter(kind="discussion", to=desk.chair.email, state="sent").exists()


def leave(desk: Desk, how: str) -> None:
    """The first reviewer may no longer know of the paper."""
    if how == "conflict":
        assigning.conflict(desk.members[0], desk.paper)
    elif how == "declared":
        role = factories.role(desk.call, "pc_member", desk.user(0))
        desk.paper.declared_conflicts.create(role=role)
    else:
        Assignment.objects.filter(pk=desk.rows[0].pk).update(state="withdrawn")


# -- guests


def guest_of(desk: Desk, **who: str) -> tuple[Client, str]:
    """A guest of the first reviewer who said yes, and their link."""
    CommitteeSettings.objects.update_or_create(edition=desk.call, defaults={"guests_need_approval": False})
    guests.propose(actor=desk.user(0), assignment=desk.rows[0], **{**WHO, **who})
    link = reverse("guest", args=["2021", Guest.objects.latest("pk").key])
    browser = Client()
    assert browser.post(link, {"answer": "accept"}).status_code == 302
    return browser, link


def fields(**more: Any) -> dict[str, Any]:
    return {f"q-{slug}": value for slug, value in (reviewing.ANSWERS | more).items()}


def test_after_the_handover_a_guest_reads_nothing_that_the_member_writes(desk: Desk) -> None:
    browser, link = guest_of(desk)
    browser.post(f"{link}review/", {**fields(summary="By Gus."), "revision": 0, "action": "submit"})
    assert Guest.objects.get().state == "done"
    review = Review.objects.get()
    for answers in ({"summary": "Gus is a wombat."}, {"summary": "Reviewer B is a wombat."}):
        review = reviews.save(
            actor=desk.user(0),
            assignment=desk.rows[0],
            answers=reviewing.ANSWERS | answers,
            revision=review.revision,
        )
        assert b"wombat" not in browser.get(f"{link}review/").content
        assert b"wombat" not in browser.post(f"{link}review/", {**fields(), "revision": 9}).content


@pytest.mark.parametrize("how", ["conflict", "declared", "withdrawn"])
def test_a_guests_link_ends_with_the_review_of_who_invited(desk: Desk, how: str) -> None:
    browser, link = guest_of(desk)
    assert browser.get(f"{link}review/").status_code == 200
    leave(desk, how)
    assert browser.get(link).status_code == 410
    assert b"Paper 1" not in browser.get(link).content
    for part in ("review/", "manuscript/"):
        assert browser.get(link + part)["Location"] == link
    browser.post(f"{link}review/", {**fields(summary="Late"), "revision": 0})
    assert not Review.objects.exists()


@pytest.mark.parametrize("who", ["author", "conflicted member", "guest in conflict"])
def test_a_guests_link_opens_nothing_for_who_must_not_see_the_paper(desk: Desk, who: str) -> None:
    browser, link = guest_of(desk)
    if who == "author":
        browser = factories.signed_in(committee.author())
    elif who == "conflicted member":
        assigning.conflict(desk.members[1], desk.paper)
        browser = factories.signed_in(desk.user(1))
    else:
        Author.objects.create(paper=desk.paper, position=1, name="Gus Guest", email=WHO["email"])
    assert browser.get(link).status_code in (404, 410)
    browser.post(link, {"answer": "open"})
    answer = browser.get(f"{link}review/", follow=True)
    assert b"Paper 1" not in answer.content
    assert answer.status_code in (404, 410)


def test_a_conflict_found_since_the_decision_keeps_its_shepherd_from_the_paper(desk: Desk) -> None:
    Author.objects.update(is_contact=True)
    reviewing.submitted(desk.rows[0])
    choice = Choice("conditional", shepherd=desk.members[1].pk, conditions="Shorten it.")
    decisions.decide(actor=desk.chair, paper=desk.paper, choice=choice, revision=0)
    assigning.conflict(desk.members[1], desk.paper)
    with pytest.raises(Refused, match="A shepherd has a conflict"):
        releasing.Room(desk.call, desk.chair, [desk.paper], desk.members).release()
    assert not Message.objects.filter(kind="shepherd").exists()


# -- what is sent


def packed(data: bytes, how: int) -> SimpleUploadedFile:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", how) as archive:
        archive.writestr("form.txt", data)
    return SimpleUploadedFile("forms.zip", whole.getvalue())


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_zip_is_unpacked_that_could_become_gigabytes(desk: Desk, how: int) -> None:
    client = factories.signed_in(desk.user(0))
    answer = client.post("/2021/member/reviews/upload/", {"forms": packed(b"\0" * 10_000_000, how)})
    assert answer.status_code == 422
    assert "packed in a way that is not read here" in answer.content.decode()
