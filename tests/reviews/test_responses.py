"""What authors read of their reviews and respond: when, who, how much, and what nobody learns before."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Message
from reviews.models import Assignment, AuthorResponse, CommitteeSettings, Decision, Release
from reviews.services import responses
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db
URL = "/2021/papers/1/response/"
CHAIR = "/2021/chair/committee/responses/"


@pytest.fixture
def desk() -> Desk:
    made = reviewing.desk()
    for row in made.rows[:2]:
        reviewing.submitted(row)
    now = timezone.now()
    factories.deadline(made.call, "reviews", now - timedelta(hours=1), label="Reviews due")
    factories.deadline(made.call, "response", now + timedelta(days=3), label="Responses due")
    return made


@pytest.fixture
def opened(desk: Desk) -> Desk:
    responses.open_to_authors(actor=desk.chair, edition=desk.call)
    CommitteeSettings.objects.update(responses_open_at=timezone.now() - timedelta(minutes=1))
    return desk


def author() -> Client:
    return factories.signed_in(committee.author())


def send(text: str, *, revision: int = 0, action: str = "submit", who: Client | None = None) -> Any:
    return (who or author()).post(URL, {"text": text, "revision": revision, "action": action})


def test_before_a_chair_opens_it_there_is_nothing(desk: Desk) -> None:
    missing = author().get("/2021/papers/4711/response/")
    hidden = author().get(URL)
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert send("Too early").status_code == 404


def test_the_button_writes_to_authors_in_ten_minutes_and_can_be_undone(desk: Desk) -> None:
    chair = factories.signed_in(desk.chair)
    assert b"Let authors read and respond" in chair.get(CHAIR).content
    chair.post(CHAIR)
    (letter,) = Message.objects.filter(kind="response_open")
    assert letter.to == "ada@example.org"
    assert timezone.now() + timedelta(minutes=9) < letter.due_at < timezone.now() + timedelta(minutes=11)
    assert letter.about == f"paper:{desk.paper.pk}"
    assert author().get(URL).status_code == 404, "not yet"
    chair.post(CHAIR, {"action": "undo"})
    assert not Message.objects.filter(kind="response_open").exists()
    assert CommitteeSettings.objects.get().responses_open_at is None
    chair.post(CHAIR)
    assert Message.objects.filter(kind="response_open").count() == 1
    chair.post(CHAIR)
    assert Message.objects.filter(kind="response_open").count() == 1, "twice is the same as once"
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        chair = factories.signed_in(desk.chair)
        chair.post(CHAIR, {"action": "undo"})
        assert CommitteeSettings.objects.get().responses_open_at is not None
        assert author().get(URL).status_code == 200


@pytest.mark.parametrize(
    ("kind", "days", "words"),
    [
        ("reviews", 2, "still being written"),
        ("response", -1, "has passed"),
        ("response", None, "has no date"),
    ],
)
def test_the_dates_of_the_call_rule_the_button(desk: Desk, kind: str, days: int | None, words: str) -> None:
    rows = desk.call.deadlines.filter(kind=kind)
    if days is None:
        rows.delete()
    else:
        rows.update(at=timezone.now() + timedelta(days=days))
    with pytest.raises(Refused, match=words):
        responses.open_to_authors(actor=desk.chair, edition=desk.call)
    assert not Message.objects.filter(kind="response_open").exists()


def test_only_chairs_open_it(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        responses.open_to_authors(actor=desk.user(0), edition=desk.call)
    assert factories.signed_in(desk.user(0)).get(CHAIR).status_code == 404


def test_authors_read_what_is_meant_for_them_under_letters_of_their_own(opened: Desk) -> None:
    html = author().get(URL).content.decode()
    assert html.count("It compresses gradients.") == 2
    assert "Review A" in html
    assert "Review B" in html
    for hidden in ("Secret words for chairs", "Reviewer0", "Reviewer1", "Your confidence", "Reviewer A"):
        assert hidden not in html
    given = {it.pk: it.letter_for_authors for it in Assignment.objects.all()}
    reviewing.submitted(opened.rows[2])
    responses.give_letters([opened.paper])
    later = {it.pk: it.letter_for_authors for it in Assignment.objects.all()}
    assert {pk: later[pk] for pk, letter in given.items() if letter} == {
        pk: letter for pk, letter in given.items() if letter
    }
    assert sorted(later.values()) == ["A", "B", "C"]


def test_one_response_a_paper_with_a_draft_and_versions(opened: Desk) -> None:
    assert send("We used **32**.", action="save").status_code == 302
    reviewer = factories.signed_in(opened.user(0))
    assert b"We used" not in reviewer.get("/2021/discussion/1/").content, "a draft is the authors'"
    assert send("We used **64**.", revision=1).status_code == 302
    assert b"We used <strong>64</strong>." in reviewer.get("/2021/discussion/1/").content
    send("We used 128, perhaps.", revision=2, action="save")
    assert b"We used 128" not in reviewer.get("/2021/discussion/1/").content, "not submitted yet"
    assert AuthorResponse.objects.count() == 1
    desk_page = reviewer.get("/2021/member/reviews/1/").content
    assert b"We used <strong>64</strong>." in desk_page
    assert b"/2021/discussion/1/" in desk_page
    chair = factories.signed_in(opened.chair)
    assert b"We used <strong>64</strong>." in chair.get("/2021/discussion/1/").content


def test_an_old_tab_overwrites_nothing(opened: Desk) -> None:
    send("First", action="save")
    stale = send("From an old tab", revision=0, action="save")
    assert stale.status_code == 409
    assert b"From an old tab" in stale.content
    assert b"First" in stale.content
    assert AuthorResponse.objects.get().text == "First"
    part = author().post(URL, {"text": "x", "revision": "7", "action": "save"}, headers={"X-Autosave": "1"})
    assert (part.status_code, b'data-state="stale"' in part.content) == (409, True)


def test_words_are_counted_and_too_many_refused(opened: Desk) -> None:
    CommitteeSettings.objects.update(response_words=50)
    answer = send("word " * 51)
    assert answer.status_code == 422
    assert "51 words, and 50 are allowed. Shorten it by 1" in answer.content.decode()
    assert answer.content.count(b"word word") >= 1
    assert send("word " * 50).status_code == 302


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "write your response first"), ("a\0b", "NUL character"), ("a" * 1_000_000, "at most 100,000 fit")],
)
def test_what_is_no_response_is_refused(opened: Desk, text: str, words: str) -> None:
    answer = send(text)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AuthorResponse.objects.exists()


def test_after_the_date_it_is_refused_and_nothing_is_lost(opened: Desk) -> None:
    send("In time")
    opened.call.deadlines.filter(kind="response").update(
        at=timezone.now() - timedelta(minutes=5), grace_minutes=10
    )
    assert send("In the grace", revision=1).status_code == 302
    opened.call.deadlines.filter(kind="response").update(grace_minutes=0)
    for action in ("save", "submit"):
        late = send("A late quokkalike word", revision=2, action=action)
        assert late.status_code == 409
        assert b"A late quokkalike word" in late.content
        assert b"The date for responses has passed." in late.content
    assert AuthorResponse.objects.get().submitted_text == "In the grace"
    assert b"In the grace" in author().get(URL).content, "still to be read"


def test_contacts_write_and_others_do_not(opened: Desk) -> None:
    opened.paper.authors.create(
        position=1, name="Bea", email="bea@example.org", affiliation="Example University"
    )
    bea = factories.signed_in(factories.person("Bea", "bea@example.org"))
    assert b"It compresses gradients." in bea.get(URL).content
    assert send("x", who=bea).status_code == 404
    for other in (opened.chair, opened.user(0), factories.person("Stella Stranger")):
        asked = factories.signed_in(other)
        assert asked.get(URL).status_code == 404
        assert send("x", who=asked).status_code == 404
        assert asked.post(f"{URL}preview/", {"text": "x"}).status_code == 404


def test_a_chair_who_wrote_the_paper_reads_as_an_author(opened: Desk) -> None:
    cleo = factories.chair(opened.call, "Cleo Chair")
    opened.paper.authors.create(
        position=1, name="Cleo", email=cleo.email, affiliation="Example University", is_contact=True
    )
    asked = factories.signed_in(cleo)
    html = asked.get(URL).content.decode()
    assert "Secret words" not in html
    assert "Reviewer0" not in html
    assert asked.get("/2021/discussion/1/").status_code == 404
    assert b"<dt>Papers</dt><dd>0</dd>" in asked.get(CHAIR).content, "no number tells of it"


def test_reviewers_behind_a_wall_do_not_read_it(opened: Desk) -> None:
    send("A quokkalike answer")
    assigning.conflict(opened.members[0], opened.paper)
    assert factories.signed_in(opened.user(0)).get("/2021/discussion/1/").status_code == 404


def test_the_papers_page_leads_there_while_it_is_undecided(opened: Desk) -> None:
    assert URL.encode() in author().get("/2021/papers/1/").content
    assert URL.encode() in author().get("/account/papers/").content
    assert b"open for your response" not in factories.signed_in(opened.chair).get("/2021/papers/1/").content
    now = timezone.now()
    date = opened.call.deadlines.filter(kind="response")
    date.update(at=now - timedelta(minutes=1))
    page = author().get("/2021/papers/1/").content.decode()
    assert ("open for your response" in page, "The date for responses has passed" in page) == (False, True)
    date.update(at=now + timedelta(days=1))
    release = Release.objects.create(edition=opened.call, effective_at=now)
    Decision.objects.create(paper=opened.paper, outcome="reject", release=release)
    assert b"open for your response" not in author().get("/2021/papers/1/").content
    assert b"/2021/papers/1/decision/" in author().get(URL).content, (
        "from there on the decision is what counts"
    )
    assert send("After the decision").status_code == 409
