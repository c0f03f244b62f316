"""Writing a review through the page: drafts, two tabs, submitting, versions, and what is refused."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Message
from reviews.models import Assignment, Decision, Handling, Release, Review, ReviewRead, ReviewVersion
from submissions.models import ReviewField
from submissions.services import papers
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reviewing import ANSWERS, Desk

db = pytest.mark.django_db
URL = "/2021/member/reviews/1/"


@pytest.fixture
def desk() -> Desk:
    return reviewing.desk()


def sent(answers: dict[str, Any] | None = None, *, revision: int = 0, **more: Any) -> dict[str, Any]:
    fields = {f"q-{slug}": value for slug, value in (ANSWERS if answers is None else answers).items()}
    return {"revision": revision, **fields, **more}


def signed_in(desk: Desk, place: int = 0) -> Client:
    return factories.signed_in(desk.user(place))


def review_of(desk: Desk, place: int = 0) -> Review:
    return Review.objects.get(assignment=desk.rows[place])


def autosave(client: Client, data: dict[str, Any]) -> Any:
    return client.post(URL, data, headers={"X-Autosave": "1"})


# -- drafts ---------------------------------------------------------------------------------------------------------------


@db
def test_looking_writes_nothing(desk: Desk) -> None:
    page = signed_in(desk).get(URL)
    assert page.status_code == 200
    assert not Review.objects.exists()
    assert not AuditEntry.objects.filter(verb__startswith="review").exists()
    text = page.content.decode()
    for words in ("Overall merit", "4 – Weak accept", "Authors read this", "Chairs only", "Paper 1"):
        assert words in text


@db
def test_the_first_save_accepts_and_starts(desk: Desk) -> None:
    Assignment.objects.update(state="offered")
    client = signed_in(desk)
    assert "Beginning to write accepts it" in client.get(URL).content.decode()
    accepted = client.post("/2021/member/assignments/1/accept/", {"back": "member_review"})
    assert accepted["Location"] == URL, "from the page of the review back to it"
    Assignment.objects.update(state="offered")
    assert client.post(URL, sent({"summary": "Half"})).status_code == 302
    row = Assignment.objects.get(pk=desk.rows[0].pk)
    assert (row.state, row.started_at is not None) == ("accepted", True)
    assert review_of(desk).answers == {"summary": "Half"}
    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    assert {"assignment.accepted", "review.started"} <= set(verbs)


@db
def test_typing_is_saved_and_the_page_told(desk: Desk) -> None:
    client = signed_in(desk)
    first = autosave(client, sent({"summary": "A"}))
    assert 'data-state="saved"' in first.content.decode()
    assert 'data-revision="1"' in first.content.decode()
    second = autosave(client, sent({"summary": "A B", "merit": "4"}, revision=1))
    assert 'data-revision="2"' in second.content.decode()
    assert review_of(desk).answers == {"summary": "A B", "merit": 4}


@db
def test_an_answer_lost_on_the_way_is_no_conflict(desk: Desk) -> None:
    client = signed_in(desk)
    for _ in range(2):  # the server saved the first one, its answer did not arrive, so it is sent again
        said = autosave(client, sent({"summary": "A"})).content.decode()
        assert 'data-state="saved"' in said
        assert 'data-revision="1"' in said


@db
def test_a_second_tab_is_told_and_both_texts_stay(desk: Desk) -> None:
    client = signed_in(desk)
    client.post(URL, sent({"summary": "From the first tab", "merit": 3}))
    said = autosave(client, sent({"summary": "From the second tab"}))
    assert said.status_code == 409
    assert 'data-state="stale"' in said.content.decode()
    page = client.post(URL, sent({"summary": "From the second tab", "merit": 3}))
    text = page.content.decode()
    assert page.status_code == 409
    assert "From the first tab" in text
    assert text.count("From the second tab") == 2, "in the comparison and in the form"
    assert "Overall merit</h2>" not in text, "only what differs is compared"
    assert review_of(desk).answers["summary"] == "From the first tab"
    # The page that came back holds the revision of now: saving it is a choice, not an accident.
    assert 'name="revision" value="1"' in text
    assert client.post(URL, sent({"summary": "From the second tab"}, revision=1)).status_code == 302


@db
def test_nobody_else_reads_a_draft(desk: Desk) -> None:
    signed_in(desk).post(URL, sent({"summary": "Quokkas everywhere"}))
    reviewing.submitted(desk.rows[1])
    assert "Quokkas" not in signed_in(desk, 1).get(URL).content.decode()
    assert signed_in(desk, 1).post(URL, sent({"summary": "x"}, revision=1)).status_code == 302
    assert review_of(desk).answers == {"summary": "Quokkas everywhere"}


# -- submitting -----------------------------------------------------------------------------------------------------------


@db
def test_a_whole_review_is_submitted(desk: Desk) -> None:
    answer = signed_in(desk).post(URL, sent(action="submit"), follow=True)
    assert "is submitted. Thank you" in answer.content.decode()
    review = review_of(desk)
    assert (review.version, review.submitted_at is not None) == (1, True)
    version = ReviewVersion.objects.get()
    assert (version.answers, version.by) == (ANSWERS, desk.user())
    assert sorted(Assignment.objects.values_list("letter", flat=True)) == ["A", "B", "C"]
    assert AuditEntry.objects.filter(verb="review.submitted").count() == 1
    assert not Message.objects.filter(about__startswith="paper").exists(), "no mail about it"


@db
def test_a_review_with_gaps_is_kept_as_a_draft(desk: Desk) -> None:
    page = signed_in(desk).post(URL, sent({"summary": "Only this"}, action="submit"))
    assert page.status_code == 422
    text = page.content.decode()
    assert "your draft is saved" in text
    assert "“Overall merit” is required." in text
    assert "“Confidential remarks to the chairs” is required." not in text
    review = review_of(desk)
    assert (review.version, review.answers) == (0, {"summary": "Only this"})


@db
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("As R0 Reviewer0 wrote.", "is the name of a reviewer"),
        ("Ask R1 Reviewer1.", "is the name of somebody in the committee"),
        ("Write to me@example.org.", "is an e-mail address"),
        ("As reviewer 2 said.", "speaks of another review"),
    ],
)
def test_a_telltale_is_shown_once_and_may_be_submitted(desk: Desk, text: str, why: str) -> None:
    client = signed_in(desk)
    page = client.post(URL, sent({**ANSWERS, "comments": text}, action="submit"))
    assert page.status_code == 409
    assert why in page.content.decode()
    assert review_of(desk).version == 0
    seen = page.content.decode().split('name="seen" value="')[1].split('"')[0]
    data = sent({**ANSWERS, "comments": text}, revision=1, action="submit", seen=seen)
    assert client.post(URL, data).status_code == 302
    assert review_of(desk).version == 1


@db
def test_another_telltale_is_shown_again(desk: Desk) -> None:
    client = signed_in(desk)
    page = client.post(URL, sent({**ANSWERS, "comments": "Write to me@example.org"}, action="submit"))
    seen = page.content.decode().split('name="seen" value="')[1].split('"')[0]
    data = sent({**ANSWERS, "comments": "As reviewer 2 said"}, revision=1, action="submit", seen=seen)
    assert client.post(URL, data).status_code == 409


@db
def test_warnings_do_not_tell_whose_paper_it_is() -> None:
    desk = reviewing.desk(anonymity="double")
    other = committee.papers(desk.call, 1)[0]
    other.authors.update(name="Zoe Zimmer")
    desk.paper.authors.update(name="Yan Yost")
    client = signed_in(desk)
    said = []
    for revision, name in ((0, "Yan Yost"), (1, "Zoe Zimmer")):
        page = client.post(
            URL, sent({**ANSWERS, "comments": f"Is it {name}?"}, revision=revision, action="submit")
        )
        warning = page.content.decode().split('id="telling"')[1].split("</ul>")[0]
        said.append(warning.replace(name, "NAME").replace(name.split()[1], "NAME"))
    assert said[0] == said[1], "an author of this paper and one of another look alike"


@db
def test_a_version_is_edited_beside_the_submitted_one(desk: Desk) -> None:
    client = signed_in(desk)
    client.post(URL, sent(action="submit"))
    reviewing.submitted(desk.rows[1])
    reader = signed_in(desk, 1)
    reader.post(f"{URL}read/", {"read": f"{review_of(desk).pk}:1"})
    client.post(URL, sent({**ANSWERS, "merit": 1, "summary": "Now I doubt it."}, revision=2))
    text = client.get(URL).content.decode()
    assert "not submitted yet; others read version 1" in text
    assert "doubt" not in reader.get(URL).content.decode()
    assert (
        client.post(
            URL, sent({**ANSWERS, "merit": 1, "summary": "Now I doubt it."}, revision=3, action="submit")
        ).status_code
        == 302
    )
    assert review_of(desk).version == 2
    read = reader.get(URL).content.decode()
    assert "Now I doubt it." in read
    assert "Changed since you read it" in read
    changes = client.get(f"{URL}versions/").content.decode()
    assert "Version 2" in changes
    assert "4 – Weak accept" in changes
    assert "<ins>" in changes


@db
def test_of_many_versions_the_latest_are_compared(desk: Desk) -> None:
    review = reviewing.submitted(desk.rows[0])
    made = [ReviewVersion(review=review, number=it, answers={"merit": it % 5 + 1}) for it in range(2, 31)]
    ReviewVersion.objects.bulk_create(made)
    Review.objects.update(version=30, answers=made[-1].answers)
    page = signed_in(desk).get(f"{URL}versions/").content.decode()
    assert re.findall(r"Version (\d+)</h2>", page) == [str(it) for it in range(30, 10, -1)]
    assert "Earlier versions are kept" in page


@db
def test_changes_can_be_dropped(desk: Desk) -> None:
    client = signed_in(desk)
    client.post(URL, sent(action="submit"))
    client.post(URL, sent({**ANSWERS, "merit": 1}, revision=2))
    assert client.post(URL, {"action": "discard", "revision": 3}).status_code == 302
    assert review_of(desk).answers["merit"] == 4
    assert "The same" not in client.get(f"{URL}versions/").content.decode()


@db
def test_the_same_words_are_no_new_version(desk: Desk) -> None:
    client = signed_in(desk)
    client.post(URL, sent(action="submit"))
    page = client.post(URL, sent(revision=2, action="submit"))
    assert page.status_code == 422
    assert "Nothing was changed since version 1" in page.content.decode()
    assert ReviewVersion.objects.count() == 1


@db
def test_reading_is_noted_only_of_what_one_may_read(desk: Desk) -> None:
    other = reviewing.submitted(desk.rows[1])
    client = signed_in(desk)
    client.post(f"{URL}read/", {"read": [f"{other.pk}:1", "x", "99999:1", ":", f"{other.pk}"]})
    assert not ReviewRead.objects.exists()
    reviewing.submitted(desk.rows[0])
    assert client.post(f"{URL}read/", {"read": f"{other.pk}:7"}).status_code == 302
    assert list(ReviewRead.objects.values_list("version", flat=True)) == [1]


# -- refused --------------------------------------------------------------------------------------------------------------


def released(desk: Desk) -> None:
    release = Release.objects.create(edition=desk.call, effective_at=timezone.now())
    Decision.objects.create(paper=desk.paper, outcome="accept", release=release)


def discussion_closed(desk: Desk) -> None:
    Handling.objects.create(paper=desk.paper, discussion_closed_at=timezone.now())


@db
@pytest.mark.parametrize(
    ("happens", "words"),
    [(released, "decision on #1 is out"), (discussion_closed, "discussion of #1 is closed")],
)
def test_after_the_end_nothing_is_changed(desk: Desk, happens: Any, words: str) -> None:
    client = signed_in(desk)
    client.post(URL, sent(action="submit"))
    happens(desk)
    page = client.post(URL, sent({**ANSWERS, "merit": 1}, revision=2, action="submit"))
    assert page.status_code == 409
    assert words in page.content.decode()
    assert autosave(client, sent({**ANSWERS, "merit": 1}, revision=2)).status_code == 409
    assert review_of(desk).answers == ANSWERS
    shown = client.get(URL).content.decode()
    assert words in shown
    assert "review-form" not in shown
    assert "compresses gradients" in shown, "one's own review is still there to read"


@db
def test_an_undone_release_opens_reviews_again(desk: Desk) -> None:
    released(desk)
    Release.objects.update(undone_at=timezone.now())
    assert signed_in(desk).post(URL, sent()).status_code == 302


def taken_back(desk: Desk) -> None:
    Assignment.objects.filter(pk=desk.rows[0].pk).update(state="withdrawn")


def conflict_found(desk: Desk) -> None:
    assigning.conflict(desk.members[0], desk.paper)


def paper_withdrawn(desk: Desk) -> None:
    papers.withdraw(actor=committee.author(), paper=factories.fresh(desk.paper))


@db
@pytest.mark.parametrize("happens", [taken_back, conflict_found, paper_withdrawn])
def test_who_lost_the_paper_meanwhile_keeps_their_words(desk: Desk, happens: Any) -> None:
    client = signed_in(desk)
    client.post(URL, sent({"summary": "Begun"}))
    happens(desk)
    for action in ("save", "submit", "preview"):
        page = client.post(URL, sent({"summary": "An hour of work"}, revision=1, action=action))
        assert page.status_code == 404
        assert "An hour of work" in page.content.decode()
        assert "Nothing was saved" in page.content.decode()
    said = autosave(client, sent({"summary": "An hour of work"}, revision=1))
    assert (said.status_code, "Nothing was saved" in said.content.decode()) == (404, True)
    assert review_of(desk).answers == {"summary": "Begun"}
    answers = [
        client.post(url, sent({"summary": "An hour of work"}, revision=1)).content.decode()
        for url in (URL, "/2021/member/reviews/4711/")
    ]
    hidden, missing = (re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", it) for it in answers)
    assert hidden == missing


@db
@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"summary": "a\x00b"}, "contains a NUL character"),
        ({"summary": "x" * 1_000_000}, "has 1,000,000 characters; at most 100,000 fit"),
        ({"merit": "9"}, "takes a number from 1 to 5, not “9”"),
        ({"merit": "-1"}, "takes a number from 1 to 5"),
        ({"merit": "²"}, "takes a number from 1 to 5"),
        ({"merit": "excellent!"}, "takes a number from 1 to 5"),
        ({"shorter": "Maybe"}, "takes one of “Yes, as a short paper”"),
        ({"nonsense": "Words"}, "The chairs changed the form"),
    ],
)
def test_what_cannot_be_an_answer_is_said_and_nothing_saved(desk: Desk, answers: Any, words: str) -> None:
    client = signed_in(desk)
    data = sent({"strengths": "Good", **answers})
    page = client.post(URL, data)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert "Good" in page.content.decode()
    said = autosave(client, data)
    assert said.status_code == 422
    assert words in said.content.decode()
    assert not Review.objects.exists()


@db
@pytest.mark.parametrize("revision", ["", "-1", "x", "²", "99999999999999", "1.5"])
def test_a_revision_that_cannot_be_is_a_stale_one(desk: Desk, revision: str) -> None:
    page = signed_in(desk).post(URL, {"revision": revision, "q-summary": "A"})
    assert page.status_code == 409
    assert not Review.objects.exists()


@db
def test_answers_to_a_question_that_went_are_shown(desk: Desk) -> None:
    ReviewField.objects.create(
        edition=desk.call, slug="merit", label="Merit", kind="score", choices=["no", "yes"]
    )
    page = signed_in(desk).post(URL, sent({"merit": 2, "summary": "Long words about it"}))
    assert page.status_code == 422
    assert "Long words about it" in page.content.decode()


@db
def test_signed_out_while_typing_is_said(desk: Desk) -> None:
    said = autosave(Client(), sent())
    assert said.status_code == 403
    assert "no longer signed in" in said.content.decode()


@db
def test_a_preview_is_what_readers_see_and_saves_nothing(desk: Desk) -> None:
    client = signed_in(desk)
    part = client.post(f"{URL}preview/", {"text": "*A* \\(x_1\\) <script>alert(1)</script>"}).content.decode()
    assert "<em>A</em> \\(x_1\\)" in part
    assert "<script" not in part
    assert client.post(f"{URL}preview/", {"text": "x" * 200_000}).status_code == 422
    assert not Review.objects.exists()
    page = client.post(URL, sent({"summary": "It is *fine*."}, action="preview"), follow=True)
    assert "<em>fine</em>" in page.content.decode()


@db
def test_authors_are_masked_where_the_call_says_so() -> None:
    desk = reviewing.desk(anonymity="double")
    client = signed_in(desk)
    for url in (URL, "/2021/member/reviews/", "/2021/member/", f"{URL}form.txt", f"{URL}versions/"):
        text = client.get(url).content.decode()
        assert "Ada" not in text, url
        assert "Example University" not in text, url
    open_desk = client.get(URL).content.decode()
    assert "Reviewers are not told who the authors are" in open_desk


@db
def test_the_page_costs_the_same_for_one_reviewer_and_for_many(desk: Desk) -> None:
    counts = []
    client = signed_in(desk)
    reviewing.submitted(desk.rows[0])
    for rows in (desk.rows[1:2], desk.rows[2:]):
        for row in rows:
            reviewing.submitted(row)
        client.get(URL)
        with CaptureQueriesContext(connection) as seen:
            client.get(URL)
        counts.append(len(seen))
    assert counts[0] == counts[1], counts
