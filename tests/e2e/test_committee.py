"""From an empty committee to reviewers at work, in a real browser: the chair's evening in one test."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts import jobs
from accounts.models import User
from reviews.models import Assignment, Bid, Conflict, Member, PairRule, Proposal
from reviews.services import detection, invitations
from submissions.models import Author, Edition
from tests import factories
from tests.reviews import committee

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

#: The first is a colleague of an author of paper #1; the others work at places of their own.
PEOPLE = [("Magda Muster", "magda@tuwien.ac.at", "TU Wien")] + [
    (f"Member Number{n}", f"member{n}@place{n}.example", f"Place {n} Academy") for n in range(2, 21)
]
PAPERS = 8


@pytest.fixture
def call() -> Edition:
    made = committee.closed_edition()
    first, *_ = committee.papers(made, PAPERS)
    Author.objects.filter(paper=first).update(email="otto@tuwien.ac.at", affiliation="TU Wien")
    return made


def test_from_a_list_of_people_to_reviewers_at_work(
    live_server: Any,
    call: Edition,
    new_page: Callable[..., Page],
    browser_page: Page,
    sign_in: Callable[[Page, User], None],
) -> None:
    page, magda = browser_page, factories.person("Magda Muster", "magda@tuwien.ac.at")
    sign_in(page, factories.chair(call))
    here = f"{live_server.url}/2021/chair/committee/"

    import_and_invite(page, here)
    accept_in_the_browser(new_page(), live_server.url)
    the_others_accept()
    members_page = new_page()
    sign_in(members_page, magda)

    detection.detect(call)  # as the worker does some seconds after a change
    dismiss_the_conflict(page, here)
    bid_with_the_keyboard(members_page, live_server.url)

    plan(page, here)
    name = ask_why_and_lock(page)
    page.get_by_role("button", name="Plan again").click()
    compute(page)
    page.goto(f"{page.url.split('?')[0]}?view=papers")
    expect(page.locator("li", has_text=name).filter(has_text="Locked").first).to_be_visible()
    page.get_by_role("link", name="Apply").click()
    page.get_by_role("button", name="Apply the plan").click()
    expect(page.get_by_text(f"The plan holds: {3 * PAPERS} asked, 0 kept, 0 taken back.")).to_be_visible()
    assert Assignment.objects.live().count() == 3 * PAPERS
    assert Assignment.objects.live().filter(member__name=name).exists()

    refill_what_was_declined(page, here, decline_one(members_page, live_server.url))


def import_and_invite(page: Page, here: str) -> None:
    page.goto(f"{here}import/")
    lines = ["name,email,affiliation,country,topics,load"]
    lines += [f"{name},{email},{place},AT,federated:expert; compression,3" for name, email, place in PEOPLE]
    page.get_by_label("Or paste the lines").fill("\n".join(lines))
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Import 20 new, 0 changed").click()
    page.get_by_role("link", name="Invite 20").click()
    page.get_by_role("button", name="Send 20 invitations").click()
    expect(page.get_by_text("20 waiting")).to_be_visible()


def accept_in_the_browser(page: Page, site: str) -> None:
    """By the link of the letter, without an account: the address is proven when she signs in."""
    key = Member.objects.get(name="Magda Muster").invitation_key
    page.goto(f"{site}/2021/invitation/{key}/")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_role("heading", name="You are in the committee")).to_be_visible()


def the_others_accept() -> None:
    for member in Member.objects.filter(state=Member.State.INVITED):
        invitations.accept(actor=None, member=member, key=member.invitation_key, load=3)


def dismiss_the_conflict(page: Page, here: str) -> None:
    page.goto(f"{here}conflicts/")
    row = page.get_by_role("row").filter(has_text="Magda Muster").first
    while row.count():
        row.locator("summary").click()
        row.get_by_label("Why it is none").fill("Another faculty; they have never met.")
        row.get_by_role("button", name="Dismiss it").click()
        page.goto(f"{here}conflicts/")
    found = Conflict.objects.filter(member__name="Magda Muster", paper__number=1)
    assert found.exists()
    assert not found.standing().exists()


def bid_with_the_keyboard(page: Page, site: str) -> None:
    page.goto(f"{site}/2021/member/bids/")
    for key, count in (("1", 1), ("2", 2)):
        page.keyboard.press("j")
        with page.expect_response(re.compile("/member/bids/")):
            page.keyboard.press(key)
        expect(page.locator("#bid-progress")).to_contain_text(str(count))
    assert sorted(Bid.objects.values_list("level", flat=True)) == [Bid.Level.WILLING, Bid.Level.EAGER]


def plan(page: Page, here: str) -> None:
    page.goto(here)
    page.get_by_role("link", name="Assignment", exact=True).click()
    page.get_by_role("link", name="Make a plan").click()
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_text("Waiting for a free worker")).to_be_visible()
    compute(page)


def compute(page: Page) -> None:
    """The worker does its part; the page follows by itself."""
    jobs.run(Proposal.objects.latest("pk").job_id)
    expect(page.get_by_text("Ready to look at")).to_be_visible()


def ask_why_and_lock(page: Page) -> str:
    """Locks the first pair of the weakest paper; returns the member's name."""
    page.get_by_role("link", name="By paper").click()
    page.get_by_role("link", name="Why?").first.click()
    why = page.locator(".why")
    expect(why).to_contain_text("is in the plan for")
    why.get_by_role("button", name="did not review it").click()
    expect(why.get_by_role("status")).to_contain_text("Not having")
    why.get_by_role("button", name="Lock").click()
    expect(page.get_by_text("locked: every coming plan holds this pair")).to_be_visible()
    rule = PairRule.objects.select_related("member").get()
    page.goto(page.url.split("papers/")[0])
    expect(page.get_by_text("1 pair was locked or unlocked")).to_be_visible()
    return rule.member.name


def decline_one(page: Page, site: str) -> int:
    """Magda says no to her first paper; returns its number."""
    page.goto(f"{site}/2021/member/assignments/")
    page.get_by_role("link", name="Decline").first.click()
    page.get_by_label("Reason").fill("I am away all summer.")
    page.get_by_role("button", name="Decline #").click()
    expect(page.get_by_text("You declined #")).to_be_visible()
    return Assignment.objects.get(state=Assignment.State.DECLINED).paper.number


def refill_what_was_declined(page: Page, here: str, number: int) -> None:
    page.goto(f"{here}assignment/")
    opening = page.get_by_role("listitem").filter(has_text="Magda Muster declined: I am away all summer.")
    opening.get_by_role("button", name="Ask").click()
    expect(page.get_by_text(f"is asked to review #{number}.")).to_be_visible()
    assert Assignment.objects.live().filter(paper__number=number).count() == 3
    assert not Assignment.objects.live().filter(paper__number=number, member__name="Magda Muster").exists()
