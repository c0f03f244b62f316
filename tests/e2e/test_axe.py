"""axe finds nothing on any page: every main page as the person it is for, wide and light, then narrow and dark.

One world and one browser for many pages, because making them costs more than looking. Add a page by adding its path.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import F
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from reviews.models import Assignment, CommitteeSettings, Decision, Guest, Member, Release, Review
from scadl import views
from submissions import demo
from submissions.models import Deadline, Edition, Paper
from tests.factories import PDFS

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NOBODY = ""
PAGES: dict[str, list[str]] = {
    NOBODY: [
        "/",
        "/demo/",
        "/account/login/",
        "/account/signup/",
        "/account/password/reset/",
        "/no/such/page/",
        "/mailbox/",
    ],
    "author@example.org": [
        "/account/",
        "/account/profile/",
        "/account/email/",
        "/account/password/change/",
        "/account/2fa/",
        "/account/2fa/totp/activate/",
        "/account/sessions/",
        "/account/data/",
        "/account/delete/",
        "/account/papers/",
        "/demo/papers/new/",
        "/demo/papers/1/",
        "/demo/papers/1/edit/",
        "/demo/papers/1/history/",
        "/demo/papers/1/withdraw/",
        "/demo/papers/2/",
        "/2021/papers/new/",
        "/demo-past/papers/1/decision/",
        "/demo-past/papers/1/response/",
    ],
    "reviewer@example.org": [
        "/account/papers/",
        "/demo/member/",
        "/demo/member/profile/",
        "/demo/member/papers/",
        "/demo/member/bids/",
        "/demo/discussion/",
        "/demo/discussion/1/",
        "/demo/member/reviews/3/more-time/",
        "/demo/member/reviews/3/guest/",
        "/demo/member/conflicts/?q=a",
        "/demo/member/reviews/",
        "/demo/member/reviews/upload/",
        "/demo/member/reviews/1/",
        "/demo/member/reviews/1/?preview=1",
        "/demo/member/reviews/1/versions/",
    ],
    "other@example.org": ["/demo/papers/5/", "/demo/papers/6/", "/demo-past/papers/2/decision/"],
    "chair@example.org": [
        "/demo/",
        "/demo/chair/papers/",
        "/demo/chair/papers/?q=nothing+like+it",
        "/demo/chair/decisions/?scores=all",
        "/demo/chair/decisions/?q=topic:fed+(mean:merit>3",
        "/demo/chair/decisions/7/",
        "/demo/discussion/7/",
        "/demo/chair/decisions/1/emergency/",
        "/demo/chair/decisions/progress/",
        "/demo/chair/decisions/meeting/",
        "/demo/chair/mail/",
        "/demo/chair/mail/write/",
        "/demo/chair/mail/letters/receipt/",
        "/demo/chair/reminders/",
        "/demo/chair/reminders/rules/",
        "/demo/papers/1/",
        "/demo/chair/papers/1/extend/",
        "/demo/chair/papers/1/waive/",
        "/demo/chair/papers/1/out-of-scope/",
        "/demo/chair/call/",
        "/demo/chair/call/texts/",
        "/demo/chair/call/directions/",
        "/demo/chair/call/topics/",
        "/demo/chair/call/categories/",
        "/demo/chair/call/dates/",
        "/demo/chair/call/dates/submission/move/",
        "/demo/chair/committee/",
        "/demo/chair/committee/add/",
        "/demo/chair/committee/import/",
        "/demo/chair/committee/invite/?all=1",
        "/demo/chair/committee/credits/",
        "/demo/chair/committee/settings/",
        "/demo/chair/committee/rights/",
        "/demo/chair/committee/requests/",
        "/demo/chair/committee/responses/",
        "/demo/chair/committee/bids/",
        "/demo/chair/committee/conflicts/",
        "/demo/chair/committee/conflicts/?by=person",
        "/demo/chair/committee/conflicts/?by=doubt",
        "/demo/chair/committee/conflicts/?show=dismissed",
        "/demo/chair/committee/conflicts/odd/",
        "/demo/chair/committee/conflicts/add/",
        "/demo/chair/committee/bids/?view=papers",
        "/demo/chair/committee/assignment/",
        "/demo/chair/committee/assignment/?by=member",
        "/demo/chair/committee/assignment/import/",
        "/demo/chair/committee/assignment/papers/1/",
        "/demo/chair/committee/assignment/plans/new/",
        "/demo/chair/committee/assignment/plans/latest/",
        "/demo/chair/committee/assignment/plans/latest/?view=papers",
        "/demo/chair/committee/assignment/plans/latest/?view=members",
        "/demo/chair/committee/assignment/plans/latest/?view=grid",
    ],
    "sten.steering@example.org": ["/demo/member/statistics/"],
}
#: What width and colours can break; the rest is the same in every look.
RULES_OF_LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
axe = Axe()


class Looker:
    """Runs axe on a page, wide and light with all rules, then narrow and dark, and keeps what it finds."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def look(self, page: Page, name: str) -> None:
        page.evaluate(axe.axe_script)
        everything = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
        self._look(page, name, 1280, "light", everything)
        self._look(page, name, 390, "dark", {"resultTypes": ["violations"], "runOnly": RULES_OF_LOOKS})

    def _look(self, page: Page, name: str, width: int, scheme: Any, options: dict[str, Any]) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        where = f"{name} at {width} px, {scheme}"
        for violation in page.evaluate("options => axe.run(options)", options)["violations"]:
            for node in violation["nodes"]:
                self.found.append(f"{where}: {violation['id']} ({violation['impact']}): {node['html'][:150]}")
        too_wide = page.evaluate("document.documentElement.scrollWidth")
        if too_wide > width:
            self.found.append(f"{where}: {too_wide} px wide")

    def open(self, page: Page, address: str, name: str) -> None:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")
        page.goto(address)
        self.look(page, name)


@pytest.fixture
def world(settings: Any) -> None:
    settings.MAILBOX_PAGE = True
    demo.load(lambda words: None)


#: Chairs and those who are in their committee are looked at side by side with the others.
COMMITTEE = {"reviewer@example.org", "sten.steering@example.org"}
CHAIRS = {"chair@example.org"}


@pytest.mark.parametrize(
    "emails", [PAGES.keys() - COMMITTEE - CHAIRS, COMMITTEE, CHAIRS], ids=["authors", "committee", "chairs"]
)
def test_axe_finds_nothing_on_any_page(
    world: None,
    live_server: Any,
    new_page: Callable[..., Page],
    sign_in: Callable[[Page, User], None],
    emails: set[str],
) -> None:
    looker = Looker()
    for email in sorted(emails):
        page = new_page()
        if email:
            sign_in(page, User.objects.get(email=email))
        if email == "author@example.org":
            _confirm_identity(looker, page, live_server.url)
        for path in PAGES[email]:
            looker.open(page, live_server.url + path, f"{path} ({email or 'nobody'})")
        if email == "author@example.org":
            _refusals(looker, page, live_server.url)
            _response(looker, page, live_server.url)
        elif email == "chair@example.org":
            _chairs_refusals(looker, page, live_server.url)
        elif email == "reviewer@example.org":
            _members_states(looker, page, live_server.url)
            _decisions(looker, new_page, sign_in, live_server.url)
        elif email == NOBODY:
            _invitations(looker, page, live_server.url)
            _guest(looker, page, live_server.url)
            _sign_up(looker, page, live_server.url)
            _error_pages(looker, page, live_server.url)
    assert not looker.found, "\n".join(looker.found)


def _decisions(
    looker: Looker, new_page: Callable[..., Page], sign_in: Callable[[Page, User], None], address: str
) -> None:
    """Decisions on their way to the authors: the wizard, its report, the authors' page and the shepherd's."""
    wizard = f"{address}/demo/chair/decisions/release/"
    author, chair = (User.objects.get(email=f"{who}@example.org") for who in ("author", "chair"))
    paper = Paper.objects.get(edition__slug="demo", number=1)
    shepherd = Member.objects.get(edition__slug="demo", email="reviewer@example.org")
    Decision.objects.update_or_create(
        paper=paper,
        defaults={"outcome": "conditional", "conditions": "- Add *one* baseline.", "shepherd": shepherd},
    )
    page = new_page()
    sign_in(page, chair)
    looker.open(page, wizard, "decisions to release")
    for step in ("letters", "preview", "check"):
        looker.open(page, f"{wizard}{step}/?papers=1", f"the release: {step}")
    page.get_by_role("button", name="Release 1 decision").click()
    page.get_by_text("Nothing was released").first.wait_for()
    looker.look(page, "a release with things to tick")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Release 1 decision").click()
    page.get_by_role("button", name="Undo the release").wait_for()
    looker.look(page, "a release that can be undone")
    Release.objects.update(effective_at=F("at"))
    looker.open(page, page.url, "a delivery report")
    looker.open(page, f"{wizard}correct/1/", "the correction of a decision")
    for person, paths in (
        (author, ["/demo/papers/1/decision/", "/demo/papers/1/", "/account/papers/"]),
        (User.objects.get(email="reviewer@example.org"), ["/demo/member/shepherding/1/"]),
    ):
        page = new_page()
        sign_in(page, person)
        for path in paths:
            looker.open(page, address + path, f"{path}, decided")


def _sign_up(looker: Looker, page: Page, address: str) -> None:
    page.goto(f"{address}/account/signup/")
    page.get_by_role("button", name="Sign up", exact=True).click()
    looker.look(page, "an empty sign-up")
    page.get_by_label("Name", exact=True).fill("Nora Newcomer")
    page.get_by_label("E-mail address").fill("newcomer@example.org")
    page.get_by_label("Password").fill("a long and calm phrase")
    page.get_by_role("button", name="Sign up", exact=True).click()
    page.wait_for_url("**/confirm-email/")
    looker.look(page, "the code")


def _confirm_identity(looker: Looker, page: Page, address: str) -> None:
    """Pages that protect the account ask for the password once more; after that they open."""
    looker.open(page, f"{address}/account/2fa/totp/activate/", "the password once more")
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code").wait_for()


def _refusals(looker: Looker, page: Page, address: str) -> None:
    """The submission form with everything wrong, after a refused file, and after a stale edit."""
    form = f"{address}/demo/papers/2/edit/"
    page.goto(form)
    page.get_by_role("button", name="Add an author").click()
    page.get_by_label("E-mail").last.fill("author@example.org")
    page.get_by_label("ORCID iD").last.fill("not an ORCID iD at all, but long")
    _save(page)
    looker.look(page, "the form with errors")

    page.goto(form)
    page.get_by_label("Your paper as a PDF").set_input_files(PDFS / "genuine" / "ieee_letter_4p.pdf")
    _save(page)
    page.get_by_role("button", name="Submit this file as").wait_for()
    looker.look(page, "a refused file with an offer")
    looker.open(page, f"{address}/demo/papers/2/", "a draft with a refused file")

    page.goto(form)
    Paper.objects.filter(number=2).update(revision=F("revision") + 1)  # another tab was faster
    page.get_by_label("Title").fill("Another title")
    _save(page)
    page.locator(".diff").wait_for()
    looker.look(page, "a stale edit")


def _chairs_refusals(looker: Looker, page: Page, address: str) -> None:
    page.goto(f"{address}/demo/chair/papers/1/waive/")
    page.get_by_role("button", name="Waive the limit").click()
    looker.look(page, "a waiver without a reason")
    page.goto(f"{address}/demo/chair/committee/assignment/plans/latest/?view=papers")
    page.get_by_role("link", name="Why?").first.click()
    page.locator(".why").wait_for()
    looker.look(page, "why a pair is in the plan")
    page.get_by_role("link", name="Apply").click()
    page.get_by_role("button", name="Apply the plan").wait_for()
    looker.look(page, "what applying the plan will do")
    page.goto(f"{address}/demo/chair/call/topics/")
    page.get_by_role("textbox").first.fill("")
    _save(page)
    page.locator(".error-summary").wait_for()
    looker.look(page, "topics with an empty name")


def _reviews_refusals(looker: Looker, page: Page, address: str) -> None:
    """A review with gaps, one with a telltale, and one from an old page."""
    form = f"{address}/demo/member/reviews/3/"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(form)
    page.locator(".pdf__canvas").first.wait_for()
    page.get_by_role("button", name="Submit the review").click()
    page.locator(".error-summary").wait_for()
    looker.look(page, "a review with gaps")
    page.goto(f"{address}/demo/member/reviews/1/")
    page.get_by_role("textbox", name="Summary").fill("As reviewer 2 said.")
    page.get_by_role("button", name="Submit the changes").click()
    page.locator("#telling").wait_for()
    looker.look(page, "a review with a telltale")
    page.goto(form)
    Review.objects.filter(assignment__paper__number=3).update(revision=F("revision") + 1)
    page.get_by_role("textbox", name="Summary").fill("Another summary")
    page.get_by_role("button", name="Save draft").click()
    page.locator(".diff").wait_for()
    looker.look(page, "a review from an old page")


def _members_states(looker: Looker, page: Page, address: str) -> None:
    _reviews_refusals(looker, page, address)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/demo/member/bids/")
    page.keyboard.press("j")
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.get_by_text("Say in a few words why").wait_for()
    looker.look(page, "a conflict without a reason")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Keys").click()
    looker.look(page, "the keys")
    page.goto(f"{address}/demo/member/papers/")
    page.get_by_label("BibTeX, or titles").fill("@article{a, title={A Title}}\n@article{b, year=2020}")
    page.get_by_role("button", name="Read them").click()
    page.get_by_role("button", name="Add 1 paper").wait_for()
    looker.look(page, "papers to add")
    page.goto(f"{address}/demo/member/profile/")
    page.get_by_label("Papers you want").fill("-1")
    _save(page)
    page.locator(".error-summary").wait_for()
    looker.look(page, "a profile with an error")
    member = Member.objects.get(edition__slug="demo", name="Rita Reviewer")
    for number, state in ((1, "offered"), (3, "accepted")):
        paper = Paper.objects.get(edition__slug="demo", number=number)
        Assignment.objects.update_or_create(paper=paper, member=member, defaults={"state": state})
    looker.open(page, f"{address}/demo/member/assignments/", "papers to accept and accepted")
    looker.open(page, f"{address}/demo/member/assignments/1/decline/", "declining a paper")


def _invitations(looker: Looker, page: Page, address: str) -> None:
    """The page of an invitation in each state."""
    for name in ("Ute Ulrich", "Vera Vance", "Wim Wouters", "Rosa Ruiz"):
        key = Member.objects.get(edition__slug="demo", name=name).invitation_key
        looker.open(page, f"{address}/demo/invitation/{key}/", f"the invitation of {name}")
    page.get_by_role("button", name="Save").wait_for()


def _guest(looker: Looker, page: Page, address: str) -> None:
    """A guest's link, from the question to the review that is handed in; nothing of it needs an account."""
    Guest.objects.update(state=Guest.State.INVITED)
    guest = Guest.objects.get(name="Greta Guest")
    link = f"{address}/demo/guest/{guest.key}/"
    looker.open(page, link, "a guest's invitation")
    page.get_by_role("button", name="Yes, I write it").click()
    page.get_by_role("textbox", name="Summary").fill("It *works*.")
    expect(page.locator("#review-state")).to_contain_text("Saved")
    page.get_by_role("button", name="Hand it in").click()
    page.locator(".error-summary").wait_for()
    looker.look(page, "a guest's review with gaps")
    looker.open(page, link, "a guest's invitation, accepted")
    Guest.objects.update(state=Guest.State.DONE)
    looker.open(page, f"{link}review/", "a guest's review, handed in")
    Guest.objects.update(state=Guest.State.INVITED, expires_at=timezone.now())
    looker.open(page, link, "a guest's invitation, expired")


def _response(looker: Looker, page: Page, address: str) -> None:
    """The reviews with a response that is too long, which is kept as a draft all the same."""
    now = timezone.now()
    call = Edition.objects.get(slug="demo")
    at = now + timedelta(days=2)
    Deadline.objects.create(
        edition=call, slug="response", kind="response", label="Responses", at=at, original_at=at
    )
    CommitteeSettings.objects.update_or_create(edition=call, defaults={"responses_open_at": now})
    page.goto(f"{address}/demo/papers/1/response/")
    page.get_by_label("Response", exact=True).fill("word " * 501)
    expect(page.locator("#review-state")).to_contain_text("Saved")
    page.get_by_role("button", name="Submit the response").click()
    page.get_by_text("Shorten it by 1").wait_for()
    looker.look(page, "a response that is too long")


def _save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def _error_pages(looker: Looker, page: Page, address: str) -> None:
    """The pages for what went wrong, as the site words them, without making it go wrong."""
    request = RequestFactory().get("/")
    request.request_id = "0123456789ab"  # type: ignore[attr-defined]
    pages = {
        "400": views.bad_request(request).content.decode(),
        "403": views.permission_denied(request).content.decode(),
        "403 for a form without a token": views.csrf_failure(request).content.decode(),
        "413": views.too_large(request).content.decode(),
        "429": render_to_string("429.html", {}, request),
        "500": views.server_error(request).content.decode(),
    }
    for name, html in pages.items():
        page.route("**/an-error/", lambda route: route.fulfill(body=html, content_type="text/html"))  # noqa: B023
        looker.open(page, f"{address}/an-error/", f"the page for {name}")
        page.unroute("**/an-error/")
