"""Review forms that come back from an editor: all of them or none, and every mistake with its file and line."""

import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.models import Assignment, Review, ReviewVersion
from reviews.services import discussion
from tests import factories
from tests.reviews import assigning, committee, reviewing
from tests.reviews.reviewing import SCORES, TEXTS, Desk, filled

pytestmark = pytest.mark.django_db
URL = "/2021/member/reviews/upload/"


@pytest.fixture
def desk() -> Desk:
    """Two papers; the first reviewer has both."""
    made = reviewing.desk(reviewers=2)
    (second,) = committee.papers(made.call, 1)
    made.rows.append(reviewing.assigned(made.members[0], second, state="offered"))
    return made


def blank(client: Client, number: int = 1) -> str:
    return client.get(f"/2021/member/reviews/{number}/form.txt").content.decode()


def packed(files: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def send(client: Client, *files: bytes | str, names: tuple[str, ...] = (), **more: str) -> Any:
    sent = [
        SimpleUploadedFile(
            names[place] if names else f"review{place + 1}.txt", it.encode() if isinstance(it, str) else it
        )
        for place, it in enumerate(files)
    ]
    return client.post(URL, {"forms": sent, **more}, follow=True)


def body(answer: Any) -> str:
    return answer.content.decode().replace("&#x27;", "'")


def test_one_form_becomes_a_draft_and_leads_to_its_page(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    answer = send(client, filled(blank(client), comments="Why $x_1$?\n\n- one\n- *two*"))
    assert answer.redirect_chain[-1][0] == "/2021/member/reviews/1/"
    assert "Saved as drafts, which nobody else reads: #1." in body(answer)
    review = Review.objects.get()
    assert review.answers == {
        **{it: f"Words on {it}." for it in TEXTS if it != "comments"},
        "comments": "Why $x_1$?\n\n- one\n- *two*",
        **SCORES,
    }
    assert review.version == 0
    again = send(client, filled(blank(client)), submit="on")
    assert "Submitted, thank you: #1." in body(again)
    assert ReviewVersion.objects.get().answers["comments"].endswith("Words on comments.")


def test_a_zip_of_many_as_it_was_downloaded_with_its_papers(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    bundle = packed(
        {
            "reviews/one.txt": filled(blank(client)).replace("\n", "\r\n"),
            "two.txt": filled(blank(client, 2), merit="").encode("utf-16"),
            "paper1.pdf": b"%PDF-1.7",
            "MISSING.txt": "The files of #9 could not be found.",
            "__MACOSX/x.txt": "rubbish",
        }
    )
    answer = send(client, bundle, names=("reviews.zip",), submit="on")
    page = body(answer)
    assert "Submitted, thank you: #1." in page
    assert "Saved as drafts, which nobody else reads: #2." in page
    assert "#2 is not submitted: still to answer: “Overall merit”." in page
    assert Assignment.objects.get(pk=desk.rows[2].pk).state == "accepted", "to save is to say yes"


def test_forms_left_blank_change_nothing_and_accept_nothing(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    bundle = {"one.txt": filled(blank(client)), "two.txt": blank(client, 2)}
    page = body(send(client, packed(bundle), names=("reviews.zip",)))
    assert "Saved as drafts, which nobody else reads: #1." in page
    assert "Left blank, so nothing was changed: #2." in page
    assert Assignment.objects.get(pk=desk.rows[2].pk).state == "offered"
    assert [it.assignment_id for it in Review.objects.all()] == [desk.rows[0].pk]
    client.post("/2021/member/reviews/2/", {"revision": "0", "action": "save", "q-summary": "On the site."})
    assert send(client, packed(bundle), names=("reviews.zip",)).status_code == 200, (
        "nor does it stand in the way"
    )
    assert Review.objects.get(assignment=desk.rows[2]).answers == {"summary": "On the site."}


def test_one_mistake_in_one_file_keeps_all_of_them_out_and_each_is_named_with_its_line(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    good, other = filled(blank(client)), filled(blank(client, 2), merit=9, quality="four")
    line = {slug: _line(other, slug) for slug in ("merit", "quality")}
    answer = send(client, good, other)
    assert answer.status_code == 422
    page = body(answer)
    assert "Nothing was saved: 2 things to mend" in page
    for slug, number in line.items():
        assert f"review2.txt, line {number}:" in page, slug
    assert not Review.objects.exists()


def _line(text: str, slug: str) -> int:
    lines = text.split("\n")
    start = next(at for at, line in enumerate(lines) if f"[{slug}]" in line)
    return next(at for at in range(start, len(lines)) if lines[at].startswith("Answer:")) + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("/ 1 /", "/ 4711 /"), "#4711 is not among the papers you review (any more)"),
        (lambda text: text.replace("Form: 2021", "Form: 2020"), "this form is of “2020”, not of “2021”"),
        (lambda text: re.sub(r"(/ 1 / )\S+", r"\1otto@example.org", text), "this form is of otto@example.org"),
        (lambda text: text.replace("[summary]", "[strengths]"), "was answered before, in line"),
        (lambda text: text.replace("[summary]", "[sumary]"), "There is no question “sumary”"),
        (lambda text: "Dear chairs, I liked it.", "The line “Form: …” near the top is missing"),
        (lambda text: filled(text, merit=0), "Overall merit"),
        (lambda text: filled(text, summary="x" * 100_001), "Summary"),
        (lambda text: "", "the file is empty"),
        (lambda text: "x" * 2_000_001, "The file has 2,000,001 bytes"),
        (lambda text: b"\x00\x01\x02\x03" * 99, "This is not a text file"),
        (lambda text: packed({"[Content_Types].xml": "<a/>"}), "a document of a word processor"),
        (lambda text: packed({"a.docx": "x"}), "a.docx: this is no text file"),
        (lambda text: packed({"a.txt": text})[:-30], "this ZIP cannot be unpacked"),
        (lambda text: packed({f"f{n}.txt": "x" for n in range(101)}), "You sent more than 100 forms"),
        (lambda text: packed({"a.txt": "0" * 50_000_000}), "The file has 2,000,001 bytes"),
        (lambda text: packed({f"{n:0200}": "" for n in range(1200)}), "this ZIP holds thousands of files"),
        (lambda text: packed({"a.pdf": b"%PDF-1.7"}), "There is no review form among the files"),
        (lambda text: packed({"a.txt": text, "b.txt": text}), "this is a second form of #1; the first is a.txt"),
    ],
    ids=lambda it: it.split(":")[0][:30] if isinstance(it, str) else "",
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(desk: Desk, change: Any, said: str) -> None:
    client = factories.signed_in(desk.user())
    answer = send(client, change(blank(client)))
    assert answer.status_code == 422
    assert said in body(answer)
    assert not Review.objects.exists()


def test_a_password_on_a_zip_is_named(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    data = bytearray(packed({"a.txt": "x"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert "a.txt: the file has a password" in body(send(client, bytes(data)))


def test_nothing_chosen_is_said(desk: Desk) -> None:
    answer = factories.signed_in(desk.user()).post(URL)
    assert answer.status_code == 422
    assert "Choose the text file that you filled in" in body(answer)


def test_words_that_were_written_on_the_site_since_are_not_taken_away_without_a_word(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    old = blank(client)
    client.post(
        "/2021/member/reviews/1/",
        {"revision": "0", "action": "save", "q-summary": "On a train.", "q-merit": "4"},
    )
    answer = send(client, filled(old))
    assert answer.status_code == 422
    assert "The file would replace “Summary”." in body(answer)
    assert Review.objects.get().answers == {"summary": "On a train.", "merit": 4}
    assert send(client, filled(old, summary="On a train.")).status_code == 200, "takes nothing away"
    assert send(client, filled(old), replace="on").status_code == 200
    assert Review.objects.get().answers["summary"] == "Words on summary."


def test_a_file_that_says_what_is_saved_is_no_change(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    send(client, filled(blank(client)))
    answer = send(client, blank(client))
    assert "Already saved just like this: #1." in body(answer)
    assert Review.objects.get().revision == 1


def test_what_authors_should_not_read_waits_for_a_look(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    text = filled(blank(client), comments="As reviewer 2 said, write to me@example.org.")
    page = body(send(client, text, submit="on"))
    assert "#1 is not submitted: look at what authors would read" in page
    assert not ReviewVersion.objects.exists()


def test_another_reviewers_paper_and_one_behind_a_wall_answer_as_one_that_is_not_there(desk: Desk) -> None:
    other = factories.signed_in(desk.user(1))
    mine = blank(other)

    def asked(number: int) -> str:
        page = body(send(other, filled(mine.replace("/ 1 /", f"/ {number} /"))))
        return re.sub(r'value="[^"]{30,}"', "", page).replace(f"#{number} is not", "#N is not")

    foreign, nowhere = asked(2), asked(4711)
    assert "#N is not among" in foreign
    assert foreign == nowhere
    assigning.conflict(desk.members[1], desk.paper)
    assert asked(1) == nowhere
    assert not Review.objects.exists()


def test_after_the_discussion_is_closed_nothing_is_kept(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    text = filled(blank(client))
    discussion.set_closed(actor=desk.chair, paper=desk.paper, closed=True)
    answer = send(client, text)
    assert "The discussion of #1 is closed" in body(answer)
    assert not Review.objects.exists()


def test_the_cost_of_a_form_is_bounded(desk: Desk) -> None:
    client = factories.signed_in(desk.user())
    costs = []
    for numbers in ((1,), (2, 1)):
        forms = [filled(blank(client, it), summary=f"{numbers}") for it in numbers]
        with CaptureQueriesContext(connection) as caught:
            assert send(client, *forms).status_code == 200
        costs.append(len(caught))
    assert costs[1] - costs[0] < 25


def test_people_outside_and_without_papers(desk: Desk) -> None:
    assert Client().get(URL).status_code == 302
    assert factories.signed_in(factories.person("Nosy Nobody")).get(URL).status_code == 404
    page = body(factories.signed_in(desk.user()).get(URL))
    assert "Upload filled-in forms" in page
    assert f'href="{URL}"' in body(factories.signed_in(desk.user()).get("/2021/member/"))
