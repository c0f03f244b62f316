"""What leaves a reviewer's desk as a file: manuscripts, forms, attachments, and all of it as one ZIP."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews import queries
from reviews.domain import offline_form
from reviews.models import Assignment, Review
from submissions.models import ExtraAnswer, ExtraField, Manuscript, Paper
from submissions.storage import manuscripts
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db
URL = "/2021/member/reviews/1/"


@pytest.fixture
def desk() -> Desk:
    return with_files(reviewing.desk())


def with_files(desk: Desk) -> Desk:
    filed(desk.paper)
    return desk


def filed(paper: Paper) -> None:
    store = manuscripts()
    paper.manuscript = Manuscript.objects.create(
        paper=paper,
        version=2,
        file=store.save(f"t/{paper.number}.pdf", ContentFile(b"%PDF-1.7 of " + str(paper.number).encode())),
        thumbnail=store.save(f"t/{paper.number}.png", ContentFile(b"\x89PNG")),
        original_name="ada-authors-draft.pdf",
        size=13,
        sha256="ab" * 32,
        pages=8,
        accepted=True,
        arrived_at=timezone.now(),
    )
    paper.save()


def client(desk: Desk, place: int = 0) -> Client:
    return factories.signed_in(desk.user(place))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_manuscript_has_our_name_and_runs_nothing(desk: Desk) -> None:
    answer = client(desk).get(f"{URL}manuscript/")
    assert body(answer) == b"%PDF-1.7 of 1"
    assert answer["Content-Disposition"] == 'attachment; filename="scadl2021-paper1-v2.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "ada-authors" not in client(desk).get(URL).content.decode()


def test_only_its_reviewers_and_chairs_without_a_conflict_read_it(desk: Desk) -> None:
    conrad = factories.chair(desk.call, "Conrad Conflicted")
    desk.paper.declared_conflicts.create(role=desk.call.roles.get(user=conrad))
    other = committee.member(desk.call, "Nora Nobody")
    assert body(factories.signed_in(desk.chair).get(f"{URL}manuscript/")) == b"%PDF-1.7 of 1"
    for user in (conrad, other.user, committee.author()):
        assert user is not None
        for part in ("", "manuscript/", "thumbnail/", "form.txt", "versions/"):
            assert factories.signed_in(user).get(URL + part).status_code == 404, (user, part)
    assigning.conflict(desk.members[0], desk.paper)
    assert client(desk).get(f"{URL}manuscript/").status_code == 404


def test_attachments_for_the_committee_only_and_without_the_authors_file_name(desk: Desk) -> None:
    store = manuscripts()
    for slug, seen_by in (("code", "committee"), ("letter", "chairs")):
        extra = ExtraField.objects.create(
            edition=desk.call, slug=slug, label=slug.title(), kind="file", visible_to=seen_by
        )
        ExtraAnswer.objects.create(
            paper=desk.paper,
            field=extra,
            value="ada-author-code.zip",
            file=store.save(f"t/{slug}.bin", ContentFile(b"zipped")),
            file_size=6,
        )
    page = client(desk).get(URL).content.decode()
    assert "Code" in page
    assert "Letter" not in page
    assert "ada-author" not in page
    answer = client(desk).get(f"{URL}files/code/")
    assert body(answer) == b"zipped"
    assert answer["Content-Disposition"] == 'attachment; filename="scadl2021-paper1-code.zip"'
    assert client(desk).get(f"{URL}files/letter/").status_code == 404


def test_the_form_as_text_reads_back_as_what_is_saved(desk: Desk) -> None:
    answers = {**reviewing.ANSWERS, "comments": "==== No heading ====\n:: none\n\\(x\\)"}
    Review.objects.create(assignment=desk.rows[0], answers=answers, revision=7)
    answer = client(desk).get(f"{URL}form.txt")
    assert answer["Content-Disposition"] == 'attachment; filename="scadl2021-review1.txt"'
    found = offline_form.read(answer.content.decode(), queries.form_of(desk.call))
    assert found.mistakes == []
    assert found.answers == answers
    assert found.header == offline_form.Header("2021", 1, desk.user().email, 7)


def test_one_zip_holds_my_papers_and_forms_and_no_others(desk: Desk) -> None:
    second, third = committee.papers(desk.call, 2)
    for paper in (second, third):
        filed(paper)
    reviewing.assigned(desk.members[0], second)
    reviewing.submitted(desk.rows[1], summary="Of somebody else")
    answer = client(desk).get("/2021/member/reviews/papers.zip")
    assert answer["Content-Disposition"] == 'attachment; filename="scadl2021-reviews.zip"'
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "scadl2021-paper1-v2.pdf",
            "scadl2021-paper2-v2.pdf",
            "scadl2021-review1.txt",
            "scadl2021-review2.txt",
        ]
        assert archive.read("scadl2021-paper2-v2.pdf") == b"%PDF-1.7 of 2"
        assert b"somebody else" not in archive.read("scadl2021-review1.txt")


def test_a_file_that_is_gone_is_named_in_the_zip(desk: Desk) -> None:
    assert desk.paper.manuscript is not None
    manuscripts().delete(str(desk.paper.manuscript.file.name))
    with zipfile.ZipFile(io.BytesIO(body(client(desk).get("/2021/member/reviews/papers.zip")))) as archive:
        assert "#1" in archive.read("MISSING.txt").decode()
    assert client(desk).get(f"{URL}manuscript/").status_code == 404


def test_nothing_to_pack_is_said(desk: Desk) -> None:
    Assignment.objects.update(state="declined")
    answer = client(desk).get("/2021/member/reviews/papers.zip", follow=True)
    assert "there is nothing to pack" in answer.content.decode()


# -- the list and the home page -------------------------------------------------------------------------------------------


def home(desk: Desk) -> str:
    return client(desk).get("/2021/member/").content.decode()


def test_the_home_page_says_what_is_due_and_when(desk: Desk) -> None:
    desk.rows[0].member.user.time_zone = "Europe/Rome"  # type: ignore[union-attr]
    desk.rows[0].member.user.save()  # type: ignore[union-attr]
    factories.deadline(desk.call, "reviews", timezone.now() + timedelta(days=2, minutes=5))
    reviewing.assigned(desk.members[0], committee.papers(desk.call, 1)[0], state="offered")
    page = home(desk)
    assert "2 reviews due in 2 days" in page
    assert "1 paper waits for your answer" in page
    assert "AoE" in page
    assert "Europe/Rome" in page
    for words in ("Not started", "Not answered yet", 'aria-label="Accept #2"', "Decline…"):
        assert words in page
    reviewing.submitted(desk.rows[0])
    page = home(desk)
    assert "1 review due in 2 days" in page
    assert "Submitted" in page


def test_late_reviews_are_called_late_unless_more_time_was_granted(desk: Desk) -> None:
    factories.deadline(desk.call, "reviews", timezone.now() - timedelta(days=1))
    assert "1 review late" in home(desk)
    assert "Late: it was due" in client(desk).get(URL).content.decode()
    Assignment.objects.filter(pk=desk.rows[0].pk).update(
        due_at=timezone.now() + timedelta(hours=5, minutes=1)
    )
    assert "1 review due in 5 hours" in home(desk)
    assert client(desk).post(URL, {"revision": 0, "q-summary": "In time"}).status_code == 302


def test_all_in_is_said_and_leads_back(desk: Desk) -> None:
    reviewing.submitted(desk.rows[0])
    page = home(desk)
    assert "Your review is in. Thank you." in page
    assert "/2021/member/reviews/" in page


def test_the_lists_cost_the_same_for_one_paper_and_for_four(desk: Desk) -> None:
    reviewing.submitted(desk.rows[0])
    browser, counts = client(desk), []
    for more in (0, 3):
        for paper in committee.papers(desk.call, more):
            filed(paper)
            reviewing.submitted(reviewing.assigned(desk.members[0], paper))
        for url in ("/2021/member/reviews/", "/2021/member/"):
            browser.get(url)
            with CaptureQueriesContext(connection) as seen:
                browser.get(url)
            counts.append(len(seen))
    assert counts[:2] == counts[2:]
