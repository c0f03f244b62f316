"""Two clocks run by mistake, with three workers: everything is announced exactly once."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Message
from submissions.models import Reminder, ReminderRule
from tests import factories
from tests.worker.conftest import Site, wait
from tests.worker.tasks import READERS

pytestmark = [pytest.mark.services]


def test_two_clocks_and_three_workers_announce_once(site: Site) -> None:
    site.environment["ANNOUNCE"] = "true"
    workers = site.workers(3)
    clocks = [site.beat(), site.beat()]
    wait("two clocks", lambda: all("announce" in site.log(clock) for clock in clocks), 40)
    time.sleep(8)
    for clock in clocks:
        site.kill(clock)
    wait(
        "the rest",
        lambda: (
            not Message.objects.filter(state__in=["queued", "sending"]).exists() and site.is_idle(workers)
        ),
        30,
    )
    runs = [site.log(worker).count("announce") // 2 for worker in workers]  # received and succeeded
    seconds = {key.split(":")[1] for key in Message.objects.values_list("key", flat=True)}
    assert sum(runs) > len(seconds), "several asked for the same second"
    assert sum(run > 0 for run in runs) >= 2, "and several workers answered"
    assert Message.objects.count() == len(seconds) * READERS
    assert len(site.sink.ids()) == len(set(site.sink.ids())) == Message.objects.count()


def test_two_clocks_and_three_workers_send_each_reminder_once(site: Site) -> None:
    """The site's own reminders: forty drafts whose “6 hours before” comes while all of them are awake."""
    due = timezone.now().replace(microsecond=0) + timedelta(seconds=30)
    call = factories.edition(closes=due + timedelta(hours=6))
    for number in range(40):
        author = factories.person(f"Author {number}", f"author{number}@example.org")
        factories.paper(call, author, file=None)
    ReminderRule.objects.create(
        edition=call,
        deadline=call.deadlines.get(slug="submission"),
        audience="incomplete",
        when=["-6h"],
        active_since=timezone.now() - timedelta(days=1),
    )
    workers = site.workers(3)
    clocks = [site.beat(), site.beat()]
    wait("the reminders", lambda: Message.objects.filter(state="sent").count() >= 40, 90)
    time.sleep(4)  # time enough for a second round to do what it must not
    for clock in clocks:
        site.kill(clock)
    assert all("send-due-reminders" in site.log(clock) for clock in clocks)
    assert sum("send_due_reminders" in site.log(worker) for worker in workers) >= 2
    assert Reminder.objects.count() == Message.objects.count() == 40
    assert len(site.sink.ids()) == len(set(site.sink.ids())) == 40
