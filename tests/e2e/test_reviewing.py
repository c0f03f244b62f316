"""A reviewer in a real browser: the manuscript beside the form, saving while typing, two tabs, a preview, a phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from reviews.models import Review
from submissions.models import Deadline, Paper
from tests import factories
from tests.reviews import committee, reviewing

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SignIn = Callable[[Page, User], None]


@pytest.fixture
def paper() -> Paper:
    """A submitted paper with a real file, assigned to two reviewers."""
    call = factories.edition()
    found = factories.paper(call, factories.person("Ada Author"))
    Deadline.objects.filter(edition=call, kind="submission").update(at=timezone.now() - timedelta(days=1))
    for name in ("Rita Reviewer", "Otto Other"):
        reviewing.assigned(committee.member(call, name), found)
    return found


def reviewer(name: str = "Rita Reviewer") -> User:
    return User.objects.get(name=name)


def test_a_review_from_the_first_word_to_the_second_version(
    live_server: Any, browser_page: Page, sign_in: SignIn, paper: Paper
) -> None:
    page, url = browser_page, f"{live_server.url}/2021/member/reviews/1/"
    sign_in(page, reviewer())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    expect(page.locator(".pdf__thumb")).to_have_count(8)
    expect(page.locator(".pdf__canvas").first).to_be_visible()
    expect(page.locator(".textLayer span").first).to_be_attached()
    assert "Page 1 of 8" in page.locator(".pdf__where").inner_text()
    page.get_by_role("button", name="Page 5").click()
    expect(page.locator(".pdf__where")).to_have_text("Page 5 of 8")
    assert not [it for it in asked if not it.startswith((live_server.url, "blob:", "data:"))]

    summary = page.get_by_role("textbox", name="Summary")
    summary.fill("It sends *less*: $x_{i*} < \\tau$.")
    expect(page.locator("#review-state")).to_contain_text("a draft, only yours")
    assert Review.objects.get().answers == {"summary": "It sends *less*: $x_{i*} < \\tau$."}
    expect(page.get_by_text("6 words", exact=True)).to_be_visible()
    page.get_by_role("button", name="Preview: Summary").click()
    expect(page.locator(".text-preview em")).to_have_text("less")
    expect(page.locator(".text-preview math")).to_have_count(1)

    for label in ("Strengths", "Weaknesses", "Detailed comments"):
        page.get_by_role("textbox", name=label).fill("Words.")
    page.get_by_role("button", name="Submit the review").click()
    expect(page.locator(".error-summary")).to_contain_text("“Overall merit” is required.")
    for label in ("4 – Weak accept", "4 – Sound", "3 – Some new ideas", "3 – Within its scope"):
        page.get_by_label(label, exact=True).check()
    page.get_by_label("3 – Clear").check()
    page.get_by_label("I work on this").check()
    page.get_by_role("button", name="Submit the review").click()
    expect(page.get_by_text("is submitted. Thank you")).to_be_visible()

    page.get_by_label("5 – Accept", exact=True).check()
    expect(page.locator("#review-state")).to_contain_text("others read version 1")
    page.get_by_role("button", name="Submit the changes").click()
    expect(page.get_by_text("Version 2 of your review")).to_be_visible()
    page.get_by_role("link", name="Versions and changes").click()
    expect(page.locator("ins")).to_contain_text("5 – Accept")


def test_two_tabs_and_a_server_that_is_away(
    live_server: Any, browser_page: Page, sign_in: SignIn, paper: Paper
) -> None:
    url = f"{live_server.url}/2021/member/reviews/1/"
    sign_in(browser_page, reviewer())
    browser_page.goto(url)
    other = browser_page.context.new_page()
    other.goto(url)
    browser_page.get_by_role("textbox", name="Summary").fill("From the first tab")
    expect(browser_page.locator("#review-state")).to_contain_text("Saved")
    other.get_by_role("textbox", name="Summary").fill("From the second tab")
    expect(other.locator("#review-state")).to_contain_text("saved elsewhere")
    other.get_by_role("button", name="Save draft").click()
    expect(other.locator(".diff")).to_contain_text("From the first tab")
    expect(other.get_by_role("textbox", name="Summary")).to_have_value("From the second tab")
    other.get_by_role("button", name="Save draft").click()
    expect(other.get_by_text("Your draft is saved")).to_be_visible()
    assert Review.objects.get().answers == {"summary": "From the second tab"}

    other.context.set_offline(True)
    other.get_by_role("textbox", name="Summary").fill("Written on a train")
    expect(other.locator("#review-state")).to_contain_text("could not be reached")
    other.context.set_offline(False)
    other.get_by_role("textbox", name="Strengths").fill("And on")
    expect(other.locator("#review-state")).to_contain_text("Saved")
    expect(other.locator('input[name="revision"]')).to_have_value("4")
    assert Review.objects.get().answers == {"summary": "Written on a train", "strengths": "And on"}

    Session.objects.all().delete()
    other.get_by_role("textbox", name="Strengths").fill("After the session was over")
    expect(other.locator("#review-state")).to_contain_text("you are no longer signed in")
    sign_in(other, reviewer())
    other.context.add_cookies([{"name": "csrftoken", "value": "n" * 32, "url": live_server.url}])
    other.get_by_role("textbox", name="Strengths").fill("After signing in again")
    expect(other.locator("#review-state")).to_contain_text("Saved")

    other.get_by_role("textbox", name="Strengths").fill("Just before a click on a link")
    other.get_by_role("link", name="Versions and changes").click()
    expect(other.get_by_role("heading", name="Versions and changes")).to_be_visible()
    for _ in range(50):  # sent by the page that is gone: nothing in the browser tells of its answer
        if Review.objects.get().answers["strengths"].startswith("Just"):
            break
        other.wait_for_timeout(100)
    assert Review.objects.get().answers["strengths"] == "Just before a click on a link"


def test_others_are_marked_as_read_once_they_were_on_the_screen(
    live_server: Any, browser_page: Page, sign_in: SignIn, paper: Paper
) -> None:
    for row in paper.assignments.all():
        reviewing.submitted(row)
    sign_in(browser_page, reviewer())
    browser_page.goto(f"{live_server.url}/2021/member/reviews/1/")
    expect(browser_page.locator("#others .badge")).to_have_text("New")
    with browser_page.expect_response("**/read/") as answer:
        browser_page.locator("#others article").scroll_into_view_if_needed()
    assert answer.value.status == 204
    browser_page.reload()
    expect(browser_page.locator("#others .badge")).to_have_count(0)


def test_a_review_on_a_phone(live_server: Any, phone_page: Page, sign_in: SignIn, paper: Paper) -> None:
    sign_in(phone_page, reviewer())
    phone_page.goto(f"{live_server.url}/2021/member/")
    phone_page.get_by_role("link", name="Gradients on the Move").click()
    expect(phone_page.locator(".pdf__canvas")).to_have_count(0)  # a phone downloads nothing unasked
    phone_page.get_by_role("button", name="Show it here").click()
    expect(phone_page.locator(".pdf__canvas").first).to_be_visible()
    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 390
    phone_page.get_by_role("textbox", name="Summary").fill("From a phone")
    expect(phone_page.locator("#review-state")).to_contain_text("Saved")
    assert Review.objects.get().answers == {"summary": "From a phone"}


def test_a_review_without_javascript(
    live_server: Any, new_page: Callable[..., Page], sign_in: SignIn, paper: Paper
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, reviewer())
    page.goto(f"{live_server.url}/2021/member/reviews/1/")
    page.get_by_role("textbox", name="Summary").fill("It is *fine*.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview em")).to_have_text("fine")
    with page.expect_download() as download:
        page.get_by_role("link", name="Manuscript").click()
    assert download.value.suggested_filename == "scadl2021-paper1-v1.pdf"


def test_a_file_that_the_viewer_cannot_read_is_downloaded(
    live_server: Any, browser_page: Page, sign_in: SignIn, paper: Paper
) -> None:
    browser_page.route(
        "**/manuscript/",
        lambda route: route.fulfill(body=b"%PDF-1.7 nothing", content_type="application/pdf"),
    )
    sign_in(browser_page, reviewer())
    browser_page.goto(f"{live_server.url}/2021/member/reviews/1/")
    expect(browser_page.locator("[data-pdf-state]")).to_contain_text("cannot be shown here. Download it")
    expect(browser_page.get_by_role("link", name="scadl2021-paper1-v1.pdf")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("pagetree_bomb", True),
        ("js_openaction", True),
        ("uri_openaction", True),
        ("acroform", True),
        ("pagetree_cycle", False),
        ("zero", False),
    ],
)
def test_a_hostile_file_does_nothing_beside_the_form(
    live_server: Any, browser_page: Page, sign_in: SignIn, paper: Paper, name: str, shown: bool
) -> None:
    data = (factories.PDFS / "hostile" / f"{name}.pdf").read_bytes()
    browser_page.route(
        "**/manuscript/", lambda route: route.fulfill(body=data, content_type="application/pdf")
    )
    happened: list[str] = []
    browser_page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    browser_page.on("popup", lambda popup: happened.append(popup.url))
    browser_page.on(
        "request",
        lambda it: None if it.url.startswith((live_server.url, "blob:")) else happened.append(it.url),
    )
    sign_in(browser_page, reviewer())
    browser_page.goto(f"{live_server.url}/2021/member/reviews/1/")
    if shown:
        expect(browser_page.locator(".pdf__canvas").first).to_be_visible()
        assert browser_page.locator(".pdf__thumb").count() <= 8, (
            "no more than the check of the upload counted"
        )
    else:
        expect(browser_page.locator("[data-pdf-state]")).to_contain_text("cannot be shown here")
    browser_page.get_by_role("textbox", name="Summary").fill("The form goes on.")
    expect(browser_page.locator("#review-state")).to_contain_text("Saved")
    assert happened == []
