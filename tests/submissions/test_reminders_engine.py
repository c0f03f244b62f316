"""Sending reminders: what is due and not recorded, once, and nothing when the work is done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import mail_wishes
from accounts.models import AuditEntry, Message
from submissions.domain.reminders import AudienceFacts
from submissions.models import Edition, Paper, Reminder, ReminderRule
from submissions.services import audiences, call, papers, reminders
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.tasks import send_due_reminders
from tests import factories
from tests.factories import utc

pytestmark = pytest.mark.django_db
#: A Monday, and at noon: for all who live near Greenwich a decent hour.
CLOSES = utc(2021, 2, 1, 12)
START = utc(2021, 1, 4, 12)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def edition(clock: Any) -> Edition:
    return factories.edition(closes=CLOSES, time_zone="Europe/Rome")


def rule(
    edition: Edition, *when: str, audience: str = "incomplete", date: str = "submission", **more: Any
) -> ReminderRule:
    return ReminderRule.objects.create(
        edition=edition, deadline=edition.deadlines.get(slug=date), audience=audience, when=list(when), **more
    )


@pytest.fixture
def ada(edition: Edition):
    return factories.person("Ada Author", time_zone="Europe/Rome")


def sent(kind: str = "reminder_incomplete") -> list[str]:
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


def test_a_reminder_says_what_is_missing_how_long_is_left_and_where_to_go(edition, ada, clock):
    rule(edition, "-2d", text="The room has 40 seats.")
    paper = factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 1
    letter = Message.objects.get(kind="reminder_incomplete")
    assert letter.subject == "[ScaDL 2021] 2 days left: paper #1 is not submitted yet"
    for words in (
        "Upload your paper as a PDF.",
        "1 February 2021, 13:00 Europe/Rome",
        "40 seats",
        paper.get_absolute_url(),
    ):
        assert words in letter.text


def test_a_second_call_a_third_worker_and_a_later_hour_send_nothing_more(edition, ada, clock):
    rule(edition, "-2d")
    factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    send_due_reminders()
    send_due_reminders()
    clock.shift(timedelta(hours=5))
    send_due_reminders()
    assert sent() == ["ada@example.org"]


@pytest.mark.parametrize("end", ["submitted", "withdrawn"])
def test_nothing_is_sent_when_the_work_is_done(edition, ada, clock, end):
    rule(edition, "-7d", "-2d")
    paper = factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=7))
    assert reminders.send_due() == 1
    if end == "withdrawn":
        papers.withdraw(actor=ada, paper=paper)
    else:
        Paper.objects.filter(pk=paper.pk).update(state="submitted", submitted_at=timezone.now())
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 0


def test_work_that_is_done_between_looking_and_sending_is_not_written_about(edition, ada, clock, monkeypatch):
    found = rule(edition, "-2d")
    paper = factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    audience = audiences.audiences["incomplete"]
    looked = audience.recipients(found)
    papers.withdraw(actor=ada, paper=paper)
    monkeypatch.setattr(
        audience,
        "recipients",
        lambda rule, paper=None: (
            looked if paper is None else type(audience).recipients(audience, rule, paper=paper)
        ),
    )
    assert reminders.send_due() == 0
    assert not Reminder.objects.exists()


def test_a_letter_that_cannot_be_queued_leaves_no_record_and_does_not_hold_the_others(
    edition, ada, clock, monkeypatch
):
    rule(edition, "-2d")
    factories.paper(edition, ada, file=None)
    factories.paper(edition, factories.person("Bob Second", time_zone="Europe/Rome"), file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    real = reminders.letters.send

    def fails_for_ada(kind: str, **more: Any) -> Any:
        if more["to"].startswith("ada"):
            raise RuntimeError("The disk is full.")
        return real(kind, **more)

    monkeypatch.setattr(reminders.letters, "send", fails_for_ada)
    assert reminders.send_due() == 1
    monkeypatch.setattr(reminders.letters, "send", real)
    assert reminders.send_due() == 1
    assert sent() == ["bob@example.org", "ada@example.org"]


def test_a_reminder_that_waits_for_the_daily_mail_is_dropped_when_the_paper_is_in(edition, ada, clock):
    mail_wishes.save(actor=ada, off=set(), daily=True)
    rule(edition, "-7d", "-6h")
    paper = factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=7))
    assert reminders.send_due() == 1
    waiting = Message.objects.get(kind="reminder_incomplete")
    assert waiting.due_at > timezone.now()
    papers.withdraw(actor=ada, paper=paper)
    assert sent() == []


def test_six_hours_before_does_not_wait_for_the_daily_mail(edition, ada, clock):
    mail_wishes.save(actor=ada, off=set(), daily=True)
    rule(edition, "-6h")
    factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(hours=6))
    assert reminders.send_due() == 1
    assert Message.objects.get(kind="reminder_incomplete").due_at <= timezone.now()


def test_who_switched_reminders_off_gets_none_and_chairs_see_why(edition, ada, clock):
    mail_wishes.save(actor=ada, off={"reminders"}, daily=False)
    rule(edition, "-2d")
    factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 0
    assert Reminder.objects.get().outcome == Reminder.Outcome.UNWANTED


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_send_one_letter_each(ada, edition, clock):
    rule(edition, "-2d")
    for name in ("Bob", "Cleo", "Dan"):
        factories.paper(edition, factories.person(f"{name} More", time_zone="Europe/Rome"), file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    together = threading.Barrier(3)

    def work(_: int) -> int:
        try:
            together.wait(timeout=10)
            return reminders.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 3
    assert sorted(sent()) == ["bob@example.org", "cleo@example.org", "dan@example.org"]
    assert Reminder.objects.count() == 3


def test_a_rule_that_is_off_and_a_call_that_is_not_published_send_nothing(edition, ada, clock):
    rule(edition, "-2d", active=False)
    factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 0
    ReminderRule.objects.update(active=True)
    Edition.objects.update(published=False)
    assert reminders.send_due() == 0


def test_a_contact_named_under_two_addresses_of_one_account_gets_one_letter(edition, ada, clock):
    ada.emailaddress_set.create(email="ada@lab.example.org", verified=True)
    rule(edition, "-2d")
    second = factories.author_data(ada, email="ada@lab.example.org")
    factories.paper(edition, ada, second, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    reminders.send_due()
    assert sent() == ["ada@example.org"]


def test_accepted_papers_are_reminded_once_a_room_says_which_they_are(edition, ada, clock, monkeypatch):
    factories.deadline(edition, "camera_ready", CLOSES + timedelta(days=57))
    rule(edition, "-2d", "+1d", audience="camera_ready", date="camera_ready")
    factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES + timedelta(days=55))
    assert reminders.send_due() == 0, "without decisions nobody is accepted"
    monkeypatch.setitem(
        audiences.audiences,
        "camera_ready",
        audiences.PaperContacts(
            "reminder_camera_ready", lambda it: Paper.objects.filter(edition=it), lambda paper: ["Upload it."]
        ),
    )
    assert reminders.send_due() == 1
    clock.move_to(CLOSES + timedelta(days=58))
    assert reminders.send_due() == 1, "it is late now"
    assert sent("reminder_camera_ready") == ["ada@example.org"] * 2


def test_a_room_can_add_an_audience(edition, monkeypatch):
    from submissions.domain.reminders import AUDIENCES

    monkeypatch.setattr(audiences, "audiences", dict(audiences.audiences))
    facts = AudienceFacts("cooks", "cooks with something on the fire", ("other",))
    monkeypatch.setitem(AUDIENCES, "cooks", facts)
    audiences.register(facts, audiences.Chairs())
    assert "cooks" in audiences.audiences


def test_a_round_costs_the_same_for_one_and_for_three_papers(edition, ada, clock):
    rule(edition, "-2d")
    rule(edition, "daily", audience="chairs")
    factories.chair(edition)
    factories.paper(edition, ada, file=None)
    clock.move_to(CLOSES - timedelta(days=2))
    reminders.send_due()

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reminders.send_due() == 0
        return len(captured)

    one = cost()
    for name in ("Bob", "Cleo"):
        factories.paper(edition, factories.person(f"{name} More", time_zone="Europe/Rome"), file=None)
    reminders.send_due()
    assert cost() == one


def test_a_digest_of_a_later_date_begins_when_the_first_has_ended_and_comes_when_there_is_something_to_say(
    edition, ada, clock
):
    rule(edition, "daily", audience="chairs")
    rule(edition, "daily", audience="chairs", date="notification")
    chair = factories.chair(edition)
    factories.paper(edition, ada, file=None)
    days = []
    for day in range(-3, 12):
        clock.move_to(CLOSES + timedelta(days=day, hours=6))
        if day == 5:
            factories.paper(edition, chair, arrived_at=CLOSES - timedelta(hours=1), file=None)
            Paper.objects.filter(submitter=ada).update(state="submitted", submitted_at=timezone.now())
        if reminders.send_due():
            days.append(day)
    assert days == [-3, -2, -1, 0, 1, 5], "each morning until the first after the date, then with news only"
    last = Message.objects.filter(kind="chair_digest").order_by("pk").last()
    assert "1 paper submitted: #1" in last.text


def test_a_digest_counts_only_what_its_chair_may_see(edition, ada, clock):
    rule(edition, "daily", audience="chairs")
    chair, walled = factories.chair(edition), factories.chair(edition, "Conrad Walled")
    clock.shift(timedelta(hours=1))
    paper = factories.paper(edition, ada, file=None)
    paper.declared_conflicts.create(role=edition.roles.get(user=walled))
    Message.objects.create(
        key="x",
        kind="receipt",
        about=f"paper:{paper.pk}",
        edition=edition.slug,
        to="a@example.org",
        state="failed",
    )
    clock.move_to(START + timedelta(days=1))
    reminders.send_due()
    letter = Message.objects.get(kind="chair_digest")
    assert letter.to == chair.email
    for words in ("1 in draft", "1 paper begun: #1", "1 letter could not be delivered"):
        assert words in letter.text
    assert Reminder.objects.get(address=walled.email).outcome == Reminder.Outcome.NO_NEWS


@pytest.fixture
def planned(edition, ada, clock):
    found = rule(edition, "-7d", "-2d")
    factories.paper(edition, ada, file=None)
    return found


def confirm(chair, found, name: str = "-7d") -> int:
    shown = reminders.find(edition=found.edition, rule=found, name=name, user=chair, now=timezone.now())
    return reminders.send_now(actor=chair, rule=found, name=name, expected=shown.stamp if shown else "")


def test_sent_now_is_not_sent_again_at_its_time(edition, planned, clock):
    chair = factories.chair(edition)
    assert confirm(chair, planned) == 1
    assert AuditEntry.objects.get(verb="reminder.sent_now").data == {"occasion": "-7d", "messages": 1}
    with pytest.raises(Refused, match="Nothing of this is left to send"):
        confirm(chair, planned)
    clock.move_to(CLOSES - timedelta(days=7))
    assert reminders.send_due() == 0
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 1


def test_send_now_is_for_the_recipients_that_were_shown_and_for_chairs(edition, planned, ada):
    chair = factories.chair(edition)
    with pytest.raises(Stale, match="recipients have changed"):
        reminders.send_now(actor=chair, rule=planned, name="-7d", expected="0" * 16)
    with pytest.raises(NotAllowed):
        reminders.send_now(actor=ada, rule=planned, name="-7d", expected="0" * 16)
    assert sent() == []


def test_a_conflict_hides_recipients_and_history_and_keeps_send_now_away(edition, planned, clock):
    walled = factories.chair(edition, "Conrad Walled")
    edition.papers.get().declared_conflicts.create(role=edition.roles.get(user=walled))
    assert reminders.plan(edition=edition, now=timezone.now(), user=walled) == []
    with pytest.raises(Refused):
        confirm(walled, planned)
    clock.move_to(CLOSES - timedelta(days=7))
    assert reminders.send_due() == 1
    assert reminders.sent(edition=edition, user=walled) == []
    assert len(reminders.sent(edition=edition, user=factories.chair(edition))) == 1


def test_switching_is_an_edit_of_the_call_and_does_not_make_up_for_what_lay_before(edition, planned, clock):
    chair = factories.chair(edition)
    assert reminders.switch(actor=chair, edition=edition, rule=planned, active=False)
    assert not reminders.switch(actor=chair, edition=edition, rule=planned, active=False)
    clock.move_to(CLOSES - timedelta(days=6))
    assert reminders.send_due() == 0
    assert reminders.switch(actor=chair, edition=edition, rule=planned, active=True)
    assert reminders.send_due() == 0, "“7 days before” has passed"
    assert list(
        AuditEntry.objects.filter(verb__startswith="call.rem").order_by("pk").values_list("verb", flat=True)
    ) == ["call.reminder_off", "call.reminder_on"]
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 1


def test_a_rule_before_a_date_that_has_passed_cannot_be_switched_on(edition, planned, clock):
    chair = factories.chair(edition)
    reminders.switch(actor=chair, edition=edition, rule=planned, active=False)
    clock.move_to(CLOSES + timedelta(hours=1))
    with pytest.raises(Refused, match="nothing left to send"):
        reminders.switch(actor=chair, edition=edition, rule=planned, active=True)
    planned.refresh_from_db()
    assert not planned.active


def test_a_deadline_that_moves_moves_its_reminders_and_old_ones_do_not_hold_them(edition, planned, clock):
    chair = factories.chair(edition)
    clock.move_to(CLOSES - timedelta(days=7))
    assert reminders.send_due() == 1
    call.move_deadline(
        actor=chair,
        edition=edition,
        deadline=edition.deadlines.get(slug="submission"),
        at=CLOSES + timedelta(days=3),
    )
    assert reminders.send_due() == 0
    clock.move_to(CLOSES - timedelta(days=4))
    assert reminders.send_due() == 1, "7 days before the new date"
    clock.move_to(CLOSES - timedelta(days=2))
    assert reminders.send_due() == 0, "this was 2 days before the old one"
    clock.move_to(CLOSES + timedelta(days=1))
    assert reminders.send_due() == 1
    assert Message.objects.filter(kind="deadline_moved").count() == 1


def remind(*args: str) -> str:
    out = StringIO()
    call_command("remind", *args, stdout=out)
    return out.getvalue()


def test_the_command_shows_the_plan_or_sends_what_is_due(edition, planned, clock):
    shown = remind("--dry-run", "--at", "2021-01-25T13:30")
    due, _, later = shown.partition("To come:")
    assert "7 days before" in due
    assert "ada@example.org  #1" in due
    assert "2 days before" in later
    assert "7 days before" not in later
    assert "Dry run: nothing was sent." in later
    assert sent() == []
    clock.move_to(CLOSES - timedelta(days=7))
    assert remind("--edition", "2021") == "1 reminder queued.\n"
    assert remind() == "0 reminders queued.\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--at", "2021-01-25T13:30"], "use it with --dry-run"),
        (["--dry-run", "--at", "next week"], "“next week” is not a time. Write it like 2021-01-25T18:00."),
        (["--dry-run", "--edition", "1999"], "There is no edition “1999”."),
    ],
)
def test_the_command_refuses_with_a_sentence(edition, args, words):
    with pytest.raises(CommandError, match=words.replace(".", r"\.")):
        remind(*args)
