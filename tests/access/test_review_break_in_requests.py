"""Forged, foreign, late and monstrous requests to the rooms of reviews, guests, discussion and decisions."""

import io
import re
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Message
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    CommitteeSettings,
    Decision,
    Guest,
    Handling,
    Member,
    MoreTime,
    Review,
    ReviewRead,
    ReviewVersion,
)
from reviews.services import decisions, discussion, guests
from reviews.services.decisions import Choice
from submissions.models import Author
from tests import factories
from tests.access.intruders import NOW, WHO, fields, guest_of, leave, say
from tests.reviews import committee, releasing, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield reviewing.desk()


def packed(data: bytes, how: int) -> SimpleUploadedFile:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", how) as archive:
        archive.writestr("form.txt", data)
    return SimpleUploadedFile("forms.zip", whole.getvalue())


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_zip_is_unpacked_that_could_become_gigabytes(desk: Desk, how: int) -> None:
    client = factories.signed_in(desk.user(0))
    answer = client.post("/2021/member/reviews/upload/", {"forms": packed(b"\0" * 10_000_000, how)})
    assert answer.status_code == 422
    assert "packed in a way that is not read here" in answer.content.decode()


def test_proposing_guests_and_taking_them_back_is_no_way_to_send_mail(desk: Desk, monkeypatch: Any) -> None:
    CommitteeSettings.objects.create(edition=desk.call, guests_need_approval=False)
    monkeypatch.setattr(guests, "MOST", 2)
    for place in range(3):
        who = {**WHO, "email": f"victim{place}@elsewhere.example"}
        answer = factories.signed_in(desk.user(0)).post("/2021/member/reviews/1/guest/", who)
        factories.signed_in(desk.user(0)).post("/2021/member/reviews/1/guest/", {"action": "withdraw"})
    assert answer.status_code == 422
    assert "You have proposed 2 guests" in answer.content.decode()
    assert Message.objects.filter(kind="guest_invitation").count() == 2


def test_nobody_acts_in_a_review_or_discussion_that_is_no_longer_theirs(desk: Desk) -> None:
    for row in desk.rows:
        reviewing.submitted(row)
    own = say(desk, desk.user(0), "Old words.")
    client = factories.signed_in(desk.user(0))
    sent: list[tuple[str, dict[str, Any]]] = [
        ("member/reviews/1/", {**fields(summary="Hacked"), "revision": "1", "action": "submit"}),
        ("member/reviews/1/", {"revision": "1", "action": "discard"}),
        ("member/reviews/1/read/", {"read": ["1:1", "2:1", "3:1"]}),
        ("member/reviews/1/more-time/", {"day": "2021-03-20", "reason": "Hacked"}),
        ("member/reviews/1/guest/", WHO),
        ("member/assignments/1/accept/", {}),
        ("discussion/1/", {"key": str(uuid4()), "text": "Hacked", "readers": "reviewers"}),
        ("discussion/1/", {"action": "preview", "text": "Hacked"}),
        ("discussion/1/ready/", {"ready": "yes"}),
        ("discussion/1/read/", {"until": NOW.isoformat(), "read": ["1:1", "2:1"]}),
        (f"discussion/1/comments/{own.pk}/", {"text": "Hacked", "expected": discussion.stamp(own)}),
        (f"discussion/1/comments/{own.pk}/", {"action": "remove"}),
    ]
    # The same for the parts that scripts ask for.
    for how, headers in (
        ("conflict", {}),
        ("declared", {"X-Autosave": "1"}),
        ("withdrawn", {"HX-Request": "1"}),
    ):
        with transaction.atomic():
            leave(desk, how)
            before = rows_of_this_room()
            for where, data in sent:
                answer = client.post(f"/2021/{where}", data, headers=headers)
                assert answer.status_code == 404, (how, where, answer.status_code)
                assert b"Old words" not in answer.content
            assert rows_of_this_room() == before
            transaction.set_rollback(True)


def rows_of_this_room() -> dict[str, list[str]]:
    """All that reviewers could change, as it stands."""
    models = (Assignment, Comment, Guest, Review, ReviewVersion)
    return {it.__name__: sorted(map(str, it._default_manager.values_list())) for it in models}


def test_a_row_of_another_paper_or_edition_is_not_taken(desk: Desk) -> None:
    for row in desk.rows:
        reviewing.submitted(row)
    (other,) = committee.papers(desk.call, 1)
    elsewhere = reviewing.assigned(desk.members[0], other)
    reviewing.submitted(elsewhere)
    words = say(desk, desk.user(1), "A comment on paper 1.")
    foreign = committee.member(factories.edition("2019"), "Fabian Foreign")
    client, chair = factories.signed_in(desk.user(0)), factories.signed_in(desk.chair)
    answered = {"key": str(uuid4()), "text": "An answer", "readers": "reviewers", "reply_to": str(words.pk)}
    assert client.post("/2021/discussion/2/", answered).status_code == 422
    again = {"key": str(words.key), "text": "The same key", "readers": "reviewers"}
    assert client.post("/2021/discussion/2/", again).status_code == 422
    assert client.post(f"/2021/discussion/2/comments/{words.pk}/", {"action": "remove"}).status_code == 404
    client.post("/2021/discussion/2/read/", {"read": [f"{it.review.pk}:1" for it in desk.rows]})
    assert not ReviewRead.objects.exists()
    chair.post("/2021/discussion/1/lead/", {"reviewer": str(elsewhere.pk)})
    chair.post("/2021/chair/decisions/1/handling/", {"chair": str(desk.user(0).pk)})
    assert not Handling.objects.exclude(lead=None, chair=None).exists()
    forged = {"outcome": "conditional", "conditions": "x", "revision": "0", "shepherd": str(foreign.pk)}
    assert chair.post("/2021/chair/decisions/1/", forged).status_code == 422
    forged = {
        "outcome": "accept",
        "revision": "0",
        "paper": "2",
        "met_at": "2001-01-01",
        "next": "//evil.example/",
    }
    assert "evil" not in chair.post("/2021/chair/decisions/1/", forged)["Location"]
    assert list(Decision.objects.values_list("paper__number", "met_at", "release")) == [(1, None, None)]


def test_no_link_of_a_guest_opens_another_or_lasts_longer(desk: Desk) -> None:
    browser, link = guest_of(desk)
    factories.edition("2020")
    assert browser.get(link.replace("2021", "2020")).status_code == 404
    reviewing.assigned(desk.members[1], committee.papers(desk.call, 1)[0])
    (row,) = Assignment.objects.filter(paper__number=2)
    guests.propose(actor=desk.user(1), assignment=row, **{**WHO, "email": "xen@elsewhere.example"})
    other = reverse("guest", args=["2021", Guest.objects.latest("pk").key])
    browser.post(other, {"answer": "open"})
    assert browser.get(f"{other}review/")["Location"] == other
    assert browser.post(f"{other}review/", {**fields(), "revision": 0}).status_code in (302, 403)
    Guest.objects.filter(assignment=row).update(expires_at=NOW - timedelta(days=1))
    assert Client().post(other, {"answer": "accept"}).status_code == 410
    guests.withdraw(actor=desk.user(0), assignment=desk.rows[0])
    assert browser.post(f"{link}review/", {**fields(), "revision": 0}).status_code in (302, 403, 410)
    assert browser.get(link).status_code == 410
    assert not Review.objects.exists()


def test_a_megabyte_of_anything_costs_seconds_at_most(desk: Desk) -> None:
    """Measured in processor time of this process, which is the same on a busy machine."""
    for row in desk.rows[1:]:
        reviewing.submitted(row)
    writer, talker, chair = (factories.signed_in(it) for it in (desk.user(0), desk.user(1), desk.chair))
    empty_lines, brackets = "\n" * 1_000_000 + "a", "[" * 99_999
    with within(seconds=10):
        for text, status in ((empty_lines, 302), (brackets, 302), ("a" * 1_000_000, 422)):
            revision = (
                Review.objects.filter(assignment=desk.rows[0]).values_list("revision", flat=True).first()
            )
            sent = {"action": "save", "revision": revision or 0, "q-summary": text}
            assert writer.post("/2021/member/reviews/1/", sent).status_code == status
        assert talker.post("/2021/discussion/1/preview/", {"text": brackets}).status_code == 422
        sent = {"key": str(uuid4()), "text": empty_lines, "readers": "reviewers"}
        assert talker.post("/2021/discussion/1/", sent).status_code == 302
        for asked in ("(" * 10_000, "not " * 120, "1 or " * 99 + "1", "-(a) " * 90, "re:a or " * 60 + "re:a"):
            assert chair.get("/2021/chair/decisions/", {"q": asked}).status_code in (200, 422)
        assert (
            writer.post("/2021/member/reviews/1/", {f"q-{it}": "a" for it in range(5001)}).status_code == 400
        )


@contextmanager
def within(*, seconds: float) -> Iterator[None]:
    def over(*_: object) -> None:
        pytest.fail(f"It took more than {seconds} seconds of processor time.")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


MARKUP = "\n\n".join(
    (
        *(
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "<base href=//evil.example>",
        ),
        *(
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,eA==)",
            "[a]: vbscript:x\n\n[a]",
            "<javascript:alert(1)>",
        ),
        *(
            "![a](http://evil.example/x.png)",
            '[x](<https://a" onclick="alert(1)>)',
            "[x](https://e 't\" onclick=\"alert(1)')",
        ),
        *(
            "</textarea></title><script>alert(1)</script>",
            "```\n</textarea><script>alert(1)</script>\n```",
            "{{7*7}}{% load x %}",
        ),
        *(
            "$<img src=x onerror=alert(1)>$",
            "\\(<script>alert(1)</script>\\)",
            "<form action=//evil.example>",
            "<!-- -->",
        ),
        *(
            "<p hx-get=/x hx-trigger=load style=color:red>",
            "<iframe srcdoc='<script>alert(1)</script>'>",
            "&#60;script&#62;",
        ),
    )
)


class Dangers(HTMLParser):
    """What a page would run, load or send elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        for name, value in attrs:
            target = re.sub(r"\s", "", value or "").lower()
            runs = name.startswith(("on", "hx-get", "srcdoc")) or target.startswith(
                ("javascript:", "data:", "vbscript:")
            )
            if runs or (name in ("src", "action") and "evil" in target):
                self.found.append((tag, (name, value)))
        if tag in ("iframe", "base", "object", "embed") or (tag == "script" and "src" not in named):
            self.found.append((tag, attrs))


@pytest.mark.thorough
def test_markup_in_any_text_does_nothing_where_it_is_read(desk: Desk) -> None:
    line = " ".join(MARKUP.split())[:190]
    for row in desk.rows[1:]:
        reviewing.submitted(
            row, **dict.fromkeys(("summary", "strengths", "comments", "confidential"), MARKUP)
        )
    Review.objects.update(guest_name=line)
    Member.objects.update(name=line, affiliation=line)
    Author.objects.update(name=line, affiliation=line, is_contact=True)
    for chairs, note in ((False, False), (True, False), (False, True)):
        Comment.objects.create(
            paper=desk.paper, author=desk.user(1), text=MARKUP, as_chair=chairs, is_note=note
        )
    AuthorResponse.objects.create(paper=desk.paper, text=MARKUP, submitted_text=MARKUP, submitted_at=NOW)
    leaver = committee.member(desk.call, "Dora Decliner")
    reviewing.assigned(leaver, desk.paper, state="declined", reason=MARKUP, substitute=line, answered_at=NOW)
    MoreTime.objects.create(assignment=desk.rows[0], until=NOW, reason=MARKUP, answer=MARKUP)
    Guest.objects.create(
        assignment=desk.rows[0],
        email="g@elsewhere.example",
        evidence=MARKUP,
        name=line,
        affiliation=line,
        note=MARKUP,
    )
    choice = Choice(
        "conditional", shepherd=desk.members[1].pk, conditions=MARKUP, note=MARKUP, to_authors=MARKUP
    )
    decisions.decide(actor=desk.chair, paper=desk.paper, choice=choice, revision=0)
    read = {
        desk.chair: ("discussion/1/", "chair/decisions/", "chair/decisions/1/", "chair/committee/requests/",
                     "chair/decisions/release/preview/", "chair/committee/assignment/papers/1/", "chair/mail/"),
        desk.user(0): ("member/", "member/reviews/1/", "member/reviews/1/guest/", "member/reviews/1/more-time/"),
        desk.user(1): ("discussion/1/", "discussion/", "member/reviews/1/", "member/reviews/1/?preview=1"),
    }  # fmt: skip
    released = {
        committee.author(): ("papers/1/decision/", "papers/1/"),
        desk.user(1): ("member/shepherding/1/",),
    }
    dangers: list[Any] = []
    for person, where in ((it, f"/2021/{path}") for it, paths in read.items() for path in paths):
        dangers += found_in(factories.signed_in(person), where)
    releasing.later(releasing.Room(desk.call, desk.chair, [desk.paper], desk.members).release())
    for person, where in ((it, f"/2021/{path}") for it, paths in released.items() for path in paths):
        dangers += found_in(factories.signed_in(person), where)
    for message in Message.objects.all():
        page = Dangers()
        page.feed(message.html)
        dangers += [(message.kind, it) for it in page.found]
    assert dangers == []


def found_in(client: Client, where: str) -> list[Any]:
    answer, page = client.get(where, follow=True), Dangers()
    assert answer.status_code == 200, where
    page.feed(answer.content.decode())
    return [(where, it) for it in page.found]
