"""Discussions: who reads and says what, under which name, until when."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, User
from reviews.domain import mentions
from reviews.models import Assignment, Comment, CommitteeSettings, DiscussionRead, Handling, Member
from reviews.services import discussion, reviews
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db
URL = "/2021/discussion/1/"
#: What must come out as text, never as markup that does something.
XSS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    '<a href="https://example.org" onclick="alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$",
)


#: A tag that should not be, an attribute that acts, an address that does.
HARM = r"<(script>|img|svg/|iframe)|<[^>]*\son\w+=|<[^>]*(href|src)=[\"']?javascript:"


@pytest.fixture
def desk() -> Desk:
    made = reviewing.desk()
    for row in made.rows[:2]:
        reviewing.submitted(row)
    return made


def say(desk: Desk, who: User, text: str = "What about the batch sizes?", **more: Any) -> Comment:
    return discussion.post(
        actor=who, paper=desk.paper, text=text, key=uuid4(), arrived_at=timezone.now(), **more
    )


def send(who: User, text: str = "Is it enough?", **fields: Any) -> Any:
    return client(who).post(URL, {"key": str(uuid4()), "text": text, "readers": "reviewers", **fields})


def client(who: User) -> Client:
    return factories.signed_in(who)


def page(who: User, url: str = URL) -> str:
    answer = client(who).get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# -- who takes part -------------------------------------------------------------------------------------------------------


def test_reviewers_take_part_once_their_review_is_in(desk: Desk) -> None:
    say(desk, desk.user(0))
    assert "What about the batch sizes?" in page(desk.user(1))
    assert "What about the batch sizes?" in page(desk.chair)
    assert client(desk.user(2)).get(URL).status_code == 404, "no review yet"
    with pytest.raises(NotAllowed):
        say(desk, desk.user(2))
    reviewing.submitted(desk.rows[2])
    assert "What about the batch sizes?" in page(desk.user(2))


def test_the_reviews_stand_beside_the_thread(desk: Desk) -> None:
    html = page(desk.user(0))
    assert html.count("It compresses gradients.") == 2
    assert "1 review is still to come" in html
    assert html.count("Secret words for chairs.") == 1, "one's own only"
    assert page(desk.chair).count("Secret words for chairs.") == 2


@pytest.mark.parametrize("how", ["conflict", "withdrawn", "paper", "never", "one factor"])
def test_whoever_leaves_reads_nothing_more(desk: Desk, how: str) -> None:
    say(desk, desk.user(1), "A quokkalike secret.")
    who = desk.user(0)
    if how == "conflict":
        assigning.conflict(desk.members[0], desk.paper)
    elif how == "withdrawn":
        Assignment.objects.filter(pk=desk.rows[0].pk).update(state="withdrawn")
    elif how == "paper":
        type(desk.paper).objects.filter(pk=desk.paper.pk).update(state="withdrawn")
    elif how == "never":
        CommitteeSettings.objects.create(edition=desk.call, others_reviews="never")
    else:
        who = factories.person("Oskar Onefactor")
        factories.role(desk.call, "programme_chair", who)
    asked = client(who)
    for url in (URL, "/2021/discussion/"):
        answer = asked.get(url)
        assert answer.status_code in (404, 302)
        assert b"quokkalike" not in answer.content
        if answer.status_code == 302:
            assert "2fa" in answer["Location"]
    assert b"quokkalike" not in asked.post(URL, {"key": str(uuid4()), "text": "x"}).content
    for action in ("read", "ready", "preview", "lead", "close"):
        assert asked.post(f"{URL}{action}/", {"text": "x"}).status_code in (404, 302)
    assert not Comment.objects.filter(author=who).exists()
    assert asked.get("/2021/member/").content.count(b"new comments") == 0


def test_a_chair_with_a_conflict_learns_nothing(desk: Desk) -> None:
    conrad = factories.chair(desk.call, "Conrad Conflicted")
    desk.paper.declared_conflicts.create(role=desk.call.roles.get(user=conrad))
    row = say(desk, desk.user(0))
    missing = client(conrad).get("/2021/discussion/4711/")
    hidden = client(conrad).get(URL)
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert client(conrad).get("/2021/discussion/").status_code == 404
    assert client(conrad).post(f"{URL}close/").status_code == 404
    assert client(conrad).post(f"{URL}comments/{row.pk}/", {"action": "remove"}).status_code == 404
    assert "Conrad" not in page(desk.user(0)), "nor is offered for a mention"


def test_who_lost_the_discussion_while_writing_keeps_their_words(desk: Desk) -> None:
    said = say(desk, desk.user(0))
    assigning.conflict(desk.members[0], desk.paper)
    edited = client(desk.user(0)).post(
        f"{URL}comments/{said.pk}/", {"text": "A better word.", "expected": "x"}
    )
    assert (edited.status_code, b"A better word." in edited.content) == (404, True)
    lost = send(desk.user(0), "A long thought.")
    nowhere = client(desk.user(0)).post(
        "/2021/discussion/4711/", {"key": str(uuid4()), "text": "A long thought."}
    )
    bare = [re.sub(rb'value="[^"]{30,}"', b"", it.content) for it in (lost, nowhere)]
    assert (lost.status_code, bare[0]) == (nowhere.status_code, bare[1])
    assert (lost.status_code, b"A long thought." in lost.content) == (404, True)
    assert Comment.objects.get().text == said.text


def test_authors_find_nothing(desk: Desk) -> None:
    say(desk, desk.user(0))
    author = committee.author()
    assert client(author).get(URL).status_code == 404
    assert client(author).get("/2021/discussion/").status_code == 404
    history = client(author).get("/2021/papers/1/history/").content
    assert b"comment" not in history


# -- what is said, and under which name --------------------------------------------------------------------------------------


def test_names_or_letters_as_the_edition_wants(desk: Desk) -> None:
    say(desk, desk.user(0))
    desk.rows[0].refresh_from_db()
    letter = f"Reviewer {desk.rows[0].letter}"
    assert "R0 Reviewer0" in page(desk.user(1))
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    masked = page(desk.user(1))
    assert "Reviewer0" not in masked
    assert letter in masked
    assert "R0 Reviewer0" in page(desk.chair)
    assert "<strong>You</strong>" in page(desk.user(0))


def test_chairs_speak_as_chairs_under_their_names(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    row = say(desk, desk.chair, "Please come to an end.")
    assert (row.as_chair, row.letter) == (True, "")
    html = page(desk.user(0))
    assert "<strong>Chiara Chair</strong>" in html
    assert ">Chair</span>" in html


def test_a_note_to_the_chairs_is_read_by_them_and_its_writer(desk: Desk) -> None:
    note = say(desk, desk.user(0), "A quokkalike worry.", chairs_only=True)
    assert "quokkalike" in page(desk.chair)
    assert "quokkalike" in page(desk.user(0))
    assert "quokkalike" not in page(desk.user(1))
    answer = say(desk, desk.chair, "We know of it, manticore.", reply_to=note.pk)
    assert answer.readers == Comment.Readers.CHAIRS
    assert "manticore" in page(desk.user(0))
    assert "manticore" not in page(desk.user(1))
    with pytest.raises(Refused):
        say(desk, desk.user(1), "Me too.", reply_to=note.pk)
    assert "1 comment" not in page(desk.user(1), "/2021/discussion/"), "not even counted"


def test_a_private_answer_in_an_open_thread_is_not_for_whom_it_answers(desk: Desk) -> None:
    root = say(desk, desk.user(0))
    private = say(desk, desk.user(1), "Between us: quokkalike.", reply_to=root.pk, chairs_only=True)
    assert "quokkalike" not in page(desk.user(0))
    back = say(desk, desk.chair, "Thank you, manticore.", reply_to=private.pk)
    assert back.readers == Comment.Readers.CHAIRS
    assert "manticore" in page(desk.user(1))
    assert "manticore" not in page(desk.user(0))


def test_answers_stand_on_one_level(desk: Desk) -> None:
    root = say(desk, desk.user(0))
    first = say(desk, desk.user(1), "First answer", reply_to=root.pk)
    second = say(desk, desk.user(0), "Second answer", reply_to=first.pk)
    assert second.reply_to == root
    assert page(desk.chair).count('class="comment__answers"') == 1


def test_a_double_click_is_one_comment(desk: Desk) -> None:
    fields = {"key": str(uuid4()), "text": "Twice?", "readers": "reviewers"}
    asked = client(desk.user(0))
    assert [asked.post(URL, fields).status_code for _ in range(2)] == [302, 302]
    assert Comment.objects.count() == 1
    other = client(desk.user(1)).post(URL, fields)
    assert other.status_code == 422, "a key belongs to who used it"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write something first"),
        ("  \n ", "write something first"),
        ("a" * 1_000_000, "your text has 1,000,000 characters; at most 20,000 fit"),
        ("a\0b", "contains a NUL character"),
    ],
)
def test_what_cannot_be_said_is_refused_with_words(desk: Desk, text: str, words: str) -> None:
    answer = send(desk.user(0), text)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize("fields", [{"key": "no key"}, {"key": ""}, {"reply_to": "x"}, {"readers": "all"}])
def test_a_broken_form_is_refused_and_nothing_is_lost(desk: Desk, fields: dict[str, str]) -> None:
    answer = send(desk.user(0), "Something of mine", **fields)
    assert answer.status_code == 422
    assert b"Something of mine" in answer.content
    assert not Comment.objects.exists()


@pytest.mark.parametrize("text", XSS)
def test_nothing_that_is_written_does_harm(desk: Desk, text: str) -> None:
    assert send(desk.user(0), text).status_code == 302
    for html in (
        page(desk.user(1)),
        client(desk.user(0)).post(f"{URL}preview/", {"text": text}).content.decode(),
    ):
        thread = html.partition('id="thread"')[2] or html
        assert not re.search(HARM, thread, re.IGNORECASE)


def test_markdown_and_formulas_are_shown_as_in_reviews(desk: Desk) -> None:
    send(desk.user(0), "The bound $a_1*b*c$ is **loose**.")
    html = page(desk.user(1))
    assert "$a_1*b*c$" in html
    assert "<strong>loose</strong>" in html


# -- changing, removing --------------------------------------------------------------------------------------------------------


def test_one_changes_ones_own_for_ten_minutes(desk: Desk) -> None:
    row = say(desk, desk.user(0))
    url = f"{URL}comments/{row.pk}/"
    stamp = discussion.stamp(row)
    assert client(desk.user(1)).get(url).status_code == 404
    assert client(desk.chair).post(url, {"text": "x", "expected": stamp}).status_code == 404
    assert client(desk.user(0)).post(url, {"text": "Better words", "expected": stamp}).status_code == 302
    html = page(desk.user(1))
    assert "Better words" in html
    assert ">edited<" in html
    stale = client(desk.user(0)).post(url, {"text": "From an old tab", "expected": stamp})
    assert stale.status_code == 409
    assert b"From an old tab" in stale.content
    row.refresh_from_db()
    assert row.text == "Better words"
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        late = client(desk.user(0)).post(url, {"text": "Too late", "expected": discussion.stamp(row)})
        assert late.status_code == 409
        assert b"ten minutes are over" in late.content
        assert b"Too late" in late.content


def test_a_removed_comment_leaves_a_trace_without_words(desk: Desk) -> None:
    row = say(desk, desk.user(0), "quokkalike")
    say(desk, desk.user(1), "I agree", reply_to=row.pk)
    url = f"{URL}comments/{row.pk}/"
    for _ in range(2):
        assert client(desk.user(0)).post(url, {"action": "remove"}).status_code == 302
    html = page(desk.user(1))
    assert "This comment was removed." in html
    assert "I agree" in html
    assert "quokkalike" not in html
    row.refresh_from_db()
    assert row.text == ""
    assert AuditEntry.objects.filter(verb="comment.removed").count() == 1
    assert not AuditEntry.objects.filter(data__icontains="quokkalike").exists()


# -- ready, lead, end ---------------------------------------------------------------------------------------------------------


def test_reviewers_say_when_they_find_it_ready(desk: Desk) -> None:
    for answer in ("yes", "yes", "no", "yes"):
        assert client(desk.user(0)).post(f"{URL}ready/", {"ready": answer}).status_code == 302
    assert [it.text for it in Comment.objects.filter(is_note=True)] == [
        "Ready to decide.",
        "No longer ready to decide.",
        "Ready to decide.",
    ]
    assert "1 of 2 ready to decide" in page(desk.chair, "/2021/discussion/")
    assert client(desk.chair).post(f"{URL}ready/", {"ready": "yes"}).status_code == 404, "chairs decide"


def test_a_changed_score_is_noted_but_not_one_for_chairs_only(desk: Desk) -> None:
    row = desk.rows[0]
    for place, (merit, secret) in enumerate(
        [(2, "Secret words for chairs."), (2, "Another quokkalike secret.")]
    ):
        review = reviews.save(
            actor=desk.user(0),
            assignment=row,
            answers={**reviewing.ANSWERS, "merit": merit, "confidential": secret},
            revision=1 + 2 * place,
        )
        reviews.submit(
            actor=desk.user(0), assignment=row, revision=review.revision, arrived_at=timezone.now()
        )
    (note,) = Comment.objects.filter(is_note=True)
    assert note.text.startswith("Changed the review: Overall merit from 4")
    assert "quokkalike" not in note.text
    assert "Changed the review" in page(desk.user(1))


def test_a_chair_names_who_leads(desk: Desk) -> None:
    answer = client(desk.chair).post(f"{URL}lead/", {"reviewer": desk.rows[1].pk})
    assert answer.status_code == 302
    assert Handling.objects.get().lead == desk.members[1]
    assert "leads the discussion" in page(desk.user(0))
    assert client(desk.user(0)).post(f"{URL}lead/", {"reviewer": desk.rows[0].pk}).status_code == 404
    client(desk.chair).post(f"{URL}lead/", {"reviewer": "999999"})
    client(desk.chair).post(f"{URL}lead/", {"reviewer": "x"})
    assert Handling.objects.get().lead == desk.members[1]
    client(desk.chair).post(f"{URL}lead/", {"reviewer": ""})
    assert Handling.objects.get().lead is None


def test_a_closed_discussion_takes_nothing_more_until_it_is_opened(desk: Desk) -> None:
    row = say(desk, desk.user(0))
    client(desk.chair).post(f"{URL}close/", {"action": "close"})
    for who in (desk.user(0), desk.chair):
        answer = send(who, "One more word")
        assert answer.status_code == 409
        assert b"One more word" in answer.content
        assert b"is closed, so nothing more is discussed" in answer.content
    edit = client(desk.user(0)).post(
        f"{URL}comments/{row.pk}/", {"text": "x", "expected": discussion.stamp(row)}
    )
    assert edit.status_code == 409
    gone = client(desk.user(0)).post(f"{URL}comments/{row.pk}/", {"action": "remove"})
    assert gone.status_code == 409
    assert Comment.objects.get(pk=row.pk).removed_at is None, (
        "what was said before the decision stays in the file"
    )
    client(desk.user(0)).post(f"{URL}ready/", {"ready": "yes"})
    assert Assignment.objects.filter(ready_at__isnull=False).count() == 0
    client(desk.chair).post(f"{URL}close/", {"action": "reopen"})
    assert send(desk.user(0)).status_code == 302
    assert client(desk.user(0)).post(f"{URL}close/", {"action": "close"}).status_code == 404


def test_the_date_of_the_call_ends_it_for_reviewers(desk: Desk) -> None:
    factories.deadline(desk.call, "discussion", timezone.now() - timedelta(minutes=5), grace_minutes=10)
    assert send(desk.user(0)).status_code == 302, "within the grace"
    desk.call.deadlines.filter(kind="discussion").update(grace_minutes=0)
    answer = send(desk.user(0), "A late thought")
    assert answer.status_code == 409
    assert b"A late thought" in answer.content
    assert send(desk.chair).status_code == 302


# -- what is new --------------------------------------------------------------------------------------------------------------


def test_what_is_new_is_marked_until_it_is_read(desk: Desk) -> None:
    say(desk, desk.user(0))
    assert "1 new" in page(desk.user(1))
    assert "1 discussion with new comments" in page(desk.user(1), "/2021/member/")
    assert 'id="new"' in page(desk.user(1)), "where letters lead"
    assert 'aria-current="true">Reviewing<' in page(desk.user(1)), "the area it belongs to"
    assert "new comment" not in page(desk.user(0)), "one's own is never new"
    row = Comment.objects.get()
    assert client(desk.user(1)).post(f"{URL}read/", {"until": row.at.isoformat()}).status_code == 302
    assert "badge--accent" not in page(desk.user(1)).partition('id="thread"')[2].partition("</section>")[0]
    assert "new comments" not in page(desk.user(1), "/2021/member/")
    later = say(desk, desk.user(0), "Another")
    client(desk.user(1)).post(f"{URL}read/", {"until": (row.at - timedelta(days=1)).isoformat()})
    assert DiscussionRead.objects.get().at == row.at, "never back"
    assert page(desk.user(1)).count("New</span>") >= 1
    client(desk.user(1)).post(f"{URL}read/", {"until": "2999-01-01T00:00:00+00:00"})
    assert later.at <= DiscussionRead.objects.get().at <= timezone.now(), "never ahead"


@pytest.mark.parametrize(
    "until", ["", "x", "2021-13-45T00:00:00Z", "2021-01-01T00:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_is_none_marks_nothing(desk: Desk, until: str) -> None:
    assert client(desk.user(1)).post(f"{URL}read/", {"until": until}).status_code == 302
    assert not DiscussionRead.objects.exists()


def test_reading_here_marks_the_reviews_as_well(desk: Desk) -> None:
    html = page(desk.chair)
    assert "2 new or changed reviews" in html
    pairs = [f"{row.review.pk}:1" for row in desk.rows[:2]] + ["x:y", "1:99999999999999999999"]
    client(desk.chair).post(f"{URL}read/", {"read": pairs})
    assert "new or changed" not in page(desk.chair)


# -- mentions -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Anna Bell, look", {1}),
        ("see @anna  bell!", {1}),
        ("@Anna\nBell", {1}),
        ("@Anna Bell-Crane", {2}),
        ("@Anna Bellows", set()),
        ("mail anna@Anna Bell", set()),
        ("@Reviewer B and @chairs", {3, 4, 5}),
        ("@Reviewer Bb", set()),
        ("@", set()),
        ("", set()),
    ],
)
def test_who_is_meant(text: str, found: set[int]) -> None:
    handles = {"Anna Bell": [1], "Anna Bell-Crane": [2], "Reviewer B": [3], "chairs": [4, 5]}
    assert mentions.mentioned(text, handles) == found
    assert mentions.mentioned(text, {}) == set()


def test_only_those_who_may_read_can_be_mentioned(desk: Desk) -> None:
    row = say(desk, desk.user(0), "@R1 Reviewer1 @R2 Reviewer2 @Chiara Chair @Ada Author @R0 Reviewer0")
    assert set(row.mentioned.all()) == {desk.user(1), desk.chair}
    note = say(desk, desk.user(0), "@R1 Reviewer1 @chairs", chairs_only=True)
    assert set(note.mentioned.all()) == {desk.chair}
    html = page(desk.user(0))
    assert 'data-handle="R1 Reviewer1"' in html
    assert 'data-handle="R2 Reviewer2"' not in html


def test_a_chairs_mention_by_name_becomes_a_letter_where_names_are_hidden(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    desk.rows[1].refresh_from_db()
    row = say(desk, desk.chair, "@R1 Reviewer1, do you agree?")
    assert row.text == f"@Reviewer {desk.rows[1].letter}, do you agree?"
    assert list(row.mentioned.all()) == [desk.user(1)]
    guess = say(desk, desk.user(0), "@R1 Reviewer1 perhaps?")
    assert (guess.text, guess.mentioned.exists()) == ("@R1 Reviewer1 perhaps?", False), (
        "a guess tells nothing"
    )


def test_a_chair_who_reviews_is_a_reviewer_among_the_others(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    row = reviewing.assigned(Member.objects.get(user=desk.chair), desk.paper)
    reviewing.submitted(row)
    row.refresh_from_db()
    offered = re.findall(r'data-handle="([^"]+)"', page(desk.user(0)))
    letters = sorted(it.letter for it in Assignment.objects.exclude(letter="").exclude(pk=desk.rows[0].pk))
    known = [f"Reviewer {it}" for it in letters if it != Assignment.objects.get(pk=desk.rows[2].pk).letter]
    assert offered == ["Chiara Chair", *known, "chairs"], "a letter that were missing would tell whose it is"
    said = say(desk, desk.user(0), f"@Reviewer {row.letter}, why?")
    assert list(said.mentioned.all()) == [desk.chair]


# -- cost ---------------------------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_for_3_and_for_300_comments(desk: Desk) -> None:
    counts = []
    asked = client(desk.user(0))
    for count in (3, 297):
        Comment.objects.bulk_create(
            Comment(
                paper=desk.paper, author=desk.user(1), letter="B", text=f"Comment {it}", at=timezone.now()
            )
            for it in range(count)
        )
        for url in (URL, "/2021/discussion/"):
            asked.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert asked.get(url).status_code == 200
            counts.append(len(seen))
    assert counts[:2] == counts[2:]
    assert counts[0] <= 55
    assert counts[1] <= 20


def test_a_page_holds_a_hundred_comments_and_leads_to_the_others(desk: Desk) -> None:
    first = say(desk, desk.user(1), "The very first thought.")
    Comment.objects.bulk_create(
        Comment(paper=desk.paper, author=desk.user(1), letter="B", text=f"Comment {it}.") for it in range(210)
    )
    say(desk, desk.user(1), "About the first one.", reply_to=first.pk)
    latest = page(desk.user(0))
    assert latest.count('<article class="comment') == 101, "with what the latest one answers"
    assert latest.index("The very first thought.") < latest.index("About the first one.")
    assert "212 comments" in latest
    assert "112 new on other pages" in latest
    assert "data-read-talk" not in latest, "what is on other pages is not read by looking at this one"
    last = page(desk.user(0), f"{URL}?page=3")
    assert "The very first thought." in last
    assert last.count('<article class="comment') == 12
    quoted = page(desk.user(0), f"{URL}?reply={Comment.objects.get(text='Comment 7.').pk}")
    assert "Comment 7." in quoted.partition('id="write"')[2], "an answer to one of another page shows it"


def test_the_list_costs_the_same_for_3_and_for_300_papers(desk: Desk) -> None:
    counts = []
    asked = client(desk.chair)
    for count in (2, 297):
        papers = committee.papers(desk.call, count)
        Comment.objects.bulk_create(Comment(paper=it, author=desk.user(1), text="x") for it in papers)
        asked.get("/2021/discussion/")
        with CaptureQueriesContext(connection) as seen:
            answer = asked.get("/2021/discussion/")
        counts.append(len(seen))
        assert answer.content.count(b'class="work__row"') == min(50, Comment.objects.count() + 1)
    assert counts[0] == counts[1]
