"""A newcomer's whole way in a real browser: sign up, verify, submit, and read the receipt; wide and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from submissions.models import Paper
from tests import factories
from tests.factories import PDFS

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["wide", "phone"])
def page(request) -> Page:
    return request.getfixturevalue("browser_page" if request.param == "wide" else "phone_page")


def saved(page: Page) -> None:
    expect(page.locator("#paper-status[data-state=saved]")).to_be_visible()


def upload(page: Page, name: str) -> None:
    page.get_by_label("Your paper as a PDF").set_input_files(PDFS / "genuine" / name)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_newcomer_signs_up_verifies_and_submits(live_server, page):
    factories.edition()
    page.goto(f"{live_server.url}/2021/")
    page.get_by_role("link", name="Submit a paper").first.click()
    page.get_by_role("link", name=re.compile("sign up|create an account", re.IGNORECASE)).last.click()
    page.get_by_label("E-mail").fill("newcomer@example.org")
    page.get_by_label(re.compile("^Name")).fill("Nora Newcomer")
    page.get_by_label(re.compile("^Affiliation")).fill("Example University")
    page.get_by_label(re.compile("^Password")).first.fill("a long and calm phrase")
    page.get_by_role("button", name=re.compile("sign up|create", re.IGNORECASE)).click()

    verify = page.url
    page.goto(f"{live_server.url}/mailbox/")
    page.get_by_role("link", name=re.compile("code|confirm|verify", re.IGNORECASE)).first.click()
    code = re.search(r"\b([A-Z0-9]{3,}-?[A-Z0-9]{3,})\b", page.locator("#message-text").inner_text())
    assert code, page.locator("main").inner_text()
    page.goto(verify)
    page.get_by_label("Code").fill(code.group(1))
    page.get_by_role("button", name=re.compile("confirm|verify", re.IGNORECASE)).click()

    expect(page.get_by_role("heading", name="Submit a paper")).to_be_visible()
    page.get_by_label("Title").fill("Gradients on the Move")
    saved(page)
    expect(page).to_have_url(re.compile(r"/2021/papers/1/edit/"))
    page.get_by_role("textbox", name="Abstract").fill("We compress gradients with $k$ bits.")
    page.get_by_role("radio", name=re.compile("Regular paper")).check()
    page.get_by_label("Compression").check()
    saved(page)
    expect(page.get_by_text("Upload your paper as a PDF.")).to_be_visible()

    upload(page, "ieee_letter_11p.pdf")
    expect(page.get_by_role("alert").first).to_contain_text(
        "Your PDF has 11 pages. A regular paper has 8 to 10 pages, counting references and appendices."
    )
    upload(page, "ieee_letter_4p.pdf")
    offer = page.get_by_role("button", name="Submit this file as: Short paper")
    expect(offer).to_be_visible()

    upload(page, "ieee_letter_8p.pdf")
    expect(page.get_by_text("Your paper is in as #1.")).to_be_visible()
    expect(page.get_by_role("heading", name="Gradients on the Move")).to_be_visible()
    paper = Paper.objects.get()
    assert (paper.state, paper.manuscript.pages) == ("submitted", 8)
    assert [it.pages for it in paper.manuscripts.all()] == [8, 4, 11]
    page.goto(f"{live_server.url}/mailbox/")
    page.get_by_role("link", name="Paper #1 is submitted").click()
    expect(page.locator("main")).to_contain_text(paper.manuscript.sha256)


def test_four_pages_become_a_short_paper_with_one_button(live_server, page, sign_in):
    call, ada = factories.edition(), factories.person("Ada Author")
    paper = factories.paper(call, ada, file=None)
    sign_in(page, ada)
    page.goto(f"{live_server.url}/2021/papers/{paper.number}/edit/")
    upload(page, "ieee_letter_4p.pdf")
    page.get_by_role("button", name="Submit this file as: Short paper").click()
    expect(page.get_by_text("This paper is in")).to_be_visible()
    paper = factories.fresh(paper)
    assert (paper.state, paper.category.slug) == ("submitted", "short")


def test_authors_are_added_and_moved_with_the_keyboard(live_server, page, sign_in):
    call, ada = factories.edition(), factories.person("Ada Author")
    paper = factories.paper(call, ada, file=None)
    sign_in(page, ada)
    page.goto(f"{live_server.url}/2021/papers/{paper.number}/edit/")
    page.get_by_role("button", name="Add an author").press("Enter")
    expect(page.get_by_label("Name", exact=True).nth(1)).to_be_focused()
    page.keyboard.type("Bob Second")
    page.get_by_label("E-mail").nth(1).fill("bob@example.org")
    page.get_by_label("Affiliation").nth(1).fill("Example University")
    page.get_by_role("button", name="Move author 2 up").press("Enter")
    for _ in range(80):
        if [it.name for it in factories.fresh(paper).authors.all()] == ["Bob Second", "Ada Author"]:
            break
        page.wait_for_timeout(100)
    page.goto(f"{live_server.url}/2021/papers/{paper.number}/edit/")
    expect(page.get_by_label("Name", exact=True).first).to_have_value("Bob Second")


def test_two_tabs_do_not_overwrite_each_other(live_server, browser_page, sign_in):
    call, ada = factories.edition(), factories.person("Ada Author")
    paper = factories.paper(call, ada)
    sign_in(browser_page, ada)
    where = f"{live_server.url}/2021/papers/{paper.number}/edit/"
    browser_page.goto(where)
    second = browser_page.context.new_page()
    second.goto(where)
    # Signed in once more in another tab: the tokens of both pages are worthless, and what is typed is kept all the same.
    second.context.add_cookies([{"name": "csrftoken", "value": "n" * 32, "url": live_server.url}])
    second.get_by_label("Title").fill("From the second tab")
    saved(second)
    browser_page.get_by_label("Title").fill("From the first tab")
    expect(browser_page.locator("#paper-status")).to_contain_text("changed in the meantime")
    browser_page.get_by_role("button", name="Save", exact=True).click()
    expect(browser_page.locator(".diff")).to_contain_text("From the second tab")
    expect(browser_page.get_by_label("Title")).to_have_value("From the first tab")
    assert factories.fresh(paper).title == "From the second tab"


def test_everything_works_without_javascript(live_server, new_page, sign_in):
    factories.edition()
    ada = factories.person("Ada Author")
    page = new_page(java_script_enabled=False)
    sign_in(page, ada)
    page.goto(f"{live_server.url}/2021/papers/new/")
    page.get_by_label("Title").fill("Plain")
    page.get_by_role("textbox", name="Abstract").fill("No script was run for this.")
    page.get_by_role("radio", name=re.compile("Short paper")).check()
    page.get_by_label("Inference").check()
    page.get_by_label("Affiliation").fill("Example University")
    page.get_by_role("button", name="Add an author").click()
    page.get_by_label("Name", exact=True).nth(1).fill("Bob Second")
    page.get_by_label("E-mail").nth(1).fill("bob@example.org")
    page.get_by_label("Affiliation").nth(1).fill("Example University")
    page.get_by_role("button", name="Move author 2 up").click()
    expect(page.get_by_label("Name", exact=True).first).to_have_value("Bob Second")
    expect(page.get_by_label("Title")).to_have_value("Plain")
    upload(page, "ieee_letter_4p.pdf")
    expect(page.get_by_text("Your paper is in as #1.")).to_be_visible()
