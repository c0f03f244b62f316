"""A member's own papers: BibTeX, pasted text and PDFs, looked at before they are kept, merged and removed."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry
from reviews.models import Member, OwnPaper
from reviews.services import own_papers
from submissions.models import Edition
from submissions.services.errors import NotAllowed
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db

PAGE, ADD, REMOVE = "/2021/member/papers/", "/2021/member/papers/add/", "/2021/member/papers/remove/"
BIBTEX = """% from my reference manager
@article{a, title = {Sparse {Gradients}}, author = {Member, Mona and Lovelace, Ada}, year = 2019,
  abstract = {We send less.}}

@inproceedings{b, author = {Mona Member}, year = {2020}}

@article{c, title = {Slow Links and \\"Ubung}, year = {2018}}
@article{d, title = {Sparse gradients}, year = {2019}}
"""


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


@pytest.fixture
def client_of_mona(mona: Member) -> Client:
    return factories.signed_in(mona.user)


def text(response: Any) -> str:
    return response.content.decode()


def titles(member: Member) -> list[str]:
    return sorted(member.own_papers.values_list("title", flat=True))


def upload(content: bytes, name: str = "mine.bib") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_bibtex_file_is_shown_first_with_its_mistakes_and_their_lines(
    mona: Member, client_of_mona: Client
) -> None:
    answer = client_of_mona.post(ADD, {"bib": upload(BIBTEX.encode())})
    page = text(answer)
    assert answer.status_code == 200
    assert "2 papers read" in page
    assert "Line 5: “b” has no title; it was left out." in page
    assert "Line 8:" in page
    assert not OwnPaper.objects.exists()
    # The page carries the text, and confirming it keeps the good ones.
    kept = client_of_mona.post(ADD, {"text": BIBTEX, "source": "bibtex", "action": "keep"}, follow=True)
    assert "2 papers added." in text(kept)
    assert titles(mona) == ["Slow Links and Übung", "Sparse Gradients"]
    paper = mona.own_papers.get(title="Sparse Gradients")
    assert (paper.year, paper.authors, paper.abstract) == (
        2019,
        ["Mona Member", "Ada Lovelace"],
        "We send less.",
    )
    assert paper.source == "bibtex"
    (entry,) = AuditEntry.objects.filter(verb="member.papers_added")
    assert entry.data["new"] == 2


def test_pasted_text(mona: Member, client_of_mona: Client) -> None:
    pasted = "Sparse Gradients\r\nWe send less.\r\n\r\nSlow Links\r\nAbstract: They are slow.\r\n"
    page = text(client_of_mona.post(ADD, {"text": pasted}))
    assert "2 papers read" in page
    assert "We send less." in page
    client_of_mona.post(ADD, {"text": pasted, "action": "keep"})
    assert mona.own_papers.get(title="Slow Links").abstract == "They are slow."
    assert set(mona.own_papers.values_list("source", flat=True)) == {"pasted"}


def test_pasted_bibtex_behind_a_comment_is_bibtex(mona: Member, client_of_mona: Client) -> None:
    client_of_mona.post(ADD, {"text": BIBTEX, "action": "keep"})
    assert len(titles(mona)) == 2


def test_the_same_paper_from_two_lists_is_one_and_the_richer_counts(
    mona: Member, client_of_mona: Client
) -> None:
    client_of_mona.post(ADD, {"text": "SPARSE  gradients.", "action": "keep"})
    page = text(client_of_mona.post(ADD, {"text": BIBTEX}))
    assert "1 of them you have already" in page
    kept = client_of_mona.post(ADD, {"text": BIBTEX, "action": "keep"}, follow=True)
    assert "1 paper added. 1 that you had was completed." in text(kept)
    paper = mona.own_papers.get(title__icontains="sparse")
    assert (paper.abstract, paper.year) == ("We send less.", 2019)
    again = client_of_mona.post(ADD, {"text": BIBTEX, "action": "keep"}, follow=True)
    assert "2 were here already." in text(again)
    assert mona.own_papers.count() == 2


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"text": ""}, "There is no title in it."),
        ({"text": "@article{"}, "No paper could be read."),
        ({"text": "   \n\n  "}, "There is no title in it."),
        ({"text": "No\0body"}, "Null characters are not allowed."),
        ({"bib": b""}, "There is no BibTeX entry in it."),
        ({"bib": b"\xff\xfe\x00"}, "There is no BibTeX entry in it."),
        ({"bib": b"%" * 2_000_001}, "at most 2,000,000 are read"),
        ({"text": "x" * 501}, "has more than 500 characters"),
    ],
)
def test_what_cannot_be_read_is_said(client_of_mona: Client, sent: dict[str, Any], words: str) -> None:
    data = {name: upload(value) if isinstance(value, bytes) else value for name, value in sent.items()}
    answer = client_of_mona.post(ADD, {**data, "action": "keep"})
    assert answer.status_code == 422
    assert words in text(answer)
    assert not OwnPaper.objects.exists()


def test_there_is_a_limit_and_nothing_is_half_added(
    mona: Member, client_of_mona: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_papers, "MOST_PAPERS", 3)
    client_of_mona.post(ADD, {"text": "One work\n\nTwo works", "action": "keep"})
    answer = client_of_mona.post(ADD, {"text": "Three works\n\nFour works", "action": "keep"})
    assert answer.status_code == 422
    assert "You have 2 papers here and 2 more would come; at most 3 fit." in text(answer)
    assert "Four works" in text(answer)
    assert titles(mona) == ["One work", "Two works"]


def pdfs(*names: str) -> list[SimpleUploadedFile]:
    return [factories.pdf(name) for name in names]


def test_pdfs_are_read_from_their_first_page(mona: Member, client_of_mona: Client, data_dir: Path) -> None:
    files = pdfs(
        "genuine/ieee_letter_4p.pdf", "genuine/typst_ieee_a4_4p.pdf", "hostile/trunc_header_only.pdf"
    )
    answer = client_of_mona.post(ADD, {"pdfs": files})
    page = text(answer)
    assert answer.status_code == 200
    assert "2 papers read" in page
    assert "Low-power Service Classifier for Bounded Filters" in page
    assert "Secure Actuator Dataset for Sparse Packets" in page
    assert "“trunc_header_only.pdf”: Your PDF is damaged and cannot be read." in page
    assert not OwnPaper.objects.exists()
    # What the page shows to be corrected is what is sent back.
    shown = page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]
    client_of_mona.post(ADD, {"text": shown, "source": "pdf", "action": "keep"})
    paper = mona.own_papers.get(title__startswith="Low-power")
    assert paper.source == "pdf"
    assert paper.abstract.startswith("Although a robust reward reduces")
    assert not [it for it in data_dir.rglob("*") if it.is_file()]


def test_hostile_pdfs_do_no_harm(client_of_mona: Client) -> None:
    folder = factories.PDFS / "hostile"
    names = sorted(f"hostile/{it.name}" for it in folder.glob("*.pdf"))
    for start in range(0, len(names), 5):
        answer = client_of_mona.post(ADD, {"pdfs": pdfs(*names[start : start + 5])})
        assert answer.status_code in (200, 422)
    assert not OwnPaper.objects.exists()


def test_many_files_at_a_time_are_refused_unread(client_of_mona: Client) -> None:
    answer = client_of_mona.post(ADD, {"pdfs": pdfs(*["genuine/ieee_letter_1p.pdf"] * 6)})
    assert answer.status_code == 422
    assert "6 files were sent; at most 5 are read at a time." in text(answer)


def test_removing_one_and_all(mona: Member, client_of_mona: Client, call: Edition) -> None:
    client_of_mona.post(ADD, {"text": "One work\n\nTwo works\n\nThree works", "action": "keep"})
    one = mona.own_papers.get(title="One work")
    assert "1 paper removed." in text(client_of_mona.post(REMOVE, {"paper": one.pk}, follow=True))
    assert titles(mona) == ["Three works", "Two works"]
    for paper in (one.pk, "", "x", "9" * 30):
        assert "nothing left" in text(client_of_mona.post(REMOVE, {"paper": paper}, follow=True))
    assert "2 papers removed." in text(client_of_mona.post(REMOVE, {"paper": "all"}, follow=True))
    assert titles(mona) == []


def test_nobody_touches_the_papers_of_another(mona: Member, call: Edition) -> None:
    paper = OwnPaper.objects.create(member=mona, title="Mine", source="pasted", fingerprint="a")
    other = committee.member(call, "Nora Next")
    client = factories.signed_in(other.user)
    assert "Mine" not in text(client.get(PAGE))
    client.post(REMOVE, {"paper": paper.pk})
    client.post(REMOVE, {"paper": "all"})
    with pytest.raises(NotAllowed):
        own_papers.remove(actor=other.user, member=mona, paper=None)
    with pytest.raises(NotAllowed):
        own_papers.add(actor=other.user, member=mona, entries=[], source="pasted")
    assert titles(mona) == ["Mine"]
