"""The mail pages in a real browser: nothing the content policy blocks, nothing axe finds, no sideways scrolling."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts import outbox
from accounts.models import Message, User
from submissions.models import ReminderRule
from submissions.models.letter_text import LetterText
from submissions.services import mail
from tests import factories

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def looked_at(page: Page, name: str) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, [(it["id"], [node["html"] for node in it["nodes"]]) for it in found]
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"mail-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("wide", [True, False], ids=["wide", "phone"])
def test_a_chairs_way_through_the_mail(
    live_server: Any, browser_page: Page, phone_page: Page, sign_in: Callable[[Page, User], None], wide: bool
) -> None:
    page = browser_page if wide else phone_page
    call = factories.edition()
    chair = factories.chair(call)
    ada = factories.person("Ada Lovelace")
    factories.paper(call, ada)
    factories.paper(call, ada, factories.author_data(ada), file=None, title="A draft")
    outbox.deliver_due()
    failed = outbox.post(
        key="f", kind="waiver", to="away@example.org", subject="Waived", text="x", edition=call.slug
    )
    Message.objects.filter(pk=failed.pk).update(state="failed", error="SMTPDataError: (554, b'no')")
    sign_in(page, chair)
    page.goto(f"{live_server.url}/2021/chair/papers/")
    page.get_by_role("link", name="1 message", exact=True).click()
    page.get_by_role("link", name="Waived").wait_for()
    mail.hold(actor=chair, edition=call)
    page.goto(f"{live_server.url}/2021/chair/mail/")
    looked_at(page, "list")
    page.get_by_role("button", name="Release the mail").click()
    page.get_by_role("link", name="[ScaDL 2021] Paper #1 is submitted").click()
    looked_at(page, "message")

    page.goto(f"{live_server.url}/2021/chair/mail/letters/")
    looked_at(page, "letters")
    page.get_by_role("link", name="Receipt: the paper is submitted").click()
    page.get_by_label("Text", exact=True).fill("Dear {nobody},\n\n{facts}")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("“{nobody}” is not a placeholder of this letter.").first.wait_for()
    looked_at(page, "letter-error")
    page.get_by_label("Text", exact=True).fill("Dear {name},\n\n{facts}")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("Dear Ada Lovelace,").first.wait_for()
    looked_at(page, "letter")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This edition has its own text.").wait_for()

    page.goto(f"{live_server.url}/2021/chair/mail/write/")
    page.get_by_label("Contacts of drafts with something missing").check()
    page.get_by_role("button", name="Show recipients and preview").click()
    page.get_by_role("heading", name="1 recipient").wait_for()
    looked_at(page, "write")
    page.get_by_role("button", name="Send to 1 person").click()
    page.get_by_text("One message leaves in ten minutes").wait_for()
    looked_at(page, "batch")
    page.get_by_role("button", name="Call it off").click()
    page.get_by_text("One message was called off").wait_for()


@pytest.mark.parametrize("wide", [True, False], ids=["wide", "phone"])
def test_a_readers_settings(
    live_server: Any, browser_page: Page, phone_page: Page, sign_in: Callable[[Page, User], None], wide: bool
) -> None:
    page = browser_page if wide else phone_page
    sign_in(page, factories.person("Ada Lovelace"))
    page.goto(f"{live_server.url}/account/mail/")
    looked_at(page, "settings")
    page.get_by_label("Announcements from the chairs").uncheck()
    page.get_by_label("One mail a day").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your mail settings are saved.").wait_for()


def test_the_preview_follows_the_typing_and_saves_nothing(
    live_server: Any, browser_page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    call = factories.edition()
    factories.paper(call, factories.person("Ada Lovelace"))
    sign_in(browser_page, factories.chair(call))
    browser_page.goto(f"{live_server.url}/2021/chair/mail/letters/receipt/")
    text = browser_page.get_by_label("Text", exact=True)
    preview = browser_page.locator("#letter-preview")
    text.fill("Hail {name}!")
    expect(preview).to_contain_text("Hail Ada Lovelace!")
    text.fill("Hail {nobody}!")
    expect(preview).to_contain_text("“{nobody}” is not a placeholder of this letter.")
    expect(text).to_have_value("Hail {nobody}!")
    assert not LetterText.objects.exists()


def test_the_rules_of_reminders_are_edited_and_every_button_says_its_row(
    live_server: Any, browser_page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    call = factories.edition()
    ReminderRule.objects.create(
        edition=call, deadline=call.deadlines.get(slug="submission"), audience="incomplete", when=["-7d"]
    )
    sign_in(browser_page, factories.chair(call))
    browser_page.goto(f"{live_server.url}/2021/chair/reminders/")
    browser_page.get_by_role("link", name="Edit the rules").click()
    browser_page.get_by_role("button", name="Add a rule").click()
    second = browser_page.locator("[data-row]").nth(1)
    second.get_by_label("Date").select_option("submission")
    second.get_by_label("Who").select_option("chairs")
    second.get_by_label("When").fill("daily")
    looked_at(browser_page, "rules")
    browser_page.get_by_role("button", name="Move rule 2 up").click()
    first = browser_page.locator("[data-row]").nth(0)
    expect(first.get_by_label("When")).to_have_value("daily")
    expect(first.get_by_role("button", name="Move rule 1 down")).to_be_focused()
    browser_page.get_by_role("button", name="Remove rule 2").click()
    browser_page.get_by_role("button", name="Save", exact=True).click()
    expect(browser_page.get_by_text("Saved. The plan below")).to_be_visible()
    assert [(it.audience, it.when) for it in ReminderRule.objects.all()] == [("chairs", ["daily"])]
