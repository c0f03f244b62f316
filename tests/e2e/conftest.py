"""A real browser against a real server. A page that logs an error or breaks the content security policy fails its test.

def test_something(live_server, browser_page):      # 1280 px; `phone_page` is 390 px wide with touch
    browser_page.goto(live_server.url)
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from accounts.models import User
from tests.plugins.services import chromium_arguments, find_browser

# Playwright's synchronous interface runs an event loop of its own, in which Django would refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
#: What a page needs besides itself: none of these may be missing.
PARTS = {"script", "stylesheet", "image", "font"}
SECONDS = 10
#: How the browser and htmx report an answer that is an error, or does not come.
NO_ANSWER = ("Failed to load resource", "htmx: htmx:error: Failed to fetch")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run. Playwright can be started only once in a process: tests share this one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=chromium_arguments())
        yield browser
        browser.close()


def watch(page: Page, trouble: list[str]) -> None:
    """Collect what went wrong on `page`: script errors, policy violations, missing parts, errors of the server."""

    def on_console(message: ConsoleMessage) -> None:
        # A page answered with an error status, or not at all, is logged as well; whether that was meant, the test knows.
        if message.type == "error" and not message.text.startswith(NO_ANSWER):
            trouble.append(message.text)

    def on_response(response: Response) -> None:
        missing = response.status >= 400 and response.request.resource_type in PARTS
        if missing or response.status >= 500:
            trouble.append(f"{response.status} {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("response", on_response)


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages of separate browsers: `new_page(viewport=…, color_scheme="dark", java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def make(**options: Any) -> Page:
        context = chromium.new_context(**{**WIDE, "locale": "en-GB", "reduced_motion": "reduce", **options})
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        context.on("page", lambda page: watch(page, trouble))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert trouble == [], "The browser reported errors."


@pytest.fixture
def browser_page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def phone_page(new_page: Callable[..., Page]) -> Page:
    return new_page(**PHONE)


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Page, User], None]:
    """`sign_in(page, user)`: for tests that are not about signing in."""

    def do(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return do
