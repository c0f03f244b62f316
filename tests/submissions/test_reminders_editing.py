"""Chairs edit the rules of the reminders in the browser: the same checks as for the call file, and nothing lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from submissions.domain.call_schema import parse
from submissions.models import Edition, Reminder, ReminderRule
from submissions.services import call as service
from submissions.services import call_rows, reminders
from submissions.services.errors import NotAllowed, Stale
from tests import factories

pytestmark = pytest.mark.django_db

PAGE, PLAN = "/2021/chair/reminders/rules/", "/2021/chair/reminders/"


@pytest.fixture
def call() -> Edition:
    made = factories.edition(closes=timezone.now() + timedelta(days=20))
    ReminderRule.objects.create(
        edition=made,
        deadline=made.deadlines.get(slug="submission"),
        audience="incomplete",
        when=["-7d", "-2d"],
    )
    return made


@pytest.fixture
def browser(call: Edition) -> Client:
    return factories.signed_in(factories.chair(call))


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def form(browser: Client, *rows: dict[str, str]) -> dict[str, Any]:
    """What a browser sends for these rows, with the mark of the page."""
    page = soup(browser.get(PAGE))
    data: dict[str, Any] = {"expected": page.select_one("[name=expected]")["value"]}
    data["rows-TOTAL_FORMS"] = len(rows)
    for index, row in enumerate(rows):
        whole = {"slug": "new", "active": "on"} | row
        data |= {f"rows-{index}-{name}": value for name, value in whole.items()}
    return data


def rule(**changes: str) -> dict[str, str]:
    return {"deadline": "submission", "audience": "incomplete", "when": "-7d, -2d"} | changes


def said(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(soup(answer).select_one('[role="alert"]').get_text(" ").split())


def test_the_page_shows_the_rules_and_saving_them_as_they_are_changes_nothing(
    call: Edition, browser: Client
) -> None:
    page = soup(browser.get(PAGE))
    assert page.select_one("[name=rows-0-when]")["value"] == "-7d, -2d"
    assert page.select_one("[name=rows-0-audience] option[selected]")["value"] == "incomplete"
    answer = browser.post(PAGE, form(browser, rule()), follow=True)
    assert answer.redirect_chain == [(PLAN, 302)]
    assert "Nothing was different" in answer.content.decode()
    assert not AuditEntry.objects.exists()


def test_times_are_changed_rules_added_and_the_call_file_says_so(call: Edition, browser: Client) -> None:
    data = form(
        browser,
        rule(when="-10d; -2d \u22126h", text="Mind the style."),
        rule(audience="chairs", when="daily"),
    )
    answer = browser.post(PAGE, data, follow=True)
    page = " ".join(soup(answer).main.get_text(" ").split())
    assert "Saved." in answer.content.decode()
    assert "10 days before, 2 days before, 6 hours before" in page
    assert "each morning" in page
    said_by_file = parse(
        browser.get("/2021/chair/call/call.toml").content.decode(), countries=call_rows.country_names()
    )
    assert said_by_file.reminders == call_rows.read(call).reminders
    first = said_by_file.reminders[0]
    assert (first.when, first.text) == (("-10d", "-2d", "-6h"), "Mind the style.")
    entry = AuditEntry.objects.get(verb="call.reminders_edited")
    assert entry.actor is not None
    assert entry.edition == "2021"
    assert "edited the rules of the reminders" in browser.get("/2021/chair/call/").content.decode()


def test_a_removed_rule_is_gone_and_what_it_sent_stays(call: Edition, browser: Client) -> None:
    Reminder.objects.create(
        edition=call, deadline_slug="submission", audience="incomplete", about="paper:1", address="a@b.example",
        occasion="-7d", deadline_at="2021-01-01T00:00:00Z",
    )  # fmt: skip
    browser.post(PAGE, form(browser))
    assert not ReminderRule.objects.exists()
    assert Reminder.objects.count() == 1
    assert "nothing is sent by itself" in browser.get(PLAN).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"when": ""}, "Say when, like -7d, -2d, or remove this rule."),
        ({"when": " , ;"}, "Say when, like -7d, -2d, or remove this rule."),
        ({"when": "7d"}, "“7d” is not a time before or after a deadline: write it like -7d, -6h or +1d."),
        ({"when": "+1d"}, "“+1d” is after the date, when nothing is left to do"),
        ({"when": "daily"}, "“daily” is for digests"),
        ({"when": "-400d"}, "“-400d” is more than a year away from the deadline"),
        ({"when": "-1d " * 60}, "at most 200 are possible"),
        ({"when": "-7d", "text": "x" * 1_000_000}, "at most 2000"),
        ({"audience": "chairs", "when": "-7d"}, "“-7d” does not fit “chairs”"),
        ({"audience": ""}, "Choose whom the rule reminds."),
        ({"deadline": ""}, "Choose a date of the call."),
        ({"audience": "everybody"}, "“everybody” is not somebody whom rules can remind"),
        ({"deadline": "event"}, "“event” is not a date of the call that has anybody to remind"),
        ({"when": "-7d\0"}, "contains an invisible character"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_beside_the_row_and_nothing_is_saved(
    call: Edition, browser: Client, changes: dict[str, str], sentence: str
) -> None:
    factories.deadline(call, "event", timezone.now() + timedelta(days=90))
    answer = browser.post(PAGE, form(browser, rule(), rule(**changes)))
    assert sentence in said(answer)
    assert ReminderRule.objects.get().when == ["-7d", "-2d"]


def test_two_rules_for_the_same_people_and_a_second_digest_are_refused(
    call: Edition, browser: Client
) -> None:
    assert "Nothing was saved" in said(browser.post(PAGE, form(browser, rule(), rule(when="-3d"))))
    factories.deadline(call, "submission", timezone.now() + timedelta(days=30), category="short")
    digests = [
        rule(audience="chairs", when="daily", deadline=it) for it in ("submission", "submission-short")
    ]
    assert "has a digest already" in said(browser.post(PAGE, form(browser, *digests)))
    assert ReminderRule.objects.get().when == ["-7d", "-2d"]


def test_a_save_from_an_old_page_is_refused_and_what_was_typed_is_kept(
    call: Edition, browser: Client
) -> None:
    old = form(browser, rule(when="-9d"))
    browser.post(PAGE, form(browser, rule(when="-5d")))
    answer = browser.post(PAGE, old)
    assert "in another tab, changed this" in said(answer)
    assert soup(answer).select_one("[name=rows-0-when]")["value"] == "-9d"
    assert ReminderRule.objects.get().when == ["-5d"]


def test_rows_can_be_added_without_javascript(call: Edition, browser: Client) -> None:
    data = form(browser, rule(when="-9d")) | {"row": "add"}
    page = soup(browser.post(PAGE, data))
    assert page.select_one("[name=rows-0-when]")["value"] == "-9d"
    assert page.select_one("[name=rows-1-slug]")["value"] == "new"
    assert ReminderRule.objects.get().when == ["-7d", "-2d"]


def test_a_rule_added_and_not_filled_in_is_not_forgotten_in_silence(call: Edition, browser: Client) -> None:
    answer = browser.post(
        PAGE, form(browser, rule(), {"deadline": "submission", "audience": "chairs", "when": ""})
    )
    assert "Rule 2, When: Say when" in said(answer)


def test_only_chairs_edit_rules_and_not_from_another_state(call: Edition) -> None:
    rules = call_rows.read(call).reminders
    with pytest.raises(NotAllowed):
        service.edit_reminders(actor=factories.person("Mia"), edition=call, expected="x", reminders=rules)
    with pytest.raises(Stale):
        service.edit_reminders(actor=factories.chair(call), edition=call, expected="x", reminders=rules)


def test_a_new_time_that_has_passed_is_not_made_up_for() -> None:
    """Who adds "10 days before" with eight to go does not mean: write to everybody at once."""
    with time_machine.travel(datetime(2021, 1, 10, 12, tzinfo=UTC), tick=False) as clock:
        call = factories.edition(closes=datetime(2021, 2, 2, 12, tzinfo=UTC))
        deadline = call.deadlines.get(slug="submission")
        ReminderRule.objects.create(edition=call, deadline=deadline, audience="incomplete", when=["-2d"])
        factories.paper(call, factories.person("Ada"), file=None)
        browser = factories.signed_in(factories.chair(call))
        clock.move_to(datetime(2021, 1, 25, 22, tzinfo=UTC))
        browser.force_login(factories.chair(call, "Carl Chair"))
        browser.post(PAGE, form(browser, rule(when="-10d, -2d")))
        assert ReminderRule.objects.get().when == ["-10d", "-2d"]
        assert reminders.send_due() == 0
        clock.move_to(datetime(2021, 1, 31, 22, tzinfo=UTC))
        assert reminders.send_due() == 1


def test_the_page_costs_the_same_for_one_rule_and_for_three(call: Edition, browser: Client) -> None:
    counts = []
    for _ in range(2):
        browser.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(PAGE).status_code == 200
        counts.append(len(queries))
        for category in ("short", "regular"):
            date = (
                factories.deadline(call, "submission", timezone.now(), category=category)
                if len(counts) == 1
                else None
            )
            if date:
                ReminderRule.objects.create(edition=call, deadline=date, audience="incomplete", when=["-7d"])
    assert counts[0] == counts[1]
    call_command("remind", "--dry-run")
