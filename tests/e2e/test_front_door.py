"""The way in, as a stranger's browser sees it."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.e2e]


def test_the_first_page_opens_without_an_error(live_server: Any, browser_page: Page) -> None:
    answer = browser_page.goto(live_server.url)
    assert answer is not None
    assert answer.status == 200
    assert browser_page.locator("h1").count() == 1


def test_a_page_that_is_not_there_has_words_and_a_way_back(live_server: Any, phone_page: Page) -> None:
    answer = phone_page.goto(f"{live_server.url}/no/such/page/")
    assert answer is not None
    assert answer.status == 404
    assert phone_page.get_by_role("heading", level=1).inner_text() == "Page not found"
    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 390
