"""Whom reminders reach once reviews are in: reviewers who discuss, authors who may respond, and shepherds."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    CommitteeSettings,
    Decision,
    DiscussionRead,
    Handling,
    Member,
    Release,
)
from submissions.models import Edition, Paper
from submissions.services import reminders
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reminding import DAY, DUE, HOUR, NOW, letters, lines, rule, text

pytestmark = pytest.mark.django_db

#: The discussion ends, responses are due, and the final versions, each at this time in these tests.
ENDS = DUE


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def call(clock: Any) -> Edition:
    made = committee.closed_edition(time_zone="UTC")
    for kind in ("discussion", "response", "camera_ready"):
        factories.deadline(made, kind, ENDS, label=kind.replace("_", " ").capitalize())
    return made


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


def reviewed(member: Member, paper: Paper, **fields: Any) -> Assignment:
    row = reviewing.assigned(member, paper, **fields)
    reviewing.submitted(row)
    return row


def user(member: Member) -> User:
    assert member.user is not None
    return member.user


def says(writer: Member, paper: Paper, **fields: Any) -> Comment:
    return Comment.objects.create(paper=paper, author=user(writer), text="I doubt Table 2.", **fields)


# Discussions


def test_reviewers_hear_what_they_have_not_read_and_where_their_word_is_missing(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "discussants", "-3d", "-1d", kind="discussion", text="The call is on Friday.")
    nora = committee.member(call, "Nora Next")
    one, two, three = committee.papers(call, 3)
    for paper in (one, two, three):
        reviewed(mona, paper, ready_at=NOW if paper != two else None)
        reviewed(nora, paper, ready_at=NOW)
    for number in range(2):
        says(nora, one, at=NOW + number * HOUR)
    says(nora, one, removed_at=NOW)
    says(nora, one, readers="chairs")
    says(nora, one, is_note=True)
    clock.move_to(ENDS - 3 * DAY)
    assert reminders.send_due() == 1, "Nora wrote it, and is ready"
    (letter,) = letters("reminder_discussion")
    assert letter.to == mona.email
    assert lines(letter) == ["#1 Paper 1: 2 comments not read", "#2 Paper 2: not marked as ready to decide"]
    assert letter.subject == "[ScaDL 2021] 3 days left to discuss 2 papers"
    assert "The call is on Friday." in letter.text
    assert "Nora" not in letter.text
    DiscussionRead.objects.create(paper=one, user=user(mona), at=NOW)
    clock.move_to(ENDS - DAY)
    reminders.send_due()
    assert lines(letters("reminder_discussion")[-1])[0] == "#1 Paper 1: 1 comment not read"


def _read(row: Assignment) -> None:
    DiscussionRead.objects.create(paper=row.paper, user=user(row.member), at=timezone.now())
    Assignment.objects.filter(pk=row.pk).update(ready_at=timezone.now())


def _close(row: Assignment) -> None:
    Handling.objects.create(paper=row.paper, discussion_closed_at=timezone.now())


def _decide(row: Assignment) -> None:
    Decision.objects.create(paper=row.paper, outcome="accept")


def _keep_apart(row: Assignment) -> None:
    CommitteeSettings.objects.create(edition=row.paper.edition, others_reviews="never")


def _conflict(row: Assignment) -> None:
    assigning.conflict(row.member, row.paper)


def _take_back(row: Assignment) -> None:
    Assignment.objects.filter(pk=row.pk).update(state="withdrawn")


def _unsubmit(row: Assignment) -> None:
    row.review.delete()


@pytest.mark.parametrize(
    "end", [_read, _close, _decide, _keep_apart, _conflict, _take_back, _unsubmit], ids=lambda it: it.__name__
)
def test_nobody_is_called_to_a_discussion_that_is_over_or_not_theirs(
    call: Edition, mona: Member, clock: Any, end: Callable[[Assignment], None]
) -> None:
    rule(call, "discussants", "-3d", kind="discussion")
    (paper,) = committee.papers(call)
    row = reviewed(mona, paper)
    says(committee.member(call, "Nora Next"), paper)
    assert len(reminders.plan(edition=call, now=NOW)) == 1
    clock.shift(HOUR)
    end(row)
    assert reminders.plan(edition=call, now=timezone.now()) == []


# Responses


@pytest.fixture
def opened(call: Edition) -> CommitteeSettings:
    return CommitteeSettings.objects.create(edition=call, responses_open_at=NOW, response_words=400)


def test_authors_are_reminded_of_the_response_while_it_is_open(
    call: Edition, mona: Member, opened: CommitteeSettings, clock: Any
) -> None:
    rule(call, "responders", "-2d", "-6h", kind="response")
    one, two, _ = committee.papers(call, 3)
    reviewed(mona, one)
    reviewed(committee.member(call, "Nora Next"), one)
    reviewed(mona, two)
    AuthorResponse.objects.create(paper=two, text="Thanks.", submitted_text="Thanks.", submitted_at=NOW)
    clock.move_to(ENDS - 2 * DAY)
    assert reminders.send_due() == 1, "one without reviews has nothing to respond to"
    (letter,) = letters("reminder_response")
    assert letter.subject == "[ScaDL 2021] 2 days left to respond to the reviews of #1"
    assert "400 words" in letter.text
    assert "/2021/papers/1/response/" in letter.text
    assert letter.to == "ada@example.org"
    for name in ("Mona", "Nora"):
        assert name not in letter.text
    AuthorResponse.objects.create(paper=one, text="We", saved_at=timezone.now())
    clock.move_to(ENDS - 6 * HOUR)
    assert reminders.send_due() == 1, "a draft is not a response yet"
    assert reminders.send_due() == 0


def test_nobody_is_asked_for_a_response_before_it_is_open(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "responders", "-2d", "-6h", kind="response")
    (paper,) = committee.papers(call)
    reviewed(mona, paper)
    clock.move_to(ENDS - 2 * DAY)
    assert reminders.send_due() == 0
    CommitteeSettings.objects.create(edition=call, responses_open_at=ENDS - DAY)
    assert reminders.send_due() == 0, "not open yet"
    clock.move_to(ENDS - DAY)
    assert reminders.send_due() == 0, "what lay before it is not made up for"
    clock.move_to(ENDS - 6 * HOUR)
    assert reminders.send_due() == 1


def test_what_the_chairs_decided_does_not_show_in_who_is_reminded(
    call: Edition, mona: Member, opened: CommitteeSettings, clock: Any
) -> None:
    rule(call, "responders", "-2d", kind="response")
    (paper,) = committee.papers(call)
    reviewed(mona, paper)
    found = Decision.objects.create(paper=paper, outcome="reject")
    assert len(reminders.plan(edition=call, now=NOW)) == 1
    found.release = Release.objects.create(edition=call, effective_at=NOW)
    found.save()
    assert reminders.plan(edition=call, now=NOW) == []


# Shepherds


def conditional(paper: Paper, shepherd: Member, *, released: bool = True, **fields: Any) -> Decision:
    release = Release.objects.create(edition=paper.edition, effective_at=NOW) if released else None
    return Decision.objects.create(
        paper=paper,
        outcome="conditional",
        conditions="Compare with others.",
        shepherd=shepherd,
        release=release,
        **fields,
    )


def test_shepherds_hear_of_conditions_that_are_not_met(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "shepherds", "-7d", "+1d", kind="camera_ready")
    one, two, three, four = committee.papers(call, 4)
    conditional(one, mona)
    found = conditional(two, mona)
    conditional(three, mona, released=False)
    conditional(four, mona)
    assigning.conflict(mona, four)
    clock.move_to(ENDS - 7 * DAY)
    assert reminders.send_due() == 1
    (letter,) = letters("reminder_shepherd")
    assert lines(letter) == ["#1 Paper 1", "#2 Paper 2"]
    assert letter.subject == "[ScaDL 2021] 2 papers you shepherd: conditions not met yet"
    found.met_at = timezone.now()
    found.save()
    clock.move_to(ENDS + DAY)
    assert reminders.send_due() == 1
    last = letters("reminder_shepherd")[-1]
    assert lines(last) == ["#1 Paper 1"]
    assert "/2021/member/shepherding/1/" in last.text


def test_the_date_of_the_category_a_paper_was_accepted_in_counts(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "shepherds", "-7d", kind="camera_ready")
    factories.deadline(call, "camera_ready", ENDS + 9 * DAY, category="short")
    (paper,) = committee.papers(call)
    conditional(paper, mona, category=call.categories.get(slug="short"))
    assert reminders.plan(edition=call, now=NOW) == [], "that date has no rule"


# All of them


def test_queries_do_not_grow(call: Edition, opened: CommitteeSettings, clock: Any) -> None:
    rule(call, "discussants", "-3d", kind="discussion")
    rule(call, "responders", "-2d", kind="response")
    rule(call, "shepherds", "-7d", kind="camera_ready")
    papers = committee.papers(call, 60)

    def grow(first: int, count: int, members: int) -> None:
        for place in range(members):
            member = committee.member(call, f"M{first}x{place} Member")
            for paper in papers[first : first + count]:
                says(member, paper)
                reviewed(member, paper)
        release = Release.objects.create(edition=call, effective_at=NOW)
        for paper in papers[first : first + count : 3]:
            Decision.objects.create(
                paper=paper, outcome="conditional", conditions="More.", shepherd=member, release=release
            )

    def measured() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert len(reminders.plan(edition=call, now=timezone.now())) == 3
        return len(caught)

    grow(0, 3, 1)
    few = measured()
    grow(3, 57, 5)
    assert measured() == few


def test_a_conflicted_chair_sees_none_of_it(
    call: Edition, mona: Member, opened: CommitteeSettings, clock: Any
) -> None:
    found = [
        rule(call, "discussants", "-3d", kind="discussion"),
        rule(call, "responders", "-2d", kind="response"),
        rule(call, "shepherds", "-7d", kind="camera_ready"),
    ]
    conrad = factories.chair(call, "Conrad Conflicted")
    client = factories.signed_in(conrad)
    empty = text(client.get("/2021/chair/reminders/"))
    assert "Nothing, as things stand." in empty
    discussed, shepherded = committee.papers(call, 2)
    for paper in (discussed, shepherded):
        paper.declared_conflicts.create(role=call.roles.get(user=conrad))
    reviewed(mona, discussed)
    conditional(shepherded, mona)
    assert "Nothing, as things stand." in text(client.get("/2021/chair/reminders/"))
    for it, when in zip(found, ("-3d", "-2d", "-7d"), strict=True):
        assert client.get(f"/2021/chair/reminders/{it.pk}/{when}/preview/").status_code == 302
    other = text(factories.signed_in(factories.chair(call)).get("/2021/chair/reminders/"))
    assert "shepherds of papers whose conditions are not met" in other
    assert mona.email in other
