"""Whom reminders reach in the review phase: who is asked and silent, whose review is due or late."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import mail_wishes
from accounts.models import Message, User
from reviews.models import Assignment, Decision, Handling, Member, MoreTime, Review
from submissions import mail_list
from submissions.models import Edition, Paper, Reminder
from submissions.services import audiences, digest, reminders
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reminding import DAY, DUE, HOUR, NOW, letters, lines, rule, text

pytestmark = pytest.mark.django_db


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


def offered(member: Member, paper: Paper, **fields: Any) -> Assignment:
    return reviewing.assigned(member, paper, **{"state": "offered", **fields})


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
    assert told == {f"paper:{one.pk}", f"paper:{two.pk}", "joined:2021"}


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


# Reviews that are due


def test_a_reviewer_gets_one_letter_with_all_papers_and_how_each_stands(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "reviewers", "-7d", "-2d", "-6h", text="The room is booked.")
    one, two, three, four = committee.papers(call, 4)
    reviewing.assigned(mona, one)
    Review.objects.create(assignment=reviewing.assigned(mona, two), answers={"summary": "Good."}, revision=1)
    offered(mona, three)
    submit(reviewing.assigned(mona, four))
    for moment, count in (
        (DUE - 7 * DAY, 1),
        (DUE - 3 * DAY, 0),
        (DUE - 2 * DAY, 1),
        (DUE - 6 * HOUR, 1),
        (DUE, 0),
    ):
        clock.move_to(moment)
        assert reminders.send_due() == count
        assert reminders.send_due() == 0
    first, second, third = letters("reminder_review")
    assert first.subject == "[ScaDL 2021] 7 days left: 3 papers to review"
    assert second.subject == "[ScaDL 2021] 2 days left: 3 papers to review"
    assert third.subject == "[ScaDL 2021] 6 hours left: 3 papers to review"
    assert lines(first) == [
        "#1 Paper 1: not started",
        "#2 Paper 2: draft saved",
        "#3 Paper 3: not started, and not accepted yet",
    ]
    for words in (
        "Reviews: 1 March 2021, 10:00 UTC",
        "The room is booked.",
        "/2021/member/reviews/\n",
        "chairs@example.org",
    ):
        assert words in first.text
    told = {it.about for it in first.also_about.all()}
    assert told == {f"paper:{two.pk}", f"paper:{three.pk}", "joined:2021"}


def test_the_letter_about_one_paper_leads_to_its_review(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "reviewers", "-2d")
    _, two = committee.papers(call, 2)
    reviewing.assigned(mona, two)
    clock.move_to(DUE - 2 * DAY)
    reminders.send_due()
    (letter,) = letters("reminder_review")
    assert "/2021/member/reviews/2/" in letter.text


@pytest.mark.parametrize("audience", ["reviewers", "late"])
@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_said_of_a_review_that_is_in_or_no_longer_wanted(
    call: Edition, mona: Member, clock: Any, end: Callable[[Assignment], None], audience: str
) -> None:
    rule(call, audience, "-2d" if audience == "reviewers" else "+1d")
    one, two = committee.papers(call, 2)
    row = reviewing.assigned(mona, one)
    reviewing.assigned(mona, two)
    end(row)
    clock.move_to(DUE - 2 * DAY if audience == "reviewers" else DUE + DAY)
    reminders.send_due()
    told = [lines(it) for it in Message.objects.filter(kind__startswith="reminder_review")]
    assert told == ([] if end is leave else [["#2 Paper 2: not started"]])
    assert not Reminder.objects.filter(paper=one).exists()


def test_a_review_submitted_between_looking_and_sending_is_not_in_the_letter(
    call: Edition, mona: Member, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rule(call, "reviewers", "-2d")
    rows = [reviewing.assigned(mona, it) for it in committee.papers(call, 2)]
    audience = audiences.audiences["reviewers"]
    looked = audience.recipients(found)
    submit(rows[0])
    fresh = audience.recipients
    monkeypatch.setattr(
        audience, "recipients", lambda rule, paper=None: fresh(rule, paper=paper) if paper else looked
    )
    clock.move_to(DUE - 2 * DAY)
    assert reminders.send_due() == 1
    (letter,) = letters("reminder_review")
    assert lines(letter) == ["#2 Paper 2: not started"]
    assert [it.about for it in letter.also_about.all()] == ["joined:2021"]


def test_who_was_asked_late_has_missed_nothing(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "reviewers", "-7d", "-2d")
    (paper,) = committee.papers(call)
    clock.move_to(DUE - 5 * DAY)
    reviewing.assigned(mona, paper)
    assert reminders.send_due() == 0
    clock.move_to(DUE - 2 * DAY)
    assert reminders.send_due() == 1


def test_a_later_date_for_one_paper_moves_its_reminders(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "reviewers", "-2d")
    rule(call, "late", "+1d")
    one, two = committee.papers(call, 2)
    reviewing.assigned(mona, one)
    reviewing.assigned(mona, two, due_at=DUE + 5 * DAY)
    reviewing.assigned(committee.member(call, "Early Bird"), two, due_at=DUE - 5 * DAY)
    clock.move_to(DUE - 2 * DAY)
    reminders.send_due()
    assert sorted(map(tuple, map(lines, letters("reminder_review")))) == [
        ("#1 Paper 1: not started",),
        ("#2 Paper 2: not started",),
    ], "a date of one's own never lies before the call's"
    clock.move_to(DUE + 3 * DAY)
    reminders.send_due()
    last = letters("reminder_review")[-1]
    assert lines(last) == ["#2 Paper 2: not started, due 6 March 2021, 10:00 UTC"]
    assert last.subject == "[ScaDL 2021] 2 days left: 1 paper to review"
    clock.move_to(DUE + 6 * DAY)
    reminders.send_due()
    assert lines(letters("reminder_review_late")[-1])[-1].startswith("#2 Paper 2: not started, due 6 March")


# More time


def asks(row: Assignment, until: datetime) -> MoreTime:
    return MoreTime.objects.create(assignment=row, until=until)


def answer(asked: MoreTime, state: str) -> None:
    asked.state, asked.answered_at = state, timezone.now()
    asked.save()
    if state == MoreTime.State.GRANTED:
        Assignment.objects.filter(pk=asked.assignment_id).update(due_at=asked.until)


def test_who_asked_for_more_time_hears_nothing_until_the_day_they_named(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "reviewers", "-2d")
    rule(call, "late", "+1d", "+2d", "+3d")
    one, two = committee.papers(call, 2)
    asks(reviewing.assigned(mona, one), DUE + 2 * DAY + HOUR)
    reviewing.assigned(mona, two)
    told = []
    for days in (-2, 1, 2, 3):
        clock.move_to(DUE + days * DAY)
        reminders.send_due()
        told.append([it[:2] for it in lines(Message.objects.order_by("pk").last())])
    assert told == [["#2"], ["#2"], ["#2"], ["#1", "#2"]]


def test_a_chair_who_grants_it_moves_the_reminders_and_one_who_refuses_brings_them_back(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "reviewers", "-7d", "-2d", "-6h")
    one, two = committee.papers(call, 2)
    granted = asks(reviewing.assigned(mona, one), DUE + 4 * DAY)
    refused = asks(reviewing.assigned(mona, two), DUE + 4 * DAY)
    clock.move_to(DUE - DAY)
    assert reminders.send_due() == 0
    answer(granted, "granted")
    answer(refused, "refused")
    assert reminders.send_due() == 0, "the answer itself has just told them the date"
    clock.move_to(DUE - 6 * HOUR)
    reminders.send_due()
    assert [it[:2] for it in lines(letters("reminder_review")[-1])] == ["#2"]
    clock.move_to(DUE + 2 * DAY)
    reminders.send_due()
    assert [it[:2] for it in lines(letters("reminder_review")[-1])] == ["#1"]


# Late reviews


def test_late_reviews_are_asked_for_daily_for_three_days_and_then_weekly(
    call: Edition, mona: Member, clock: Any
) -> None:
    rule(call, "late", "+1d", "+2d", "+3d", "weekly")
    one, two = committee.papers(call, 2)
    reviewing.assigned(mona, one)
    offered(mona, two)
    sent = []
    for days in range(25):
        clock.move_to(DUE + days * DAY)
        if reminders.send_due():
            sent.append(days)
    assert sent == [1, 2, 3, 10, 17, 24]
    letter = letters("reminder_review_late")[0]
    assert lines(letter) == ["#1 Paper 1: not started"], "what was never accepted is not late"
    assert letter.subject == "[ScaDL 2021] 1 paper late: your review is missing"


def digests(to: User) -> list[str]:
    rows = Message.objects.filter(kind="chair_digest", to=to.email).order_by("pk")
    return [it.text for it in rows]


def test_chairs_are_told_each_morning_what_is_late_of_the_papers_they_handle(
    call: Edition, chair: User, mona: Member, clock: Any
) -> None:
    rule(call, "chairs", "daily", kind="notification")
    conrad = factories.chair(call, "Conrad Conflicted")
    walled, other = committee.papers(call, 2)
    walled.declared_conflicts.create(role=call.roles.get(user=conrad))
    nora = committee.member(call, "Nora Next")
    rows = [reviewing.assigned(mona, walled), reviewing.assigned(nora, other)]
    clock.move_to(NOW + 2 * DAY)
    asks(rows[1], DUE + 3 * DAY)
    silent = offered(committee.member(call, "Sina Silent"), walled)
    assert reminders.send_due() == 2
    clock.move_to(NOW + 3 * DAY)
    assert [len(digests(it)) for it in (chair, conrad)] == [1, 1]
    submit(rows[0])
    clock.move_to(NOW + 4 * DAY)
    reminders.send_due()
    assert "- 1 review submitted: #1" in digests(chair)[-1]
    assert "- reviews: 1 of 3 in" in digests(chair)[-1]
    assert (
        "- 1 reviewer waiting for your word on more time: #2 Nora Next, until 4 March" in digests(chair)[-1]
    )
    clock.move_to(NOW + 10 * DAY)
    reminders.send_due()
    assert "- 1 request to review without an answer: #1 Sina Silent, asked 8 days ago" in digests(chair)[-1]
    clock.shift(HOUR)
    decline(silent)
    clock.move_to(DUE + 2 * DAY)
    reminders.send_due()
    assert "- 1 review late: #2 Nora Next, 2 days late" in digests(chair)[-1]
    assert "- 1 request to review declined: #1" in digests(chair)[-1]
    for told in digests(conrad):
        assert "- reviews: 0 of 1 in" in told
        assert "#1" not in told
        assert "Sina" not in told
    submit(rows[1])
    clock.move_to(DUE + 3 * DAY)
    reminders.send_due()
    before = len(digests(chair))
    clock.move_to(DUE + 4 * DAY)
    assert reminders.send_due() == 0, "nothing is new and nothing is late"
    assert len(digests(chair)) == before


# Who wants no mail, or has no account


def test_reviewers_have_a_switch_of_their_own(call: Edition, mona: Member, clock: Any) -> None:
    rule(call, "late", "+1d")
    (paper,) = committee.papers(call)
    reviewing.assigned(mona, paper)
    mail_wishes.save(actor=mona.user, off={"review_reminders"}, daily=False)
    clock.move_to(DUE + DAY)
    assert reminders.send_due() == 0
    assert Reminder.objects.get().outcome == Reminder.Outcome.UNWANTED


def test_a_member_without_account_is_reached_by_the_address_of_the_list(call: Edition, clock: Any) -> None:
    rule(call, "late", "+1d")
    one, two = committee.papers(call, 2)
    reviewing.assigned(
        Member.objects.create(edition=call, name="Nora", email="nora@example.org", state="accepted"), one
    )
    reviewing.assigned(Member.objects.create(edition=call, name="Nobody", state="accepted"), two)
    clock.move_to(DUE + DAY)
    assert reminders.send_due() == 1
    assert letters("reminder_review_late")[0].to == "nora@example.org"


# What chairs see


def test_a_conflicted_chair_learns_nothing_of_papers_behind_the_wall(
    call: Edition, chair: User, mona: Member, clock: Any
) -> None:
    found = rule(call, "reviewers", "-2d")
    conrad = factories.chair(call, "Conrad Conflicted")
    walled, other = committee.papers(call, 2)
    walled.declared_conflicts.create(role=call.roles.get(user=conrad))
    nora = committee.member(call, "Nora Next")
    reviewing.assigned(mona, other)
    client = factories.signed_in(conrad)
    preview = f"/2021/chair/reminders/{found.pk}/-2d/preview/"

    def seen() -> list[str]:
        pages = [text(client.get(path)) for path in ("/2021/chair/reminders/", preview)]
        return [re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page) for page in pages]

    before = seen()
    reviewing.assigned(mona, walled)
    reviewing.assigned(nora, walled)
    assert seen() == before
    assert "#1 Paper 1" in text(
        factories.signed_in(chair).get(f"{preview}?to=paper:{walled.pk}+{mona.email}")
    )
    # What he sends now tells of what he may see; the rest comes at its time, to those he does not know of.
    send = f"/2021/chair/reminders/{found.pk}/-2d/send/"
    stamp = client.get(send).context["planned"].stamp
    assert "1 letter is in the mail queue" in text(client.post(send, {"expected": stamp}, follow=True))
    clock.move_to(DUE - 2 * DAY)
    assert reminders.send_due() == 2
    assert [(it.to, lines(it)) for it in letters("reminder_review")] == [
        (mona.email, ["#2 Paper 2: not started"]),
        (mona.email, ["#1 Paper 1: not started"]),
        (nora.email, ["#1 Paper 1: not started"]),
    ]
    rows = [it.paper for it in reminders.sent(edition=call, user=conrad)]
    assert rows == [other]
    plan = text(factories.signed_in(conrad).get("/2021/chair/reminders/"))
    assert "#1" not in plan
    assert nora.email not in plan


def test_no_letter_that_is_missing_on_the_mail_page_tells_who_reviews_behind_the_wall(
    call: Edition, chair: User, mona: Member, clock: Any
) -> None:
    rule(call, "reviewers", "-2d")
    conrad = factories.chair(call, "Conrad Conflicted")
    walled, other = committee.papers(call, 2)
    walled.declared_conflicts.create(role=call.roles.get(user=conrad))
    nora = committee.member(call, "Nora Next")
    for member, papers in ((mona, (walled, other)), (nora, (other,))):
        for paper in papers:
            reviewing.assigned(member, paper)
    clock.move_to(DUE - 2 * DAY)
    assert reminders.send_due() == 2
    assert {it.to for it in mail_list.visible("2021", chair)} == {mona.email, nora.email}
    assert not mail_list.visible("2021", conrad).exists(), "neither hers nor Nora's"
    assert {it.address for it in reminders.sent(edition=call, user=conrad)} == {mona.email, nora.email}


def test_the_plan_shows_letters_and_their_papers(
    call: Edition, chair: User, mona: Member, clock: Any
) -> None:
    found = rule(call, "reviewers", "-2d")
    for paper in committee.papers(call, 2):
        reviewing.assigned(mona, paper)
    client = factories.signed_in(chair)
    page = text(client.get("/2021/chair/reminders/"))
    assert "members whose reviews are not in" in page
    assert "1 recipient<" in page
    shown = text(client.get(f"/2021/chair/reminders/{found.pk}/-2d/preview/"))
    assert "#1 Paper 1: not started" in shown
    assert "#2 Paper 2: not started" in shown
    clock.move_to(DUE - 2 * DAY)
    reminders.send_due()
    sent = text(factories.signed_in(chair).get("/2021/chair/reminders/")).partition('id="sent"')[2]
    assert 'data-label="Letters" class="num">1<' in sent
    call_command("remind", "--dry-run", "--edition", "2021")


def test_queries_do_not_grow_with_the_assignments(call: Edition, clock: Any) -> None:
    for audience, when in (("offered", "+3d"), ("reviewers", "-2d"), ("late", "+1d")):
        rule(call, audience, when)
    papers = committee.papers(call, 30)

    def grow(first: int, count: int) -> None:
        members = [committee.member(call, f"M{i} Member") for i in range(first, first + count)]
        Assignment.objects.bulk_create(
            Assignment(member=member, paper=paper, state=("offered", "accepted")[place % 2])
            for member in members
            for place, paper in enumerate(papers[: 30 if count > 1 else 3])
        )

    def measured() -> int:
        with CaptureQueriesContext(connection) as caught:
            reminders.plan(edition=call, now=timezone.now())
        return len(caught)

    rule(call, "chairs", "daily", kind="notification")
    chair = factories.chair(call)

    def measured_digest() -> int:
        with CaptureQueriesContext(connection) as caught:
            digest.of(call, chair, deadline=call.deadlines.get(kind="reviews"), since=NOW, now=timezone.now())
        return len(caught)

    grow(0, 1)
    few, told = measured(), measured_digest()
    grow(1, 10)
    assert Assignment.objects.count() == 303
    assert (measured(), measured_digest()) == (few, told)
