"""Bidding in a real browser: by keys, by clicks, without scripts, and what a second window is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from reviews.models import Bid, Conflict, Member
from submissions.models import Edition, Paper
from tests.reviews import committee

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SignIn = Callable[[Page, User], None]


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def mona(call: Edition) -> Member:
    committee.papers(call, 4)
    return committee.member(call)


def bids() -> dict[int, int]:
    return dict(Bid.objects.values_list("paper__number", "level"))


def test_by_keys(live_server: Any, browser_page: Page, sign_in: SignIn, mona: Member) -> None:
    page = browser_page
    sign_in(page, mona.user)
    page.goto(f"{live_server.url}/2021/member/bids/")
    said = page.get_by_role("status").first
    page.keyboard.press("j")
    expect(page.locator("#paper-1")).to_be_focused()
    page.keyboard.press("1")
    expect(said).to_contain_text("Saved. #1: eager.")
    expect(said).to_contain_text("You bid on 1 of 4 papers")
    eager = page.get_by_role("group", name="Your bid on #1").get_by_role("button", name="Eager")
    expect(eager).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("j")
    expect(page.locator("#paper-2")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_text("What paper 2 is about.")).to_be_visible()
    page.keyboard.press("4")
    expect(said).to_contain_text("#2: not willing")
    # The text that was opened stays open, and the keys go on at the same paper.
    expect(page.get_by_text("What paper 2 is about.")).to_be_visible()
    page.keyboard.press("2")
    expect(said).to_contain_text("#2: willing")
    page.keyboard.press("j")
    page.keyboard.press("3")
    expect(said).to_contain_text("#3: in a pinch")
    page.keyboard.press("0")
    expect(said).to_contain_text("#3: no bid")
    page.keyboard.press("k")
    expect(page.locator("#paper-2")).to_be_focused()
    assert bids() == {1: 3, 2: 2}
    # A conflict asks why; what is typed there is text, not keys.
    page.keyboard.press("j")
    page.keyboard.press("5")
    reason = page.get_by_label("Why you must not review #3")
    expect(reason).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say in a few words why")).to_be_visible()
    reason.fill("")
    page.keyboard.type("jk 1234")
    page.keyboard.press("Enter")
    expect(page.locator("#bid-3")).to_contain_text("You declared a conflict with #3")
    assert Conflict.objects.get().paper.number == 3
    assert bids() == {1: 3, 2: 2}


def test_the_keys_are_shown_and_can_be_switched_off(
    live_server: Any, browser_page: Page, sign_in: SignIn, mona: Member
) -> None:
    page = browser_page
    sign_in(page, mona.user)
    page.goto(f"{live_server.url}/2021/member/bids/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("1")  # not while they are shown
    dialog.get_by_label("Use these keys on this device").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.locator("#paper-1")).not_to_be_focused()
    page.get_by_role("button", name="Keys").click()
    dialog.get_by_label("Use these keys on this device").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.get_by_role("status").first).to_contain_text("#1: eager")
    assert bids() == {1: 3}


def test_without_scripts(
    live_server: Any, new_page: Callable[..., Page], sign_in: SignIn, mona: Member
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, mona.user)
    page.goto(f"{live_server.url}/2021/member/bids/?sort=number")
    page.get_by_role("group", name="Your bid on #4").get_by_role("button", name="Willing", exact=True).click()
    expect(page.get_by_text("Saved. #4: willing.")).to_be_visible()
    assert page.url.endswith("/2021/member/bids/?sort=number#paper-4")
    page.get_by_role("button", name="Clear your bid on #4").click()
    expect(page.get_by_text("Saved. #4: no bid.")).to_be_visible()
    page.locator("#paper-2 summary", has_text="Conflict of interest").click()
    page.get_by_label("Why you must not review #2").fill("We share an office.")
    page.locator("#paper-2").get_by_role("button", name="Declare the conflict").click()
    expect(page.get_by_text("You declared a conflict with #2")).to_be_visible()
    expect(page.locator("#paper-2")).to_have_count(0)


def test_a_paper_that_left_meanwhile_and_a_date_that_passed(
    live_server: Any, browser_page: Page, sign_in: SignIn, mona: Member, call: Edition
) -> None:
    page = browser_page
    sign_in(page, mona.user)
    page.goto(f"{live_server.url}/2021/member/bids/")
    Paper.objects.filter(number=1).update(state="withdrawn")
    eager = {"name": "Eager"}
    page.get_by_role("group", name="Your bid on #1").get_by_role("button", **eager).click()
    expect(page.locator("#bid-1")).to_contain_text("There is no paper #1 in your list (any more)")
    committee.factories.deadline(call, "bids", call.deadlines.get(kind="submission").at)
    page.get_by_role("group", name="Your bid on #2").get_by_role("button", **eager).click()
    expect(page.locator("#bid-2")).to_contain_text("The time for bids is over, so nothing was saved")
    session = settings.SESSION_COOKIE_NAME
    page.context.clear_cookies(name=session)
    page.get_by_role("group", name="Your bid on #3").get_by_role("button", **eager).click()
    expect(page.locator("#bid-3")).to_contain_text("You are no longer signed in: reload the page.")
    page.context.clear_cookies()  # with the key of the form: the answer is a page, and no page stands in another
    page.get_by_role("group", name="Your bid on #4").get_by_role("button", **eager).click()
    expect(page.locator("#bid-4")).to_contain_text("Not saved. Reload the page and try again.")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.context.set_offline(True)
    page.get_by_role("group", name="Your bid on #4").get_by_role("button", name="Willing", exact=True).click()
    expect(page.locator("#bid-4 [data-not-saved]")).to_have_count(1)
    assert bids() == {}
