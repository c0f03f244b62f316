"""The decision room by keyboard, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.reviews.deciding import room

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_table_and_the_meeting_go_by_keys(
    live_server: LiveServer, browser_page: Page, sign_in: Callable[[Page, User], None], data_dir: object
) -> None:
    here, page = room(3), browser_page
    sign_in(page, here.chair)
    page.goto(live_server.url + here.url("chair_decisions"))
    search, link = (
        page.get_by_role("textbox", name="Search"),
        lambda number: page.get_by_role("link", name=f"#{number} "),
    )
    search.press_sequentially("jx")
    expect(search).to_have_value("jx")
    page.get_by_label("Choose #1").focus()
    page.keyboard.press("j")
    expect(link(2)).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")  # there is no fourth
    expect(link(3)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("x")
    chosen = [page.get_by_label(f"Choose #{number}").is_checked() for number in (1, 2, 3)]
    assert chosen == [True, True, False]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("#1")

    page.goto(live_server.url + here.url("chair_meeting"))
    page.get_by_role("button", name="Begin").click()
    for key, number in (("", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowRight", 3), ("ArrowLeft", 2)):
        if key:
            page.wait_for_load_state()  # the keys are a script's
            page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"#{number}")
