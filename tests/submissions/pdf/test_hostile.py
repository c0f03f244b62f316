"""Files made to hurt: whatever the bytes, there is a report with a sentence, and in time."""

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from submissions.pdf.inspect import inspect
from submissions.pdf.limits import Limits
from tests.submissions.pdf.conftest import build, pages

LIMIT = 20_000_000
SMALL = pages(3)


def codes(path: Path, limits: Limits, max_bytes: int = LIMIT) -> list[str]:
    """The codes found in a file that must be refused."""
    report = inspect(path, max_bytes=max_bytes, limits=limits)
    assert not report.readable
    assert report.pages is None
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "is empty"),
        (b"PK\x03\x04" + b"\0" * 2000, "not_pdf", "office document"),
        (b"<!DOCTYPE html><html>", "not_pdf", "web page"),
        (b"\\documentclass{IEEEtran}", "not_pdf", "source"),
        (b"Just words.", "not_pdf", "This is not a PDF."),
        (b"%PDF-1.7\n" + b"\0" * 50, "unreadable", "damaged"),
        (b" " * 1100 + SMALL, "not_pdf", "This is not a PDF."),
        (pages(0), "no_pages", "no pages"),
    ],
)
def test_each_refusal_says_what_to_do(
    content: bytes, code: str, words: str, write: Callable[[bytes], Path], limits: Limits
) -> None:
    report = inspect(write(content), max_bytes=LIMIT, limits=limits)
    assert [(finding.code, finding.severity) for finding in report.findings] == [(code, "refuse")]
    assert words in report.findings[0].message


def test_too_big_names_both_sizes(write: Callable[[bytes], Path], limits: Limits) -> None:
    report = inspect(write(SMALL + b"\n" * 2_400_000), max_bytes=2_000_000, limits=limits)
    assert [finding.code for finding in report.findings] == ["too_big"]
    assert "Your PDF has 2.4 MB; at most 2 MB are allowed." in report.findings[0].message


def test_a_missing_file_is_an_error_of_the_caller(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "none.pdf", max_bytes=LIMIT, limits=limits)


def test_two_other_readers_may_save_a_file_that_pypdf_cannot_open(
    write: Callable[[bytes], Path], limits: Limits
) -> None:
    report = inspect(write(SMALL.replace(b"startxref", b"startxxxx")), max_bytes=LIMIT, limits=limits)
    assert (report.readable, report.pages, report.reader) == (True, 3, "pikepdf+pypdfium2")
    assert report.findings[0].code == "damaged"
    assert report.findings[0].severity == "warn"


def test_a_file_that_lost_a_page_is_refused(write: Callable[[bytes], Path], limits: Limits) -> None:
    report = inspect(write(SMALL.replace(b"5 0 R", b"9 0 R")), max_bytes=LIMIT, limits=limits)
    assert [finding.code for finding in report.findings] == ["unreadable"]
    assert "some of its pages cannot be found" in report.findings[0].message


def test_a_tree_that_multiplies_is_cut_off(write: Callable[[bytes], Path], limits: Limits) -> None:
    levels = [b"<< /Type /Pages /Kids [%s] /Count 8 >>" % (b"%d 0 R " % (n + 3) * 10) for n in range(9)]
    bomb = build(
        [b"<< /Type /Catalog /Pages 2 0 R >>", *levels, b"<< /Type /Page /MediaBox [0 0 612 792] >>"]
    )
    assert codes(write(bomb), limits) == ["too_many_pages"]


def test_empty_branches_that_multiply_are_cut_off(write: Callable[[bytes], Path], limits: Limits) -> None:
    levels = [b"<< /Type /Pages /Kids [%s] /Count 8 >>" % (b"%d 0 R " % (n + 3) * 10) for n in range(9)]
    bomb = build([b"<< /Type /Catalog /Pages 2 0 R >>", *levels, b"<< /Type /Pages /Kids [] /Count 0 >>"])
    assert codes(write(bomb), limits) == ["too_many_pages"]


def test_a_content_bomb_keeps_its_page_count(write: Callable[[bytes], Path], limits: Limits) -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m " * 200_000) for _ in range(300)) + packer.flush()
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>"
    bomb = build(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, stream]
    )
    report = inspect(write(bomb), max_bytes=LIMIT, limits=limits)
    assert report.pages == 1
    assert report.seconds < 11


@pytest.mark.parametrize(
    ("catalog", "page", "code"),
    [
        (b"/OpenAction << /S /JavaScript /JS (1) >>", b"", "javascript"),
        (b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next << /S /Launch /F (x) >> >>", b"", "javascript"),
        (b"", b"/AA << /O << /S /URI /URI (http://example.org) >> >>", "javascript"),
        (b"", b"/Annots [<< /Subtype /Link /A << /S /SubmitForm /F (x) >> >>]", "javascript"),
        (b"/Names << /EmbeddedFiles << /Names [(a) 3 0 R] >> >>", b"", "attachments"),
        (b"", b"/Annots [<< /Subtype /FileAttachment >>]", "attachments"),
        (b"/AcroForm << /Fields [3 0 R] >>", b"", "form"),
        (b"", b"/Annots [<< /Subtype /RichMedia >>]", "media"),
        (b"", b"/UserUnit 2", "page_size"),
        (b"", b"/CropBox [0 0 300 300]", "page_size"),
    ],
)
def test_what_a_file_carries_is_warned_of(
    catalog: bytes, page: bytes, code: str, write: Callable[[bytes], Path], limits: Limits
) -> None:
    report = inspect(write(pages(2, catalog=catalog, page=page)), max_bytes=LIMIT, limits=limits)
    warned = [finding.code for finding in report.findings if finding.severity == "warn"]
    assert warned == [code]


@pytest.mark.parametrize(
    "catalog",
    [
        b"/OpenAction [3 0 R /Fit]",
        b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>",
        b"/AcroForm << /Fields [] >>",
    ],
)
def test_what_editors_write_by_themselves_is_no_warning(
    catalog: bytes, write: Callable[[bytes], Path], limits: Limits
) -> None:
    report = inspect(write(pages(2, catalog=catalog)), max_bytes=LIMIT, limits=limits)
    assert [finding for finding in report.findings if finding.severity != "note"] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(0, len(SMALL)),
    changes=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.binary(max_size=4)), max_size=4),
)
def test_no_mutation_raises_or_adds_pages(
    cut: int, changes: list[tuple[int, bytes]], write: Callable[[bytes], Path], limits: Limits
) -> None:
    content = bytearray(SMALL)
    for position, replacement in changes:
        content[position : position + len(replacement)] = replacement
    report = inspect(write(bytes(content[: cut or None])), max_bytes=LIMIT, limits=limits)
    assert report.readable or any(finding.severity == "refuse" for finding in report.findings)
    assert all(re.fullmatch(r"[a-z0-9_]+", finding.code) for finding in report.findings)
