"""Every PDF of tests/pdfs is counted, refused and warned of as its manifest says."""

import csv
from pathlib import Path

import pytest

from benchmarks.pdfcheck import disagreements
from submissions.domain.page_law import PageLaw
from submissions.pdf.inspect import accepted, inspect, verdict
from submissions.pdf.limits import Limits
from submissions.pdf.report import Report

PDFS = Path(__file__).parents[2] / "pdfs"
ROWS = list(csv.DictReader((PDFS / "manifest.csv").read_text(encoding="utf-8").splitlines()))
LIMIT = 20_000_000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_as_the_manifest_says(row: dict[str, str], limits: Limits) -> None:
    report = inspect(PDFS / row["file"], max_bytes=LIMIT, limits=limits)
    assert disagreements(row, report) == []


def test_the_manifest_and_the_folder_hold_the_same_files() -> None:
    assert {row["file"] for row in ROWS} == {str(path.relative_to(PDFS)) for path in PDFS.rglob("*.pdf")}


def test_a_good_paper_gets_a_picture_and_its_references_are_found(paper: Path, limits: Limits) -> None:
    report = inspect(paper, max_bytes=LIMIT, limits=limits)
    assert (report.pages, report.reader, report.references_page) == (8, "pypdf", 7)
    assert report.thumbnail is not None
    assert report.thumbnail.startswith(b"\x89PNG")
    assert int.from_bytes(report.thumbnail[16:20]) == 400  # width in the PNG header
    assert 0 < report.seconds < 10
    assert Report.from_dict(report.to_dict()).to_dict() == report.to_dict()


def test_the_page_law_speaks_first(limits: Limits) -> None:
    report = inspect(PDFS / "genuine" / "ieee_letter_11p.pdf", max_bytes=LIMIT, limits=limits)
    law = PageLaw("Regular paper", "regular", 8, 10)
    passed, findings = verdict(report, law)
    assert not passed
    assert not accepted(report, law)
    assert findings[0].message.startswith("Your PDF has 11 pages. A regular paper has 8 to 10 pages")


def test_appendices_that_do_not_count(limits: Limits) -> None:
    report = inspect(PDFS / "genuine" / "ieee_appendix_10p.pdf", max_bytes=LIMIT, limits=limits)
    law = PageLaw("Paper", "paper", None, 8, ("references", "appendices"), 10)
    assert verdict(report, law) == (True, ())
    passed, findings = verdict(report, PageLaw("Paper", "paper", None, 7, ("references", "appendices"), 10))
    assert passed
    assert [finding.code for finding in findings] == ["body_pages"]
