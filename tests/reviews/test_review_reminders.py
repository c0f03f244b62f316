"""Whom reminders reach in the review phase: who is asked and silent, whose review is due or late."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Message, User
from reviews.models import Assignment, Decision, Handling, Member
from submissions.models import Edition, Paper, Reminder, ReminderRule
from submissions.services import reminders
from tests import factories
from tests.factories import utc
from tests.reviews import assigning, committee, reviewing

pytestmark = pytest.mark.django_db

#: Ten in the morning for everybody here: nothing of these tests is about nights.
NOW = utc(2021, 2, 8, 10)
DUE = utc(2021, 3, 1, 10)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def call(clock: Any) -> Edition:
    made = committee.closed_edition(time_zone="UTC")
    factories.deadline(made, "reviews", DUE, label="Reviews")
    return made


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


def rule(call: Edition, audience: str, *when: str, kind: str = "reviews", **fields: Any) -> ReminderRule:
    return ReminderRule.objects.create(
        edition=call,
        deadline=call.deadlines.get(kind=kind),
        audience=audience,
        when=list(when),
        active_since=NOW,
        **fields,
    )


def offered(member: Member, paper: Paper, **fields: Any) -> Assignment:
    return reviewing.assigned(member, paper, **{"state": "offered", **fields})


def letters(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind).order_by("created_at", "pk"))


def lines(message: Message) -> list[str]:
    return [it[2:] for it in message.text.splitlines() if it.startswith("- ")]


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# Requests without an answer


def test_who_does_not_answer_is_asked_again_after_three_days_and_after_six(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "offered", "+3d", "+6d", text="Three reviews a paper.")
    one, two = committee.papers(call, 2)
    offered(mona, one)
    offered(mona, two)
    clock.move_to(NOW + 3 * DAY - HOUR)
    assert reminders.send_due() == 0
    clock.move_to(NOW + 3 * DAY)
    assert reminders.send_due() == 1, "one letter for both papers"
    assert reminders.send_due() == 0
    clock.move_to(NOW + 6 * DAY)
    assert reminders.send_due() == 1
    clock.move_to(NOW + 12 * DAY)
    assert reminders.send_due() == 0
    letter = letters("reminder_offered")[0]
    assert letter.to == mona.email
    assert letter.subject == "[ScaDL 2021] 2 papers to review: please answer"
    assert lines(letter) == ["#1 Paper 1", "#2 Paper 2"]
    for words in ("1 March 2021, 10:00 UTC", "Three reviews a paper.", "/2021/member/assignments/"):
        assert words in letter.text
    told = {letter.about, *(it.about for it in letter.also_about.all())}
    assert told == {f"paper:{one.pk}", f"paper:{two.pk}"}


def test_a_paper_assigned_later_has_days_of_its_own(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "offered", "+3d")
    one, two = committee.papers(call, 2)
    offered(mona, one)
    offered(mona, two, assigned_at=NOW + 2 * DAY)
    clock.move_to(NOW + 3 * DAY)
    reminders.send_due()
    clock.move_to(NOW + 5 * DAY)
    reminders.send_due()
    assert [lines(it) for it in letters("reminder_offered")] == [["#1 Paper 1"], ["#2 Paper 2"]]


def accept(row: Assignment) -> None:
    Assignment.objects.filter(pk=row.pk).update(state="accepted", answered_at=timezone.now())


def decline(row: Assignment) -> None:
    Assignment.objects.filter(pk=row.pk).update(state="declined", answered_at=timezone.now())


def take_back(row: Assignment) -> None:
    Assignment.objects.filter(pk=row.pk).update(state="withdrawn")


def submit(row: Assignment) -> None:
    reviewing.submitted(row)


def find_conflict(row: Assignment) -> None:
    assigning.conflict(row.member, row.paper)


def declare_conflict(row: Assignment) -> None:
    line = factories.role(row.paper.edition, "pc_member", name=row.member.name)
    row.paper.declared_conflicts.create(role=line)


def become_author(row: Assignment) -> None:
    assert row.member.user is not None
    row.paper.authors.create(position=1, name="Mona", email=row.member.user.email)


def become_submitter(row: Assignment) -> None:
    Paper.objects.filter(pk=row.paper_id).update(submitter=row.member.user)


def withdraw_paper(row: Assignment) -> None:
    Paper.objects.filter(pk=row.paper_id).update(state="withdrawn")


def decide(row: Assignment) -> None:
    Decision.objects.create(paper=row.paper, outcome="reject")


def close(row: Assignment) -> None:
    Handling.objects.create(paper=row.paper, discussion_closed_at=timezone.now())


def leave(row: Assignment) -> None:
    Member.objects.filter(pk=row.member_id).update(state="removed")


ENDS = (
    decline,
    take_back,
    submit,
    find_conflict,
    declare_conflict,
    become_author,
    become_submitter,
    withdraw_paper,
    decide,
    close,
    leave,
)


@pytest.mark.parametrize("end", [accept, *ENDS])
def test_nobody_is_asked_again_when_there_is_nothing_to_answer(
    call: Edition, mona: Member, clock: Any, end: Callable[[Assignment], None]
) -> None:
    rule(call, "offered", "+3d")
    (paper,) = committee.papers(call)
    row = offered(mona, paper)
    assert len(reminders.plan(edition=call, now=NOW)) == 1
    end(row)
    assert reminders.plan(edition=call, now=NOW) == []
    clock.move_to(NOW + 3 * DAY)
    assert reminders.send_due() == 0
    assert not Reminder.objects.exists()


def test_nobody_is_asked_again_once_the_review_is_due(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "offered", "+3d", "+6d")
    (paper,) = committee.papers(call)
    clock.move_to(DUE - 4 * DAY)
    offered(mona, paper)
    (planned,) = reminders.plan(edition=call, now=timezone.now())
    assert planned.name == "+3d"
    clock.move_to(DUE + 2 * DAY)
    assert reminders.send_due() == 0
