"""What chairs see and grant: the list, its CSV, extensions, waivers, desk rejection."""

import csv
import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Message
from submissions import chair_list, queries
from submissions.domain.deadlines import AOE
from submissions.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return factories.edition()


@pytest.fixture
def ada():
    return factories.person("Ada Author")


@pytest.fixture
def chair(call):
    return factories.chair(call)


@pytest.fixture
def browser(chair):
    return factories.signed_in(chair)


def listed(browser, call, **query) -> str:
    return browser.get(reverse("chair_papers", args=[call.slug]), query).content.decode()


def test_an_empty_list_says_what_will_come(call, browser):
    assert "No papers yet" in listed(browser, call)


def test_the_navigation_has_few_places_and_says_in_which_of_them_one_is(call, browser):
    for name, place, tab in (
        ("chair_papers", "All papers", ""),
        ("call_edit_topics", "Call for papers", ""),
        ("chair_reminders", "Mail", "Reminders"),
        ("chair_letters", "Mail", "Texts of the letters"),
        ("chair_committee_import", "Committee", ""),
        ("committee_bids", "Committee", "Bids"),
    ):
        soup = BeautifulSoup(browser.get(reverse(name, args=[call.slug])).content, "html.parser")
        assert len(soup.select(".site-nav a")) <= 7, "they fit on one line"
        assert [it.get_text(strip=True) for it in soup.select(".site-nav [aria-current]")] == [place]
        tabs = [it.get_text(strip=True) for it in soup.select(".tabs [aria-current=page]")]
        assert tab == "" or tab in tabs


def test_the_chairs_page_of_the_call_also_has_the_dates_that_it_does_not_print(call, browser):
    factories.deadline(call, "reviews", timezone.now() + timedelta(days=40), label="Reviews are due")
    page = browser.get(reverse("call_edit", args=[call.slug])).content.decode()
    assert "Reviews are due<br>" in page
    assert "for the committee, not printed" in page
    assert "Reviews are due" not in browser.get(reverse("call", args=[call.slug])).content.decode()


def test_the_list_shows_standing_missing_items_and_warnings(call, ada, browser):
    factories.paper(call, ada, title="Whole")
    factories.paper(call, ada, title="Half", file=None)
    factories.paper(call, ada, title="Small print", file="cheat/libreoffice_9pt_8p.pdf")
    page = listed(browser, call)
    for words in (
        "Whole",
        "Half",
        "Upload your paper as a PDF.",
        "1 missing",
        "Most of the text is set in 9",
        "ada@example.org",
    ):
        assert words in page
    assert "2 submitted" in page
    assert "1 draft" in page


def test_search_filter_and_sort(call, ada, browser):
    eve = factories.person("Eve Elsewhere")
    factories.paper(call, ada, title="Zebra")
    factories.paper(call, eve, title="Aardvark", category="short", file="genuine/ieee_letter_4p.pdf")
    factories.paper(call, ada, title="Draft of Mine", file=None)
    titles = ("Zebra", "Aardvark", "Draft of Mine")

    def shown(**query) -> list[str]:
        page = listed(browser, call, **query)
        return sorted((title for title in titles if title in page), key=page.index)

    assert shown() == ["Zebra", "Aardvark", "Draft of Mine"]
    assert shown(sort="title") == ["Aardvark", "Draft of Mine", "Zebra"]
    assert shown(q="#2") == ["Aardvark"]
    assert shown(q="elsewhere") == ["Aardvark"]
    assert shown(category="short") == ["Aardvark"]
    assert shown(status="draft") == ["Draft of Mine"]
    assert shown(status="missing") == ["Draft of Mine"]
    assert shown(q="nothing like it") == []
    assert "No paper matches" in listed(browser, call, q="nothing like it")
    assert shown(sort="nonsense", status="nonsense") == list(titles), "a wrong filter is left out"
    assert shown(sort="nonsense", q="elsewhere") == ["Aardvark"], "and the others hold"


def test_a_number_is_found_as_a_number_and_in_titles(call, ada, browser):
    factories.paper(call, ada, title="First")
    factories.paper(call, ada, title="Results of 1 experiment")
    assert "Results of 1" in listed(browser, call, q="1")
    assert "First" in listed(browser, call, q="1")
    assert "Results of 1" not in listed(browser, call, q="#1")


def test_an_extension_is_typed_in_the_zone_of_the_call(call, ada, chair, browser):
    """02:30 on that day does not exist where this chair lives, and 23:59 means the whole minute, as on the call's page."""
    chair.time_zone = "Europe/Rome"
    chair.save()
    paper = factories.paper(call, ada)
    extend = reverse("chair_extend", args=[call.slug, paper.number])
    for typed, meant in (
        ("2077-03-28T02:30", factories.utc(2077, 3, 28, 14, 30)),
        ("2077-03-28T23:59", factories.utc(2077, 3, 29, 11, 59, 59)),
    ):
        assert browser.post(extend, {"until": typed, "reason": "Illness"}).status_code == 302
        assert paper.extensions.get().until == meant
    history = (
        factories.signed_in(ada)
        .get(reverse("paper_history", args=[call.slug, paper.number]))
        .content.decode()
    )
    assert "28 March 2077, 02:30 AoE" in history


def cost(browser, where: str) -> int:
    browser.get(where)  # the first request of a session writes more
    with CaptureQueriesContext(connection) as captured:
        browser.get(where)
    return len(captured)


def test_lists_cost_the_same_for_one_and_for_three_papers(call, ada, browser):
    chairs, mine = reverse("chair_papers", args=[call.slug]), reverse("my_papers")
    author = factories.signed_in(ada)
    factories.paper(call, ada)
    one = cost(browser, chairs), cost(author, mine)
    factories.paper(call, ada, title="Two")
    factories.paper(call, ada, title="Three", file=None)
    factories.paper(call, factories.person("Bob Second"))
    assert (cost(browser, chairs), cost(author, mine)) == one


def test_a_conflicted_chair_learns_nothing_not_even_the_count(call, ada, browser, chair):
    declared = factories.paper(call, ada, title="Hidden by declaration")
    declared.declared_conflicts.create(role=call.roles.get(user=chair))
    factories.paper(call, chair, title="The chair's own")
    factories.paper(call, ada, title="Open to all")
    page = listed(browser, call)
    assert "Hidden by declaration" not in page
    assert "The chair&#x27;s own" not in page
    assert "1 paper " in " ".join(page.split())
    assert listed(browser, call, q="#1").count("Hidden") == 0
    csv_text = browser.get(reverse("chair_papers_csv", args=[call.slug])).getvalue().decode()
    assert "Hidden" not in csv_text
    assert browser.get(declared.get_absolute_url()).status_code == 404


def test_a_conflict_holds_for_whatever_else_the_person_is(call, ada, browser, chair):
    """A chair stands in the committee a second time; authors may tick either line."""
    member = factories.role(call, Role.Kind.PC_MEMBER, name=chair.name)
    paper = factories.paper(call, ada, title="Hidden by the other line", conflicts=[member])
    assert "Hidden by the other line" not in listed(browser, call)
    assert browser.get(paper.get_absolute_url()).status_code == 404
    other = factories.role(call, Role.Kind.PC_MEMBER, name="Somebody Else")
    open_to_all = factories.paper(call, ada, title="Open to all", conflicts=[other])
    assert browser.get(open_to_all.get_absolute_url()).status_code == 200


def test_the_csv_has_every_column_and_no_formula(call, ada, browser):
    factories.paper(call, ada, title='=HYPERLINK("http://evil.example")')
    factories.paper(call, ada, title='+1 for "quotes", commas')
    answer = browser.get(reverse("chair_papers_csv", args=[call.slug]))
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert list(rows[0]) == list(chair_list.HEADINGS)
    assert [row["title"] for row in rows] == [
        '\'=HYPERLINK("http://evil.example")',
        '\'+1 for "quotes", commas',
    ]
    assert rows[0]["pages"] == "8"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n+1"])
def test_cells_that_a_spreadsheet_would_run_are_quoted(text):
    assert chair_list.harmless(text) == "'" + text
    assert chair_list.harmless("plain = fine") == "plain = fine"


def test_an_extension_reopens_the_paper_and_tells_the_contacts(ada, chair):
    call = factories.edition("2022", closes=timezone.now() - timedelta(days=1))
    factories.role(call, Role.Kind.PROGRAMME_CHAIR, chair)
    paper = factories.paper(call, ada, file=None)
    browser = factories.signed_in(chair)
    until = (timezone.now() + timedelta(days=2)).astimezone(AOE).replace(minute=30, second=0, microsecond=0)
    where = reverse("chair_extend", args=[call.slug, paper.number])
    answer = browser.post(where, {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "The network was down."})
    assert answer.status_code == 302
    assert factories.fresh(paper).extensions.get().until == until
    letter = Message.objects.get(kind="extension")
    assert letter.to == "ada@example.org"
    assert "The network was down." in letter.text
    assert f"{until:%H:%M} AoE" in letter.text
    author = factories.signed_in(ada)
    assert author.get(reverse("paper_edit", args=[call.slug, paper.number])).status_code == 200


@pytest.mark.parametrize(
    ("days", "reason", "sentence"),
    [(-1, "Because", "in the past"), (2, "", "Give a reason"), (3, "Because", "not later than the deadline")],
)
def test_an_extension_without_sense_is_refused(call, ada, browser, days, reason, sentence):
    paper = factories.paper(call, ada)
    until = (timezone.now() + timedelta(days=days)).astimezone(AOE)
    answer = browser.post(
        reverse("chair_extend", args=[call.slug, paper.number]),
        {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": reason},
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not factories.fresh(paper).extensions.exists()


def test_a_draft_without_a_category_gets_more_time_on_the_date_that_holds_it_open(call, ada, browser):
    closes = call.deadlines.get(slug="submission").at
    factories.deadline(call, "submission", closes + timedelta(days=3), category="short")
    paper = factories.paper(call, ada, file=None)
    paper.category = None
    paper.save()
    extend = reverse("chair_extend", args=[call.slug, paper.number])
    for days, status in ((2, 422), (5, 302)):
        until = (closes + timedelta(days=days)).astimezone(AOE)
        assert (
            browser.post(extend, {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "Snow"}).status_code == status
        )
    assert paper.extensions.get().deadline.slug == "submission-short"
    assert queries.closing_of(factories.fresh(paper)).extended


def test_what_is_out_of_scope_gets_no_more_time(call, ada, browser):
    paper = factories.paper(call, ada)
    browser.post(reverse("chair_out_of_scope", args=[call.slug, paper.number]), {"reason": "Poetry"})
    answer = browser.post(
        reverse("chair_extend", args=[call.slug, paper.number]),
        {"until": f"{timezone.now() + timedelta(days=30):%Y-%m-%dT%H:%M}", "reason": "Snow"},
    )
    assert "is out of scope. Put it back first" in answer.content.decode()
    assert not Message.objects.filter(kind="extension").exists()


def test_a_waiver_lets_the_refused_file_count(call, ada, browser):
    paper = factories.paper(call, ada, file=None)
    author = factories.signed_in(ada)
    author.post(
        reverse("paper_edit", args=[call.slug, paper.number]),
        factories.Form.of(paper).with_file("genuine/ieee_letter_11p.pdf").fields,
    )
    assert factories.fresh(paper).state == "draft"
    browser.post(reverse("chair_waive", args=[call.slug, paper.number]), {"reason": "A long proof."})
    paper = factories.fresh(paper)
    assert (paper.state, paper.manuscript.pages) == ("submitted", 11)
    assert Message.objects.filter(kind="waiver").count() == 1
    assert Message.objects.filter(kind="receipt").count() == 1
    again = browser.post(reverse("chair_waive", args=[call.slug, paper.number]), {"reason": "Again"})
    assert "is waived already" in again.content.decode()


def test_out_of_scope_and_back(call, ada, browser):
    paper = factories.paper(call, ada)
    where = [call.slug, paper.number]
    browser.post(reverse("chair_out_of_scope", args=where), {"reason": "About cooking."})
    assert factories.fresh(paper).state == "out_of_scope"
    assert "About cooking." in Message.objects.get(kind="out_of_scope").text
    author = factories.signed_in(ada)
    assert "About cooking." in author.get(paper.get_absolute_url()).content.decode()
    assert author.get(reverse("paper_edit", args=where)).status_code == 302
    browser.post(reverse("chair_back_in_scope", args=where))
    assert factories.fresh(paper).state == "submitted"
    assert Message.objects.filter(kind="back_in_scope").count() == 1


def test_a_chair_withdraws_only_with_a_reason(call, ada, browser):
    paper = factories.paper(call, ada)
    where = reverse("paper_withdraw", args=[call.slug, paper.number])
    browser.post(where, {"reason": " "})
    assert factories.fresh(paper).state == "submitted"
    browser.post(where, {"reason": "Asked by telephone"})
    assert factories.fresh(paper).state == "withdrawn"
    letter = Message.objects.get(kind="withdrawn")
    assert "the chairs on your behalf" in letter.text
    assert "Asked by telephone" in letter.text


def test_an_extension_is_never_shortened(call, ada, browser):
    paper = factories.paper(call, ada)
    where = reverse("chair_extend", args=[call.slug, paper.number])
    for days, status in ((20, 302), (15, 422)):
        until = (timezone.now() + timedelta(days=days)).astimezone(AOE)
        answer = browser.post(where, {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "Because"})
        assert answer.status_code == status
    assert "already has until" in answer.content.decode()


def test_what_is_put_back_in_scope_is_what_it_was_though_the_call_was_tightened(call, ada, browser):
    paper = factories.paper(call, ada)
    where = [call.slug, paper.number]
    browser.post(reverse("chair_out_of_scope", args=where), {"reason": "About cooking."})
    call.categories.filter(slug="regular").update(min_pages=9)
    browser.post(reverse("chair_back_in_scope", args=where))
    assert factories.fresh(paper).state == "submitted"
