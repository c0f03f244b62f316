"""How the bids stand for the chairs, and whom reminders reach."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Message, User
from reviews.models import Bid, CommitteeSettings, Conflict, Member
from submissions.models import Edition, ReminderRule
from submissions.services import reminders
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db

PAGE = "/2021/chair/committee/bids/"


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def cells(page: str, name: str) -> list[str]:
    """The texts of the cells in the row that begins with `name`."""
    row = page.partition("<tbody>")[2].partition(f">{name}")[2].partition("</tr>")[0]
    found = [part.partition("</td>")[0].partition(">")[2] for part in row.split("<td")[1:]]
    return [" ".join(it.replace("<span>", "").partition("<")[0].split()) for it in found]


def test_progress_by_member_and_papers_short_of_bids(call: Edition, chair: User) -> None:
    CommitteeSettings.objects.create(edition=call, reviews_per_paper=1, default_load=1)
    one, two, _ = committee.papers(call, 3)
    mona, nora = committee.member(call), committee.member(call, "Nora Next")
    committee.member(call, "Olga Other")
    committee.member(call, "Ivo Invited", state=Member.State.INVITED)
    for member, paper, level in ((mona, one, 3), (mona, two, 0), (nora, one, 2), (nora, two, 1)):
        Bid.objects.create(member=member, paper=paper, level=level)
    client = factories.signed_in(chair)
    page = text(client.get(PAGE))
    assert "2 of 3" in page
    assert cells(page, "Mona Member")[:5] == ["1", "0", "0", "1", "2 of 3"]
    assert cells(page, "Nora Next")[:5] == ["0", "1", "1", "0", "2 of 3"]
    assert cells(page, "Olga Other")[4:] == ["0 of 3", "none yet"]
    assert "Ivo Invited" not in page
    assert page.index("Olga Other") < page.index("Mona Member")
    by_name = text(client.get(f"{PAGE}?sort=name"))
    assert by_name.index("Mona Member") < by_name.index("Olga Other")
    papers = text(client.get(f"{PAGE}?view=papers"))
    assert papers.count("too few") == 2 + papers.partition("<tbody>")[0].count("too few")
    assert papers.index("Paper 3") < papers.index("Paper 1")
    # A bid from before a conflict was found counts for nothing.
    Conflict.objects.create(
        paper=one, member=mona, rule="collaborator", confidence="certain", evidence="Met."
    )
    assert cells(text(client.get(PAGE)), "Mona Member")[:4] == ["0", "0", "0", "1"]


def test_a_conflicted_chair_learns_nothing_of_the_papers_behind_the_wall(call: Edition, chair: User) -> None:
    walled, other = committee.papers(call, 2)
    conrad = factories.chair(call, "Conrad Conflicted")
    walled.declared_conflicts.create(role=call.roles.get(user=conrad))
    mona = committee.member(call)
    client = factories.signed_in(conrad)
    Bid.objects.create(member=mona, paper=other, level=2)

    def seen() -> list[str]:
        pages = [text(client.get(path)) for path in (PAGE, f"{PAGE}?view=papers")]
        return [re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page) for page in pages]

    before = seen()
    assert "#1" not in before[1]
    Bid.objects.create(member=mona, paper=walled, level=3)
    assert seen() == before
    assert cells(text(factories.signed_in(chair).get(PAGE)), "Mona Member")[:2] == ["1", "1"]


def test_queries_do_not_grow(call: Edition, chair: User) -> None:
    client = factories.signed_in(chair)

    def grow(count: int, start: int) -> None:
        members = Member.objects.bulk_create(
            Member(edition=call, name=f"M{i}", email=f"m{i}@example.org", state="accepted")
            for i in range(start, start + count)
        )
        papers = committee.papers(call, count)
        Bid.objects.bulk_create(Bid(member=m, paper=p, level=2) for m in members[:3] for p in papers)

    def measured(path: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            text(client.get(path))
        return len(caught)

    grow(3, 0)
    client.get(PAGE)
    few = [measured(path) for path in (PAGE, f"{PAGE}?view=papers")]
    grow(297, 3)
    assert [measured(path) for path in (PAGE, f"{PAGE}?view=papers")] == few
    page = text(client.get(PAGE))
    assert page.partition("<tbody>")[2].count("<tr>") == 50
    assert "1–50 of 300" in page


def test_nonsense_in_the_address_is_no_error(chair: User) -> None:
    text(factories.signed_in(chair).get(f"{PAGE}?view=x&sort=%00&page=-1"))


# Reminders


@pytest.fixture
def rule(call: Edition) -> ReminderRule:
    due = factories.deadline(call, "bids", timezone.now() + timedelta(days=10), label="Bids")
    return ReminderRule.objects.create(
        edition=call, deadline=due, audience="bidders", when=["-2d"], text="Please."
    )


def letters() -> list[Message]:
    return list(Message.objects.filter(kind="reminder_bids").order_by("to"))


def test_members_with_too_few_bids_are_reminded(call: Edition, rule: ReminderRule) -> None:
    papers = committee.papers(call, 2)
    mona, nora = committee.member(call), committee.member(call, "Nora Next")
    committee.member(call, "Zoe Zero", load_wanted=0)
    committee.member(call, "Ivo Invited", state=Member.State.INVITED)
    for paper in papers:
        Bid.objects.create(member=nora, paper=paper, level=0)
    Bid.objects.create(member=mona, paper=papers[0], level=3)
    with time_machine.travel(rule.deadline.at - timedelta(hours=30), tick=False):
        reminders.send_due()
        reminders.send_due()
    (letter,) = letters()
    assert letter.to == mona.email
    assert "too few bids from you to plan with. 2 are a good number" in letter.text
    assert "Please." in letter.text
    assert "/2021/member/bids/" in letter.text


def test_letters_tell_a_chair_in_conflict_nothing_of_bids_behind_the_wall(
    call: Edition, rule: ReminderRule, chair: User
) -> None:
    """Chairs read these letters, and who gets one: both must be the same whatever is bid on a paper hidden from one."""
    seen, hidden = committee.papers(call, 2)
    Conflict.objects.create(
        paper=hidden, member=Member.objects.get(user=chair), rule="declared_by_member", fingerprint="x"
    )
    mona, nora = committee.member(call), committee.member(call, "Nora Next")
    committee.member(call, "Otto Open")
    Bid.objects.create(member=mona, paper=hidden, level=3)
    for paper in (seen, hidden):
        Bid.objects.create(member=nora, paper=paper, level=3)
    with time_machine.travel(rule.deadline.at - timedelta(hours=30), tick=False):
        reminders.send_due()
    told = {it.to: re.sub(r"Mona Member|Otto Open|http\S+", "", it.text) for it in letters()}
    assert sorted(told) == ["mona@example.org", "otto@example.org"]
    assert told["mona@example.org"] == told["otto@example.org"]


def test_who_bids_before_it_is_sent_hears_nothing(call: Edition, rule: ReminderRule) -> None:
    (paper,) = committee.papers(call)
    mona = committee.member(call)
    assert [it.to.address for it in reminders.plan(edition=call, now=timezone.now())[0].entries] == [
        mona.email
    ]
    Bid.objects.create(member=mona, paper=paper, level=1)
    with time_machine.travel(rule.deadline.at - timedelta(hours=30), tick=False):
        reminders.send_due()
    assert letters() == []


def test_nobody_is_reminded_while_papers_come_in(call: Edition, rule: ReminderRule) -> None:
    call.deadlines.filter(kind="submission").update(at=rule.deadline.at - timedelta(days=1))
    committee.papers(call)
    committee.member(call)
    with time_machine.travel(rule.deadline.at - timedelta(hours=30), tick=False):
        reminders.send_due()
    assert letters() == []


def test_chairs_see_the_plan_and_one_letter(call: Edition, rule: ReminderRule, chair: User) -> None:
    committee.papers(call)
    committee.member(call)
    client = factories.signed_in(chair)
    assert "members with fewer bids than suit them" in text(client.get("/2021/chair/reminders/"))
    preview = text(client.get(f"/2021/chair/reminders/{rule.pk}/-2d/preview/"))
    assert "1 are a good number" in preview
    call_command("remind", "--dry-run", "--edition", "2021")
