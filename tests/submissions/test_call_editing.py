"""Chairs edit the call in the browser: what they may, what is refused, and that nothing typed is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Message
from submissions.models import Edition, ExtraField, ResearchDirection, Role, Topic
from submissions.services import call as service
from submissions.services import call_rows
from submissions.services.errors import NotAllowed, Stale
from tests import factories

pytestmark = pytest.mark.django_db
PAGES = (
    "",
    "texts/",
    "directions/",
    "topics/",
    "categories/",
    "dates/",
    "dates/submission/move/",
    "call.toml",
)


@pytest.fixture
def call() -> Edition:
    made = factories.edition("2031", closes=datetime(2031, 2, 2, 11, 59, 59, tzinfo=UTC))
    made.deadlines.filter(kind="notification").update(at=datetime(2031, 3, 16, 11, 59, 59, tzinfo=UTC))
    ResearchDirection.objects.create(edition=made, title="Compression", text="Fewer bits.")
    return made


@pytest.fixture
def chair(call: Edition) -> Client:
    return factories.signed_in(factories.chair(call))


def url(page: str, slug: str = "2031") -> str:
    return f"/{slug}/chair/call/{page}"


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def form_of(client: Client, page: str) -> dict[str, Any]:
    """The page's form as a browser would send it back."""
    form = soup(client.get(url(page))).select_one("main form[method=post]")
    assert form is not None
    for template in form.select("template"):
        template.decompose()
    data: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name = str(field["name"])
        if name == "csrfmiddlewaretoken":
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            data[name] = chosen["value"] if chosen else ""
        elif field.get("type") == "checkbox":
            if field.has_attr("checked"):
                data.setdefault(name, []).append(field.get("value", "on"))
        elif field.name == "textarea":
            data[name] = field.get_text().removeprefix("\n")
        else:
            data[name] = field.get("value", "")
    return data


def refusal(answer: Any) -> str:
    assert answer.status_code == 200
    box = soup(answer).select_one('[role="alert"]')
    assert box is not None
    return " ".join(box.get_text(" ").split())


@pytest.mark.parametrize("page", PAGES)
def test_saving_a_page_as_it_is_changes_nothing(call: Edition, chair: Client, page: str) -> None:
    if page in {"", "call.toml", "dates/submission/move/"}:
        assert chair.get(url(page)).status_code == 200
        return
    before = call_rows.read(call)
    answer = chair.post(url(page), form_of(chair, page))
    assert (answer.status_code, answer["Location"]) == (302, url(""))
    assert call_rows.read(Edition.objects.get(pk=call.pk)) == before
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("page", [*PAGES, "publish/"])
def test_only_chairs_of_the_edition_find_these_pages(call: Edition, page: str) -> None:
    elsewhere = factories.chair(factories.edition("2032"), "Olga Outsider")
    member = factories.person("Mia Member")
    factories.role(call, Role.Kind.PC_MEMBER, member)
    method = "post" if page == "publish/" else "get"
    for person in (elsewhere, member, factories.person("Sam Stranger")):
        client = factories.signed_in(
            factories.with_second_factor(person) if person is not elsewhere else person
        )
        client.get("/healthz")
        with CaptureQueriesContext(connection) as queries:
            answer = getattr(client, method)(url(page))
        with CaptureQueriesContext(connection) as missing_queries:
            missing = getattr(client, method)(url(page, "2099"))
        assert answer.status_code == missing.status_code == 404
        assert len(queries) == len(missing_queries)
    for slug in ("2031", "2099"):
        assert getattr(Client(), method)(url(page, slug)).status_code == 302


@pytest.mark.parametrize(
    "change", ["texts", "dates", "topics", "directions", "categories", "move", "publish"]
)
def test_the_services_refuse_everybody_else(call: Edition, change: str) -> None:
    stranger = factories.person("Sam Stranger")
    row = call.deadlines.get(kind="submission")
    made: dict[str, Any] = {
        "texts": lambda: service.edit_texts(actor=stranger, edition=call, expected="", texts={"place": "X"}),
        "dates": lambda: service.edit_dates(actor=stranger, edition=call, expected="", dates=[]),
        "topics": lambda: service.edit_topics(actor=stranger, edition=call, expected="", topics=[]),
        "directions": lambda: service.edit_directions(
            actor=stranger, edition=call, expected="", directions=[]
        ),
        "categories": lambda: service.edit_categories(
            actor=stranger, edition=call, expected="", categories=[]
        ),
        "move": lambda: service.move_deadline(actor=stranger, edition=call, deadline=row, at=timezone.now()),
        "publish": lambda: service.publish(actor=stranger, edition=call),
    }
    before = call_rows.read(call)
    with pytest.raises(NotAllowed):
        made[change]()
    assert call_rows.read(call) == before
    assert not AuditEntry.objects.exists()


def test_a_text_is_changed_and_recorded(call: Edition, chair: Client) -> None:
    data = form_of(chair, "texts/") | {"place": "  Portland,  USA ", "scope": "New\r\n\r\n**scope**"}
    assert chair.post(url("texts/"), data).status_code == 302
    assert "<strong>scope</strong>" in Client().get("/2031/").content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_label, entry.edition) == ("call.texts_edited", "Chiara Chair", "2031")
    assert entry.data["edition, place"] == ["", "Portland, USA"]


def test_two_tabs_the_second_is_refused_and_nothing_is_lost(call: Edition, chair: Client) -> None:
    first, second = form_of(chair, "texts/"), form_of(chair, "texts/")
    chair.post(url("texts/"), first | {"place": "Portland"})
    answer = chair.post(url("texts/"), second | {"place": "Rome"})
    assert "changed this since you opened the page" in refusal(answer)
    shown = soup(answer)
    assert shown.select_one("#id_place")["value"] == "Rome"  # type: ignore[index]
    assert "Portland" in shown.select_one(".diff__side--theirs").get_text()  # type: ignore[union-attr]
    assert Edition.objects.get(pk=call.pk).place == "Portland"
    again = form_of(chair, "texts/") | {
        "expected": shown.select_one("#id_expected")["value"],
        "place": "Rome",
    }  # type: ignore[index]
    assert chair.post(url("texts/"), again).status_code == 302
    assert Edition.objects.get(pk=call.pk).place == "Rome"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("site_url", "javascript:alert(1)", "is not a web address"),
        ("contact_email", "nobody", "is not an e-mail address"),
        ("abstract_min_words", "400", "is more than abstract_max_words"),
        ("name", "   ", "required"),
        ("max_file_mb", "0", "greater than or equal to 1"),
        ("format", "telepathy", "not one of the available choices"),
    ],
)
def test_a_wrong_text_is_refused_with_what_was_typed(
    call: Edition, chair: Client, field: str, value: str, said: str
) -> None:
    answer = chair.post(url("texts/"), form_of(chair, "texts/") | {field: value, "place": "Kept"})
    assert said in refusal(answer)
    assert soup(answer).select_one("#id_place")["value"] == "Kept"  # type: ignore[index]
    assert Edition.objects.get(pk=call.pk).place == ""


def test_topics_are_renamed_reordered_added_and_removed(call: Edition, chair: Client) -> None:
    ids = {topic.slug: topic.pk for topic in call.topics.all()}
    data = form_of(chair, "topics/")
    data |= {
        "rows-0-ORDER": "3",
        "rows-0-name": "Federated and split learning",
        "rows-1-DELETE": "on",
        "rows-2-ORDER": "1",
        "rows-3-name": "Serving",
        "rows-3-slug": "",
        "rows-3-group": "Systems",
        "rows-3-ORDER": "4",
        "rows-TOTAL_FORMS": "4",
    }
    assert chair.post(url("topics/"), data).status_code == 302
    assert [(row.slug, row.name) for row in call.topics.all()] == [
        ("inference", "Inference"),
        ("federated", "Federated and split learning"),
        ("serving", "Serving"),
    ]
    assert call.topics.get(slug="federated").pk == ids["federated"]
    assert AuditEntry.objects.filter(verb="call.topics_edited").count() == 1


def test_directions_are_edited(call: Edition, chair: Client) -> None:
    data = form_of(chair, "directions/") | {"rows-0-title": "Sparsity", "rows-0-text": "Fewer\r\n*numbers*."}
    assert chair.post(url("directions/"), data).status_code == 302
    assert [(row.title, row.text) for row in call.directions.all()] == [("Sparsity", "Fewer\n*numbers*.")]
    assert "<em>numbers</em>" in Client().get("/2031/").content.decode()


def test_a_topic_of_a_paper_stays(call: Edition, chair: Client) -> None:
    paper = factories.paper(call, factories.person("Anna Author"), file=None)
    used = paper.topics.get()
    data = form_of(chair, "topics/")
    place = next(key[5:6] for key, value in data.items() if key.endswith("-slug") and value == used.slug)
    answer = chair.post(url("topics/"), data | {f"rows-{place}-DELETE": "on", "rows-1-name": "Typed"})
    assert f"The topic “{used.name}” is in use: 1 paper" in refusal(answer)
    assert Topic.objects.filter(pk=used.pk).exists()
    assert 'value="Typed"' in answer.content.decode()


def test_rows_can_be_moved_and_added_without_javascript(call: Edition, chair: Client) -> None:
    def names(answer: Any) -> list[str]:
        page = soup(answer)
        for template in page.select("template"):
            template.decompose()
        return [str(field.get("value", "")) for field in page.select('input[name$="-name"]')]

    data = form_of(chair, "topics/") | {"rows-0-name": "Typed"}
    assert names(chair.post(url("topics/"), data | {"row": "down-0"})) == [
        "Compression",
        "Typed",
        "Inference",
    ]
    assert names(chair.post(url("topics/"), data | {"row": "up-2"})) == ["Typed", "Inference", "Compression"]
    assert names(chair.post(url("topics/"), data | {"row": "remove-1"})) == ["Typed", "Inference"]
    assert names(chair.post(url("topics/"), data | {"row": "add"})) == [
        "Typed",
        "Compression",
        "Inference",
        "",
    ]
    assert names(chair.post(url("topics/"), data | {"row": "down-99999999"})) == [
        "Typed",
        "Compression",
        "Inference",
    ]
    assert [row.name for row in call.topics.all()] == ["Federated learning", "Compression", "Inference"]


def test_limits_of_a_category_are_changed_and_checked(call: Edition, chair: Client) -> None:
    data = form_of(chair, "categories/")
    answer = chair.post(url("categories/"), data | {"rows-0-min_pages": "11"})
    assert "Categories, row 1, min pages" in refusal(answer)
    changed = data | {
        "rows-0-max_pages": "12",
        "rows-0-excludes": ["references"],
        "rows-0-max_total_pages": "14",
    }
    assert chair.post(url("categories/"), changed).status_code == 302
    law = call.categories.get(slug="regular").law()
    assert (law.max_pages, law.excludes, law.max_total_pages) == (12, ("references",), 14)
    assert "at most 14 pages in all" in Client().get("/2031/").content.decode()


def test_dates_are_edited_as_a_whole(call: Edition, chair: Client) -> None:
    data = form_of(chair, "dates/")
    late = data | {"rows-0-day": "2031-04-01"}
    assert "Correct one of the two" in refusal(chair.post(url("dates/"), late))
    assert "Enter a valid date" in refusal(chair.post(url("dates/"), data | {"rows-0-day": "soon"}))
    both = late | {"rows-1-day": "2031-04-20", "rows-1-time": "18:30", "rows-0-grace_minutes": "15"}
    assert chair.post(url("dates/"), both).status_code == 302
    submission, notification = call.deadlines.get(kind="submission"), call.deadlines.get(kind="notification")
    assert submission.at == datetime(2031, 4, 2, 11, 59, 59, tzinfo=UTC)
    assert submission.original_at == datetime(2031, 2, 2, 11, 59, 59, tzinfo=UTC)
    assert submission.grace_minutes == 15
    assert notification.at == datetime(2031, 4, 21, 6, 30, tzinfo=UTC)
    assert not notification.date_only


def test_the_deadline_is_extended_and_the_contacts_are_told(call: Edition, chair: Client) -> None:
    author = factories.person("Anna Author")
    factories.paper(call, author, file=None)
    Message.objects.all().delete()
    assert "The contacts of 1 paper" in chair.get(url("dates/submission/move/")).content.decode()
    data = form_of(chair, "dates/submission/move/") | {
        "day": "2031-02-08",
        "time": "",
        "reason": "Many asked.",
    }
    assert chair.post(url("dates/submission/move/"), data).status_code == 302
    row = call.deadlines.get(kind="submission")
    assert row.at == datetime(2031, 2, 9, 11, 59, 59, tzinfo=UTC)
    assert row.original_at == datetime(2031, 2, 2, 11, 59, 59, tzinfo=UTC)
    assert "Extended from 1 February 2031" in " ".join(soup(Client().get("/2031/")).get_text().split())
    entry = AuditEntry.objects.get(verb="call.deadline_moved")
    assert entry.data["reason"] == "Many asked."
    assert entry.data["dates “submission”, at"] == ["2031-02-01", "2031-02-08"]
    letter = Message.objects.get()
    assert letter.to == author.email
    assert "Many asked." in letter.text


def test_only_those_whom_a_date_concerns_are_told_that_it_moved(call: Edition, chair: Client) -> None:
    closes = call.deadlines.get(slug="submission").at
    factories.deadline(call, "submission", closes + timedelta(days=3), category="short")
    for name, category in (("Rea Regular", "regular"), ("Sam Short", "short"), ("Uma Undecided", None)):
        author = factories.person(name)
        draft = factories.paper(call, author, file=None)
        draft.category = call.categories.get(slug=category) if category else None
        draft.save(update_fields=["category"])
    for address, told in (("submission", {"rea", "uma"}), ("submission-short", {"sam"})):
        Message.objects.all().delete()
        page = chair.get(url(f"dates/{address}/move/")).content.decode()
        assert f"The contacts of {len(told)} paper" in page
        data = form_of(chair, f"dates/{address}/move/") | {"day": "2031-03-08", "time": "", "reason": "Snow."}
        assert chair.post(url(f"dates/{address}/move/"), data).status_code == 302
        assert {letter.to.partition("@")[0] for letter in Message.objects.all()} == told


def test_a_deadline_moved_twice_keeps_the_first_date(call: Edition) -> None:
    chair, row = factories.chair(call), call.deadlines.get(kind="submission")
    first = row.at
    for days in (3, 7):
        service.move_deadline(actor=chair, edition=call, deadline=row, at=first + timedelta(days=days))
    row.refresh_from_db()
    assert (row.original_at, row.at, row.revision) == (first, first + timedelta(days=7), 2)
    service.move_deadline(actor=chair, edition=call, deadline=row, at=first)
    row.refresh_from_db()
    assert row.original_at == row.at


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2020-01-01", "", "This is over"),
        ("2031-01-20", "", "authors lose time: say why"),
        ("2031-04-20", "", "Correct one of the two"),
        ("", "", "This field is required"),
        ("2031-02-30", "25:00", "Enter a valid"),
    ],
)
def test_a_deadline_is_not_moved_just_anywhere(
    call: Edition, chair: Client, day: str, time: str, said: str
) -> None:
    data = form_of(chair, "dates/submission/move/") | {"day": day, "time": time}
    answer = chair.post(url("dates/submission/move/"), data)
    boxes = " ".join(box.get_text(" ") for box in soup(answer).select('[role="alert"]'))
    assert said in boxes
    assert call.deadlines.get(kind="submission").at == datetime(2031, 2, 2, 11, 59, 59, tzinfo=UTC)


def test_two_chairs_extending_at_once_do_not_add_up(call: Edition, chair: Client) -> None:
    mine, theirs = form_of(chair, "dates/submission/move/"), form_of(chair, "dates/submission/move/")
    chair.post(url("dates/submission/move/"), theirs | {"day": "2031-02-08"})
    answer = chair.post(url("dates/submission/move/"), mine | {"day": "2031-02-15"})
    assert "Somebody moved this deadline" in refusal(answer)
    assert call.deadlines.get(kind="submission").at == datetime(2031, 2, 9, 11, 59, 59, tzinfo=UTC)
    row = call.deadlines.get(kind="submission")
    with pytest.raises(Stale):
        service.move_deadline(
            actor=factories.chair(call, "Cleo Chair"),
            edition=call,
            deadline=row,
            at=row.at,
            expected_at=timezone.now(),
        )


def test_what_an_administrator_left_odd_does_not_stop_other_edits(call: Edition, chair: Client) -> None:
    Edition.objects.filter(pk=call.pk).update(series="")
    ExtraField.objects.create(edition=call, slug="x", label="X?", kind="choice", choices=[])
    assert chair.post(url("texts/"), form_of(chair, "texts/") | {"place": "Rome"}).status_code == 302
    assert Edition.objects.get(pk=call.pk).place == "Rome"


def test_a_call_is_published_once(call: Edition) -> None:
    Edition.objects.update(published=False)
    chair = factories.signed_in(factories.chair(call))
    assert "Publish the call" in chair.get(url("")).content.decode()
    for _ in range(2):
        assert chair.post(url("publish/")).status_code == 302
    assert Client().get("/2031/").status_code == 200
    assert AuditEntry.objects.filter(verb="call.published").count() == 1


def test_the_page_says_how_it_differs_from_the_file_and_gives_it_back(tmp_path: Any) -> None:
    call_command("loadcall", "calls/scadl-2021.toml", "--publish", verbosity=0)
    loaded = Edition.objects.get()
    Role.objects.filter(name="Danilo Ardagna").update(
        user=factories.with_second_factor(factories.person("Dan"))
    )
    client = factories.signed_in(Role.objects.get(name="Danilo Ardagna").user)  # type: ignore[arg-type]
    assert "The same as in scadl-2021.toml" in client.get(url("", "2021")).content.decode()
    topics = [row for row in call_rows.read(loaded).topics if row.slug != "efficient-and-scalable-inference"]
    mark = service.stamp(call_rows.read(loaded), "topics")
    service.edit_topics(actor=factories.chair(loaded), edition=loaded, expected=mark, topics=topics)
    loaded.roles.filter(name="Chiara Chair").delete()
    page = client.get(url("", "2021")).content.decode()
    assert "differs from its file in 1 fact" in page
    assert "topics “efficient-and-scalable-inference”: removed" in page
    answer = client.get(url("call.toml", "2021"))
    assert answer["Content-Disposition"] == 'attachment; filename="scadl-2021.toml"'
    again = tmp_path / "scadl-2021.toml"
    again.write_bytes(answer.content)
    call_command("loadcall", str(again), verbosity=0)
    assert "The same as in scadl-2021.toml" in client.get(url("", "2021")).content.decode()


def test_the_number_of_queries_does_not_grow(call: Edition, chair: Client) -> None:
    chair.get(url(""))  # notes that the session is in use
    counts = []
    for more in (1, 3):
        for index in range(more):
            name = f"{more}{index}"
            Topic.objects.create(edition=call, slug=f"t{name}", name=f"Topic {name}", order=9)
            factories.role(call, Role.Kind.PC_MEMBER, name=f"Member {name}")
            factories.deadline(call, "other", timezone.now(), label=f"Date {name}")
            call.deadlines.filter(slug="other").update(slug=f"d{name}")
        for page in PAGES:
            with CaptureQueriesContext(connection) as queries:
                assert chair.get(url(page)).status_code == 200
            counts.append(len(queries))
    assert counts[: len(PAGES)] == counts[len(PAGES) :]
