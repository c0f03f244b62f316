"""The pages everybody may read: what they show, what they never show, and that they agree with what is enforced."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from submissions.models import Deadline, Edition, Role
from submissions.services import call as service
from submissions.templatetags.call import markdown
from tests import factories

SCADL = Path(__file__).parents[2] / "calls" / "scadl-2021.toml"
BEFORE = datetime(2021, 1, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def scadl() -> Edition:
    call_command("loadcall", str(SCADL), "--publish", verbosity=0)
    return Edition.objects.get(slug="2021")


def page(client: Client, path: str = "/2021/") -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.get_text(" ").split())


def test_the_call_shows_what_its_rows_say(scadl: Edition, client: Client) -> None:
    with time_machine.travel(BEFORE, tick=False):
        soup = page(client)
    text = words(soup)
    for topic in scadl.topics.all():
        assert topic.name in text
    for expected in ("8 to 10 pages, everything counted", "exactly 4 pages", "exactly 1 page", "Danilo Ardagna",
                     "Politecnico di Milano, Italy", "General Chairs", "Logistics & Web Chair", "Steering Committee",
                     "1 February 2021, end of day AoE", "15 March 2021", "IEEE conference style"):  # fmt: skip
        assert expected in text, expected
    assert "Logistics & Web Chairs" not in text
    assert len(soup.select("h1")) == 1
    assert soup.select_one('a[href="https://www.ieee.org/conferences/publishing/templates.html"]')


def test_the_dates_are_marked_and_counted_down_to(scadl: Edition, client: Client) -> None:
    with time_machine.travel(datetime(2021, 3, 1, tzinfo=UTC), tick=False):
        items = page(client).select(".timeline__item")
    assert ["is-past" in item["class"] for item in items] == [True, False, False, False]
    assert ["is-next" in item["class"] for item in items] == [False, True, False, False]
    with time_machine.travel(BEFORE, tick=False):
        soup = page(client)
    counting = soup.select_one("[data-countdown]")
    assert counting is not None
    assert datetime.fromisoformat(counting["data-countdown"]) == datetime(2021, 2, 2, 11, 59, 59, tzinfo=UTC)
    assert counting.get_text(strip=True)
    local = soup.select_one(".timeline time[data-local]")
    assert local is not None
    assert local["datetime"] == "2021-02-01T23:59:59-12:00"


def test_a_signed_in_reader_sees_the_deadline_in_their_own_zone(scadl: Edition) -> None:
    reader = factories.person("Ravi Reader", time_zone="Asia/Kolkata")
    client = factories.signed_in(reader)
    assert "Tue 2 February 2021, 17:29 Asia/Kolkata" in words(page(client))
    assert "15 March 2021, 17:29" not in words(page(client))


@pytest.mark.parametrize(
    ("seconds", "grace", "offered", "said"),
    [
        (-1, 0, True, "Submission is open until"),
        (0, 0, True, "Submission is open until"),
        (2, 0, False, "Submission is closed: the deadline was"),
        (2, 5, True, "do it now"),
        (302, 5, False, "Submission is closed: the deadline was"),
    ],
)
def test_submitting_is_offered_as_long_as_it_is_possible(
    scadl: Edition, seconds: int, grace: int, offered: bool, said: str
) -> None:
    scadl.deadlines.filter(kind="submission").update(grace_minutes=grace)
    author = factories.person("Anna Author")
    moment = scadl.deadlines.get(kind="submission").at + timedelta(seconds=seconds)
    with time_machine.travel(moment, tick=False):
        soup = page(Client())
        form = factories.signed_in(author).get("/2021/papers/new/")
    assert said in words(soup)
    assert bool(soup.select('a[href="/2021/papers/new/"]')) is offered
    assert (b"<form" in form.content and b'name="title"' in form.content) is offered
    assert "grace" not in words(soup).lower()


def test_every_category_shows_its_own_closing_date(client: Client) -> None:
    call = factories.edition("2031", closes=datetime(2031, 2, 2, 11, 59, 59, tzinfo=UTC))
    factories.deadline(call, "submission", datetime(2031, 3, 2, 11, 59, 59, tzinfo=UTC), category="short")
    rows = {row.th.get_text(): words(row) for row in page(client, "/2031/").select("tbody tr")}  # type: ignore[union-attr]
    assert "1 February 2031, 23:59 AoE" in rows["Regular paper"]
    assert "1 March 2031, 23:59 AoE" in rows["Short paper"]
    assert "Each category has its own closing date" in words(page(client, "/2031/"))


def test_registration_and_submission_are_told_apart(client: Client) -> None:
    call = factories.edition("2031", closes=datetime(2031, 2, 9, 11, 59, 59, tzinfo=UTC))
    factories.deadline(call, "registration", datetime(2031, 2, 2, 11, 59, 59, tzinfo=UTC))
    with time_machine.travel(datetime(2031, 2, 1, tzinfo=UTC), tick=False):
        text = words(page(client, "/2031/"))
        assert "New papers can be registered until 1 February 2031, 23:59 AoE" in text
        assert "Registered papers can be completed until 8 February 2031, 23:59 AoE" in text
    with time_machine.travel(datetime(2031, 2, 3, tzinfo=UTC), tick=False):
        soup = page(client, "/2031/")
        assert "New papers could be registered until 1 February 2031, 23:59 AoE" in words(soup)
        assert not soup.select('a[href="/2031/papers/new/"]')


def test_an_extension_is_announced_with_the_first_date(scadl: Edition, client: Client) -> None:
    chair = factories.chair(scadl)
    row = scadl.deadlines.get(kind="submission")
    with time_machine.travel(BEFORE, tick=False):
        service.move_deadline(actor=chair, edition=scadl, deadline=row, at=row.at + timedelta(days=7))
        assert "Extended from 1 February 2021" in words(page(client))
        assert "8 February 2021, end of day AoE" in words(page(client))


def test_addresses_of_the_committee_are_never_shown(scadl: Edition) -> None:
    scadl.roles.update(email="secret@example.org")
    chair = factories.chair(scadl)
    for client in (Client(), factories.signed_in(chair)):
        for path in ("/", "/2021/", "/2021/dates.ics"):
            assert b"secret@example.org" not in client.get(path).content


def test_what_is_not_published_is_as_if_it_did_not_exist() -> None:
    hidden = factories.edition("2031", published=False)
    chair = factories.chair(hidden)
    stranger = factories.signed_in(factories.person("Sam Stranger"))
    for client in (Client(), stranger):
        assert "ScaDL 2031" not in words(page(client, "/"))
        for path in ("/2031/", "/2031/dates.ics"):
            with CaptureQueriesContext(connection) as hidden_queries:
                answer = client.get(path)
            with CaptureQueriesContext(connection) as missing_queries:
                missing = client.get(path.replace("2031", "2032"))
            assert answer.status_code == missing.status_code == 404
            assert len(hidden_queries) == len(missing_queries)
    seen = factories.signed_in(chair).get("/2031/")
    assert "Not published" in seen.content.decode()
    assert "private" in seen["Cache-Control"]


def test_pages_are_kept_by_caches_only_where_everybody_sees_the_same(scadl: Edition) -> None:
    anonymous = Client().get("/2021/")
    assert "max-age=60" in anonymous["Cache-Control"]
    assert "Cookie" in anonymous["Vary"]
    own = factories.signed_in(factories.person("Anna Author")).get("/2021/")
    assert "private" in own["Cache-Control"]
    assert "public" not in own["Cache-Control"]


@pytest.mark.parametrize("who", ["anonymous", "chair"])
def test_the_number_of_queries_does_not_grow(who: str) -> None:
    first = factories.edition("2031")
    client = factories.signed_in(factories.chair(first)) if who == "chair" else Client()
    client.get("/2031/")
    counts = []
    for more in (["2032"], ["2033", "2034"]):
        for slug in more:
            made = factories.edition(slug)
            factories.deadline(made, "camera_ready", timezone.now() + timedelta(days=60), category="short")
            factories.role(first, Role.Kind.PC_MEMBER, name=f"Member {slug}")
            factories.deadline(first, "other", timezone.now(), label=slug, category="short")
            Deadline.objects.filter(edition=first, slug="other-short").update(slug=f"o{slug}")
        for path in ("/", "/2031/", "/2031/dates.ics"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 12


def test_nothing_in_a_call_can_break_out_of_the_page(client: Client) -> None:
    evil = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'
    factories.edition(
        "2031",
        summary=evil,
        place=evil,
        scope=evil,
        host_event=evil,
        instructions="[x](javascript:alert(1)) ![i](https://e.org/i.png)",
    )
    answer = client.get("/2031/")
    soup = BeautifulSoup(answer.content, "html.parser")
    assert not soup.select("[onerror], img[src=x], img[src^=http], a[href^=javascript]")
    scripts = soup.select("script:not([src])")
    assert [script["type"] for script in scripts] == ["application/ld+json"]
    assert json.loads(scripts[0].string or "")["description"] == evil


def test_search_engines_are_told_what_the_page_says(scadl: Edition, client: Client) -> None:
    soup = page(client)
    data = json.loads(soup.select_one('script[type="application/ld+json"]').string or "")  # type: ignore[union-attr]
    assert data["@type"] == "Event"
    assert (data["startDate"], data["endDate"]) == ("2021-05-21", "2021-05-21")
    assert data["eventAttendanceMode"].endswith("MixedEventAttendanceMode")
    assert soup.select_one('link[rel="canonical"]')["href"] == "http://testserver/2021/"  # type: ignore[index]
    assert soup.select_one('meta[property="og:title"]')["content"].startswith("ScaDL 2021")  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title", "<h3>Title</h3>"),
        ("###### Deep", "<h6>Deep</h6>"),
        ("**b** _i_", "<p><strong>b</strong> <em>i</em></p>"),
        ("<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>"),
        ("[a](https://example.org)", '<p><a href="https://example.org" rel="noopener nofollow">a</a></p>'),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>"),
    ],
)
def test_markdown_of_chairs_is_made_safe(text: str, html: str) -> None:
    assert markdown(text).strip() == html


def test_the_calendar_says_days_as_days_and_times_as_times(client: Client) -> None:
    call = factories.edition("2031", place="Portland")
    call.deadlines.all().delete()
    timed = datetime(2031, 2, 8, 17, tzinfo=UTC)
    factories.deadline(call, "submission", timed, label="Papers; drafts, too", date_only=False)
    end = datetime(2031, 5, 23, 11, 59, 59, tzinfo=UTC)
    event = factories.deadline(call, "event", end, label="Workshop")
    Deadline.objects.filter(pk=event.pk).update(starts_at=datetime(2031, 5, 21, 12, tzinfo=UTC))
    answer = client.get("/2031/dates.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    entries = {str(entry["UID"]): entry for entry in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert set(entries) == {"2031-submission@testserver", "2031-event@testserver"}
    submission, workshop = entries["2031-submission@testserver"], entries["2031-event@testserver"]
    assert submission["DTSTART"].dt == timed
    assert "Papers; drafts, too" in str(submission["SUMMARY"])
    assert workshop["DTSTART"].dt.isoformat() == "2031-05-21"
    assert workshop["DTEND"].dt.isoformat() == "2031-05-23"  # the day after the last
    assert str(workshop["LOCATION"]) == "Portland"


def test_a_subscribed_calendar_takes_a_moved_date(scadl: Edition, client: Client) -> None:
    def entry() -> Any:
        events = Calendar.from_ical(client.get("/2021/dates.ics").content).walk("VEVENT")
        return next(it for it in events if str(it["UID"]) == "2021-submission@testserver")

    with time_machine.travel(BEFORE, tick=False):
        Deadline.objects.update(changed_at=BEFORE - timedelta(days=9))
        before, again = entry(), entry()
        row = scadl.deadlines.get(kind="submission")
        service.move_deadline(
            actor=factories.chair(scadl), edition=scadl, deadline=row, at=row.at + timedelta(days=7)
        )
        after = entry()
    assert before == again
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert (after["DTSTART"].dt - before["DTSTART"].dt).days == 7


def test_the_series_page_lists_open_editions_first_then_the_newest(client: Client) -> None:
    factories.edition("2029")
    factories.edition("2030", closes=timezone.now() - timedelta(days=100))
    factories.edition("2031")
    soup = page(client, "/")
    assert [link["href"] for link in soup.select(".card__title a")] == [
        *("/2031/", "/2029/"),
        "/2030/",
    ]
    open_calls = ["/2031/papers/new/", "/2029/papers/new/"]
    assert [link["href"] for link in soup.select("a.btn--primary")] == open_calls


def test_an_empty_site_says_so(client: Client) -> None:
    assert "No call for papers yet" in words(page(client, "/"))
