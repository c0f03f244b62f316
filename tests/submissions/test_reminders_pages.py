"""The chairs' pages of reminders: the plan, a look at one letter, on and off, send now."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Message
from submissions.models import Paper, Reminder, ReminderRule
from submissions.services import reminders
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return factories.edition(closes=timezone.now() + timedelta(days=10))


@pytest.fixture
def rule(call):
    return ReminderRule.objects.create(
        edition=call,
        deadline=call.deadlines.get(slug="submission"),
        audience="incomplete",
        when=["-7d", "-2d"],
    )


@pytest.fixture
def ada():
    return factories.person("Ada Author")


@pytest.fixture
def chair(call):
    return factories.chair(call)


@pytest.fixture
def browser(chair):
    return factories.signed_in(chair)


def page(browser, call) -> str:
    answer = browser.get(reverse("chair_reminders", args=[call.slug]))
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


def test_without_rules_it_says_how_to_get_them(call, browser):
    assert "The call has no [[reminders]], so nothing is sent by itself." in page(browser, call)


def test_the_plan_shows_rules_recipients_as_of_now_and_what_was_sent(call, rule, ada, browser, chair):
    factories.paper(call, ada, file=None)
    before = page(browser, call)
    assert before.count("ada@example.org, #1") == 2
    assert "Paper submission, 7 days before" in before
    assert "Nothing yet." in before
    shown = reminders.find(edition=call, rule=rule, name="-7d", user=chair, now=timezone.now())
    assert reminders.send_now(actor=chair, rule=rule, name="-7d", expected=shown.stamp) == 1
    after = page(browser, call)
    coming, _, sent = after.partition("Sent Reminder")
    assert "Paper submission, 7 days before" not in coming
    assert "submission, 7 days before" in sent
    assert "ada@example.org, #1" in sent


def test_papers_behind_a_conflict_are_not_in_the_plan_its_letters_or_its_counts(
    call, rule, ada, chair, browser
):
    hidden = factories.paper(call, ada, title="Hidden one", file=None)
    hidden.declared_conflicts.create(role=call.roles.get(user=chair))
    factories.paper(call, factories.person("Bob Open"), file=None)
    shown = page(browser, call)
    assert "1 recipient " in shown
    assert "ada@" not in shown
    where = reverse("chair_reminder_preview", args=[call.slug, rule.pk, "-7d"])
    answer = browser.get(where, {"to": f"paper:{hidden.pk} ada@example.org"})
    assert b"Hidden one" not in answer.content
    assert "is not among the recipients any more" in answer.content.decode()


def test_a_letter_can_be_looked_at_for_a_chosen_recipient_without_sending(call, rule, ada, browser):
    factories.paper(call, ada, file=None)
    other = factories.paper(call, factories.person("Bob Second"), title="Bob's gradients", file=None)
    where = reverse("chair_reminder_preview", args=[call.slug, rule.pk, "-7d"])
    text = browser.get(where, {"to": f"paper:{other.pk} bob@example.org"}).content.decode()
    assert "Bob&#x27;s gradients" in text
    assert "Upload your paper as a PDF." in text
    assert not Message.objects.filter(kind="reminder_incomplete").exists()


def test_a_rule_is_switched_off_and_on(call, rule, ada, browser):
    factories.paper(call, ada, file=None)
    where = reverse("chair_reminder_switch", args=[call.slug, rule.pk])
    assert "The rule is off" in browser.post(where, {"active": "off"}, follow=True).content.decode()
    assert "Nothing, as things stand." in page(browser, call)
    assert "The rule is on" in browser.post(where, {"active": "on"}, follow=True).content.decode()
    assert "Paper submission, 2 days before" in page(browser, call)


def test_send_now_asks_first_and_a_second_click_sends_nothing_more(call, rule, ada, browser):
    factories.paper(call, ada, file=None)
    where = reverse("chair_reminder_send", args=[call.slug, rule.pk, "-7d"])
    form = BeautifulSoup(browser.get(where).content, "html.parser").main
    assert "Send 1 letter now" in form.get_text()
    data = {"expected": form.find("input", {"name": "expected"})["value"]}
    assert not Message.objects.filter(kind="reminder_incomplete").exists()
    assert "1 letter is in the mail queue" in browser.post(where, data, follow=True).content.decode()
    assert "Nothing of this is left to send" in browser.post(where, data, follow=True).content.decode()
    assert Message.objects.filter(kind="reminder_incomplete").count() == 1


def test_send_now_is_refused_when_the_recipients_have_changed(call, rule, ada, browser):
    factories.paper(call, ada, file=None)
    where = reverse("chair_reminder_send", args=[call.slug, rule.pk, "-7d"])
    form = BeautifulSoup(browser.get(where).content, "html.parser").main
    factories.paper(call, factories.person("Bob Late"), file=None)
    data = {"expected": form.find("input", {"name": "expected"})["value"]}
    assert "recipients have changed" in browser.post(where, data, follow=True).content.decode()
    assert not Message.objects.filter(kind="reminder_incomplete").exists()


def cost(browser, call) -> int:
    where = reverse("chair_reminders", args=[call.slug])
    browser.get(where)
    with CaptureQueriesContext(connection) as captured:
        browser.get(where)
    return len(captured)


def test_the_plan_costs_the_same_for_one_and_for_three_hundred_drafts(call, rule, ada, browser):
    first = factories.paper(call, ada, file=None)
    one = cost(browser, call)
    Paper.objects.bulk_create(
        Paper(edition=call, number=number, title=f"Draft {number}", submitter=ada) for number in range(2, 301)
    )
    assert "300 recipients" in page(browser, call)
    assert cost(browser, call) == one
    assert first.number == 1


def test_days_are_those_of_the_call_as_the_times_are() -> None:
    """With a call that ends AoE, the evening before is the next day for a server in UTC."""
    with time_machine.travel(datetime(2021, 1, 20, 12, tzinfo=UTC), tick=False):
        call = factories.edition(closes=datetime(2021, 2, 2, 11, 59, 59, tzinfo=UTC))
        ReminderRule.objects.create(
            edition=call, deadline=call.deadlines.get(slug="submission"), audience="incomplete", when=["-2d"]
        )
        factories.paper(call, factories.person("Ada Author"), file=None)
        text = page(factories.signed_in(factories.chair(call)), call)
    assert "Saturday 30 January 2021 Paper submission, 2 days before : 30 January 2021, 19:00 AoE" in text


def test_what_was_sent_is_named_in_words(call, chair, browser):
    for slug, occasion in (("submission", "-7d"), ("submission", "2021-01-05"), ("gone", "-2d")):
        Reminder.objects.create(
            edition=call,
            deadline_slug=slug,
            audience="chairs",
            about=f"edition:{call.pk}",
            address=chair.email,
            occasion=occasion,
            deadline_at="",
        )
    text = page(browser, call)
    for words in (
        "Paper submission, 7 days before",
        "Paper submission, digest of 5 January 2021",
        "gone, 2 days",
    ):
        assert words in text
