"""A whole round on the demo, in real browsers: from the request for reviews to the letters, and a chair who must not know.

Three reviewers (one at a desk, one on a phone, one who writes offline), a discussion, an acceptance in another category,
a release, the authors' page. Conrad, a chair with a conflict, asks for everything before and after: he is told the same.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts import outbox
from accounts.models import Message, User
from reviews.models import Assignment, Decision, Member, Release, Review
from submissions import demo
from submissions.models import Paper
from tests import factories
from tests.reviews import releasing, reviewing

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

NUMBER = 5
ROOM = "/demo/chair/decisions/"
#: What a chair can ask that is about all papers, or about this one.
ASKED = [
    *("/demo/chair/papers/", "/demo/chair/papers/?q=%235", "/demo/chair/papers.csv", "/demo/chair/mail/"),
    *("/demo/chair/reminders/", "/demo/papers/5/", "/demo/papers/5/decision/", "/demo/papers/5/history/"),
    *(ROOM, f"{ROOM}?q=%235", f"{ROOM}?q=dec:accept", f"{ROOM}?q=re:tariq", f"{ROOM}?q=score:merit>=2"),
    *(f"{ROOM}5/", f"{ROOM}5/emergency/", f"{ROOM}progress/", f"{ROOM}meeting/", f"{ROOM}release/"),
    *("/demo/discussion/", "/demo/discussion/5/", "/demo/member/", "/demo/member/reviews/5/"),
    *(
        f"/demo/chair/committee/{it}"
        for it in (
            *("", "bids/", "bids/?view=papers", "conflicts/?by=person", "conflicts.csv", "assignment/"),
            *("assignment/?by=member", "assignment/assignments.csv", "assignment/papers/5/", "requests/"),
            *("responses/", "committee.csv"),
        )
    ),
]


@pytest.fixture
def paper(settings: Any) -> Paper:
    """Dana's paper of the demo, as if nobody had been asked for it; Oleg and Tariq have accounts."""
    settings.MAILBOX_PAGE = True
    demo.load(lambda words: None)
    for email, name in (("oleg.orlov@example.org", "Oleg Orlov"), ("tariq.tahir@example.org", "Tariq Tahir")):
        User.objects.filter(email=email).exists() or factories.person(name, email)
    found = Paper.objects.get(edition__slug="demo", number=NUMBER)
    assert found.submitter.email == "other@example.org"
    assert found.category.slug == "regular"
    Assignment.objects.filter(paper=found).delete()
    Message.objects.update(due_at=timezone.now())
    outbox.deliver_due()  # what the demo's people were sent before
    return found


def of(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def test_a_round_from_the_request_to_the_letters(
    live_server: Any,
    paper: Paper,
    new_page: Callable[..., Page],
    phone_page: Page,
    sign_in: Callable[[Page, User], None],
    tmp_path: Path,
) -> None:
    site = f"{live_server.url}/demo/"

    def page_of(name: str, page: Page | None = None) -> Page:
        page = page or new_page()
        sign_in(page, of(name))
        return page

    chair, rita, oleg = page_of("chair"), page_of("reviewer"), page_of("oleg.orlov", phone_page)
    wall_off_conrad(chair, site)
    before, letters = what_conrad_is_told(), letters_to_conrad()
    conrad = page_of("chair2")
    learns_nothing(conrad, live_server.url)

    ask_three(chair, site)
    review_at_the_desk(rita, site)
    review_on_a_phone(oleg, site)
    review_offline(page_of("tariq.tahir"), site, tmp_path)
    assert Review.objects.submitted().filter(assignment__paper=paper).count() == 3

    discuss(rita, oleg, site)
    decide(chair, site)
    assert nothing_is_known(page_of("other"), site)
    release(chair, site)
    read_by_the_author(new_page, sign_in, site)

    learns_nothing(conrad, live_server.url)
    assert not (told := differences(before, what_conrad_is_told())), "\n".join(told)
    assert letters_to_conrad() == letters


def wall_off_conrad(page: Page, site: str) -> None:
    page.goto(f"{site}chair/committee/conflicts/add/")
    page.get_by_label("Number of the paper").fill(str(NUMBER))
    conrad = Member.objects.get(edition__slug="demo", email="chair2@example.org")
    page.get_by_label("Person").select_option(str(conrad.pk))
    page.get_by_label("Reason").fill("They share a grant.")
    page.get_by_role("button", name="Set the conflict").click()
    expect(page.get_by_role("row").filter(has_text="They share a grant.").first).to_be_visible()


def what_conrad_is_told() -> dict[str, str]:
    """The answers to everything a chair can ask, without what is new in every answer."""
    client = Client()
    client.force_login(of("chair2"), settings.AUTHENTICATION_BACKENDS[0])
    told = {}
    for where in ASKED:
        answer = client.get(where)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = re.sub(r'name="(csrfmiddlewaretoken|key|batch|until)" value="[^"]+"', "", body.decode())
        # The line of reviews ends at the moment of asking; its height there says how many are in.
        text = re.sub(r'(class="curve__line" points="[^"]* )[\d.]+,', r"\1", text)
        told[where] = f"{answer.status_code}\n{re.sub(r'Reference <code>.+?</code>', '', text)}"
    assert told[ROOM].startswith("200")
    return told


def letters_to_conrad() -> set[int]:
    return set(Message.objects.filter(to="chair2@example.org").values_list("pk", flat=True))


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The addresses that answer otherwise, each with lines that are new or gone."""
    found = []
    for where, text in before.items():
        if text != after[where]:
            lines = set(text.splitlines()) ^ set(after[where].splitlines())
            found += [where, *sorted(lines)[:6]]
    return found


def learns_nothing(page: Page, url: str) -> None:
    page.goto(url + ROOM)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decisions")
    expect(page.get_by_text("A Benchmark in Nine Points")).to_have_count(0)
    for path in (f"{ROOM}{NUMBER}/", f"/demo/discussion/{NUMBER}/", f"/demo/papers/{NUMBER}/decision/"):
        page.goto(url + path)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Page not found")


def ask_three(page: Page, site: str) -> None:
    page.goto(f"{site}chair/committee/assignment/papers/{NUMBER}/")
    for name in ("Rita Reviewer", "Oleg Orlov", "Tariq Tahir"):
        page.get_by_role("button", name=f"Ask {name}").click()
        expect(page.get_by_text(f"{name} is asked to review #{NUMBER}.")).to_be_visible()


def write(page: Page, words: str, merit: str) -> None:
    for label in ("Summary", "Strengths", "Weaknesses", "Detailed comments"):
        page.get_by_role("textbox", name=label).fill(f"{words}: {label.lower()}.")
    for label in (merit, "4 – Sound", "3 – Some new ideas", "3 – Within its scope", "3 – Clear"):
        page.get_by_label(label, exact=True).check()
    page.get_by_label("I know the area well").check()


def review_at_the_desk(page: Page, site: str) -> None:
    page.goto(f"{site}member/")
    page.get_by_role("button", name=f"Accept #{NUMBER}").first.click()
    page.goto(f"{site}member/reviews/{NUMBER}/")
    expect(page.locator(".pdf__canvas").first).to_be_visible()
    write(page, "From the desk", "4 – Weak accept")
    page.get_by_label("Yes, as a short paper").check()
    page.get_by_role("textbox", name="Confidential remarks").fill("Between us: I would not miss it.")
    page.get_by_role("button", name="Submit the review").click()
    expect(page.get_by_text(f"Your review of #{NUMBER} is submitted.")).to_be_visible()


def review_on_a_phone(page: Page, site: str) -> None:
    page.goto(f"{site}member/")
    page.get_by_role("link", name="A Benchmark in Nine Points").first.click()
    expect(page.get_by_text("You have not said yet whether you review this paper")).to_be_visible()
    write(page, "From a phone", "2 – Weak reject")
    expect(page.locator("#review-state")).to_contain_text("Saved")
    page.get_by_role("button", name="Submit the review").click()
    expect(page.get_by_text(f"Your review of #{NUMBER} is submitted.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def review_offline(page: Page, site: str, folder: Path) -> None:
    page.goto(f"{site}member/reviews/{NUMBER}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Form as text").click()
    form = folder / download.value.suggested_filename
    download.value.save_as(form)
    blank = form.read_text(encoding="utf-8")
    form.write_bytes(reviewing.filled(blank, merit=9).replace("\n", "\r\n").encode("utf-16"))
    page.get_by_role("link", name="Upload it filled in").click()
    page.get_by_label("Filled-in forms").set_input_files(form)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("Nothing was saved: 1 thing to mend")
    expect(page.locator(".error-summary")).to_contain_text(f"{form.name}, line ")
    form.write_text(reviewing.filled(blank, merit=3), encoding="utf-8")
    page.get_by_label("Filled-in forms").set_input_files(form)
    page.get_by_label("Submit those that are complete").check()
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text(f"Submitted, thank you: #{NUMBER}.")).to_be_visible()


def discuss(rita: Page, oleg: Page, site: str) -> None:
    """Rita asks Oleg, who answers from his phone, raises his score and is ready; so is she."""
    rita.goto(f"{site}discussion/{NUMBER}/")
    expect(rita.locator("#reviews")).to_contain_text("From a phone: summary.")
    rita.get_by_label("Your comment").fill("@oleg.orlov, would *four* pages hold it?")
    rita.get_by_role("button", name="Send").click()
    expect(rita.locator("#thread")).to_contain_text("would four pages hold it?")

    oleg.goto(f"{site}discussion/{NUMBER}/")
    oleg.get_by_role("link", name="Answer Rita Reviewer").click()
    oleg.get_by_label("Your comment").fill("They would. I come half-way.")
    oleg.get_by_role("button", name="Send").click()
    expect(oleg.locator("#thread")).to_contain_text("I come half-way.")
    oleg.goto(f"{site}member/reviews/{NUMBER}/")
    oleg.get_by_label("3 – Borderline", exact=True).check()
    oleg.get_by_role("button", name="Submit the changes").click()
    expect(oleg.get_by_text("Version 2 of your review")).to_be_visible()

    rita.goto(f"{site}discussion/{NUMBER}/")
    expect(rita.locator("#thread")).to_contain_text("Overall merit")
    for page in (rita, oleg):
        page.goto(f"{site}discussion/{NUMBER}/")
        page.get_by_role("button", name="Ready to decide").click()
        expect(page.get_by_role("button", name="Not ready after all")).to_be_visible()


def decide(page: Page, site: str) -> None:
    """Accepted as a short paper."""
    page.goto(f"{site}chair/decisions/?q=re:oleg+%23{NUMBER}")
    page.get_by_role("link", name="A Benchmark in Nine Points").click()
    expect(page.get_by_text("2 of 3 ready to decide")).to_be_visible()
    expect(page.get_by_text("Between us: I would not miss it.")).to_be_visible()
    page.get_by_label("Accept", exact=True).check()
    page.get_by_label("Accept in").select_option(label="Short paper")
    page.get_by_label("To the authors").fill("The idea is worth *four* pages.")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator("main")).to_contain_text("accept as Short paper")
    decision = Decision.objects.get(paper__number=NUMBER, paper__edition__slug="demo")
    assert (decision.outcome, decision.category and decision.category.slug) == ("accept", "short")


def nothing_is_known(page: Page, site: str) -> bool:
    """Before the release the author's pages are as they were."""
    answer = page.goto(f"{site}papers/{NUMBER}/decision/")
    assert answer is not None
    page.goto(f"{site}papers/{NUMBER}/")
    expect(page.get_by_text("Accept")).to_have_count(0)
    return answer.status == 404


def release(page: Page, site: str) -> None:
    page.goto(f"{site}chair/decisions/release/?q=%23{NUMBER}")
    page.get_by_role("button", name="Go on to the letters").click()
    expect(page.get_by_role("heading", name=re.compile("another category"))).to_be_visible()
    page.get_by_role("link", name="Go on to the preview of 1 paper").click()
    expect(page.locator("main")).to_contain_text("other@example.org")
    expect(page.locator("main")).to_contain_text("Oleg Orlov, version 2")
    page.get_by_role("link", name="Go on to the checks").click()
    for tick in page.locator('input[name="ticked"]').all():
        tick.check()
    page.get_by_role("button", name="Release 1 decision").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Released, and still yours to undo")

    releasing.later(Release.objects.latest("at"))  # the ten minutes are over
    outbox.deliver_due()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delivery report")
    expect(page.get_by_text("1 sent")).to_be_visible()


def read_by_the_author(
    new_page: Callable[..., Page], sign_in: Callable[[Page, User], None], site: str
) -> None:
    """Dana reads what is for her, and nothing of who wrote it."""
    page = new_page(color_scheme="dark")
    sign_in(page, of("other"))
    page.goto(f"{site}papers/{NUMBER}/decision/")
    main = page.locator("main")
    for words in (
        "Short paper (submitted as Regular paper)",
        "exactly 4 pages",
        "The idea is worth four pages.",
    ):
        expect(main).to_contain_text(words)
    for letter, words in zip("ABC", ("From the desk", "From a phone", "Words on"), strict=True):
        expect(main).to_contain_text(f"Review {letter}")
        expect(main).to_contain_text(words)
    for secret in ("Rita", "Oleg", "Tariq", "Between us", "half-way", "I know the area well"):
        expect(main).not_to_contain_text(secret)
    told = Message.objects.filter(edition="demo", to="other@example.org", state="sent")
    letter = told.get(kind__startswith="decision")
    assert reverse("paper_decision", args=["demo", NUMBER]) in letter.text
    assert "short paper" in letter.text.lower()
