"""Every component in a real browser, under the site's content security policy, without a database."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django import forms
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'"
)


class Sample(forms.Form):
    title = forms.CharField(help_text="As it should be printed.")
    abstract = forms.CharField(widget=forms.Textarea(attrs={"data-maxlength": 250, "data-unit": "words"}))
    category = forms.ChoiceField(
        choices=[("r", "Regular paper"), ("s", "Short paper")],
        widget=forms.RadioSelect(attrs={"class": "choices--cards"}),
    )
    topics = forms.MultipleChoiceField(
        choices=[("a", "Federated learning"), ("b", "Compression")], widget=forms.CheckboxSelectMultiple
    )
    manuscript = forms.FileField(widget=forms.FileInput(attrs={"data-max-bytes": 1024}))
    agree = forms.BooleanField(label="One of the authors will present the paper.")


class Person:
    is_authenticated = True
    name = "Mariana Vallejo-Söderström"
    email = "mariana.vallejo@example.org"


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, html: bytes, **kwargs: Any) -> None:
        self.html = html
        super().__init__(*args, directory=str(ROOT), **kwargs)

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.html)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    html = render_to_string(
        "styleguide.html",
        {
            "user": Person(),
            "nav_items": [
                {"label": word, "url": "/", "current": word == "Call"}
                for word in ("Call", "Committee", "Chair")
            ],
            "contact_email": "chairs@example.org",
            "page_obj": Paginator(range(312), 50).page(2),
            "form": Sample(prefix="new"),
            "bound": Sample({"title": ""}),
        },
        request=RequestFactory().get("/styleguide/"),
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, html=html.encode()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def opened(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    page = browser.new_context(**options).new_page()
    trouble: list[str] = []
    page.on(
        "console",
        lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address, wait_until="networkidle")
    return page, trouble


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_fits_is_readable_and_breaks_no_policy(
    chromium: Browser, address: str, width: int, scheme: Any
) -> None:
    page, trouble = opened(
        chromium,
        address,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
    # axe adds a script of its own, which the policy would refuse.
    page, _ = opened(
        chromium, address, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    page.context.close()


def test_controls_are_big_enough_for_a_finger(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, address, viewport={"width": 390, "height": 900})
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, textarea, summary, a.btn, .site-nav a, input')]
          .filter((e) => !['checkbox', 'radio', 'hidden'].includes(e.type) && e.getClientRects().length)
          .filter((e) => e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44)
          .map((e) => e.outerHTML.slice(0, 100))"""
    )
    assert small == []
    page.context.close()


def test_what_the_modules_add(chromium: Browser, address: str) -> None:
    page, trouble = opened(chromium, address, timezone_id="Europe/Rome", locale="en-GB")

    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert (
        "(Tue, 2 Feb 2021, 12:59 CET in your time zone)" in page.locator(".timeline .local-time").inner_text()
    )
    assert page.locator(".countdown").inner_text().endswith("left")
    assert page.locator("#d_abstract ~ .counter").inner_text() == "3 words too many (15 of 12 words)"

    math = page.locator("p[data-math]")
    assert math.locator("math").count() == 3
    assert "for $5 and $10 a node. Broken $\\frac{1$ stays as written." in math.inner_text()

    page.locator("#d_file").set_input_files(
        {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}
    )
    assert page.locator("#d_file ~ .dropzone__note").inner_text() == "Chosen: x.pdf (2 kB)"
    page.locator("#id_new-manuscript").set_input_files(
        {"name": "y.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}
    )
    assert "y.pdf is bigger than" in page.locator("#id_new-manuscript ~ .dropzone__note").inner_text()

    menu = page.locator(".user-menu details")
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert trouble == []
    page.context.close()


def test_rows_are_added_moved_and_removed_by_keyboard(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, address)
    rows = page.locator("[data-rows-list] > [data-row]")
    page.fill("#demo-0-name", "Ada")
    page.fill("#demo-1-name", "Grace")
    rows.nth(1).locator("[data-row-up]").focus()
    page.keyboard.press("Enter")
    assert [rows.nth(n).locator("input").first.input_value() for n in range(2)] == ["Grace", "Ada"]
    assert page.locator("[name=demo-1-ORDER]").input_value() == "1"
    assert (
        page.evaluate("document.activeElement.closest('[data-row]').querySelector('input').value") == "Grace"
    )

    page.locator("[data-row-add]").focus()
    page.keyboard.press("Enter")
    assert page.locator("[name=demo-TOTAL_FORMS]").input_value() == "3"
    assert page.evaluate("document.activeElement.id") == "demo-2-name"

    rows.first.locator("[data-row-remove]").focus()
    page.keyboard.press("Enter")
    assert rows.first.is_hidden()
    assert page.locator("[name=demo-1-DELETE]").input_value() == "on"
    assert page.locator("[data-row-title]").nth(1).inner_text() == "Author 1"
    page.context.close()


def test_without_javascript_everything_is_there(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, address, java_script_enabled=False)
    assert "1 February 2021, 23:59 AoE" in page.locator(".timeline").inner_text()
    page.locator(".user-menu summary").click()
    assert page.get_by_role("button", name="Sign out").count() == page.locator("form[action*=logout]").count()
    assert page.locator(".dropdown__panel").first.is_visible()
    page.context.close()


def test_on_paper_it_is_dark_on_white_and_without_controls(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, address, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator(".site-header").is_visible()
    assert page.locator(".btn:visible").count() == 0
    page.context.close()
