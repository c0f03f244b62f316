"""Inspect one uploaded PDF: what the web process may know about a file it never parses itself.

The bytes are read only by a child process with limits (see `helper` and `child`). Whatever that process
says is checked again here, because a hostile file may have taken it over.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from submissions.domain.page_law import Finding, PageLaw, counted_pages, judge
from submissions.pdf import helper, slots
from submissions.pdf.limits import Limits
from submissions.pdf.report import Report, heading_from

__all__ = ["Limits", "Report", "accepted", "inspect", "taken", "verdict"]

HOUSE_LIMITS = Limits()
MEGABYTE = 1_000_000
HEADER_WITHIN = 1024  # where readers look for "%PDF-"
MAX_MESSAGE, MAX_FINDINGS = 1000, 50
MOST_PAGES = 1_000_000  # more than any file within the limits can have
MAX_THUMBNAIL = 1_500_000
MAX_TITLE, MAX_ABSTRACT = 500, 5_000  # characters
PNG = b"\x89PNG\r\n\x1a\n"
UNAVAILABLE = (
    "The check could not run; this is not your file's fault. Please try again in a minute and tell the chairs if it "
    "happens again."
)
LOOKS = {"safety": "its safety", "layout": "its layout"}


def inspect(
    path: Path, *, max_bytes: int, limits: Limits = HOUSE_LIMITS, on_wait: Callable[[], None] | None = None
) -> Report:
    """Check one file within `limits` and say what was found; a bad file is a report, never an exception.

    `on_wait` is called once if all places on the machine are taken and this check has to wait.
    Raises OSError only when the file itself cannot be opened or read.
    """
    started = time.monotonic()
    pdf = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        report = _refused_unread(pdf, max_bytes)
        if report is None:
            report = _ask_child(pdf, limits, on_wait)
    finally:
        os.close(pdf)
    return report.with_seconds(time.monotonic() - started)


def verdict(report: Report, law: PageLaw, others: Sequence[PageLaw] = ()) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the file may stand in the category, and every finding, the law's own first."""
    findings = report.findings
    if report.pages is not None:
        counted = counted_pages(report.headings, report.pages, law.excludes)
        broken = judge(law, report.pages, counted_pages=counted, others=others)
        if broken is not None:
            findings = (broken, *findings)
    return report.readable and all(finding.severity != "refuse" for finding in findings), findings


def accepted(report: Report, law: PageLaw) -> bool:
    """Whether the file may stand in the category."""
    return verdict(report, law)[0]


def taken(limits: Limits = HOUSE_LIMITS) -> int:
    """How many checks are running on this machine now; `limits.slots` of them means that others wait."""
    return slots.taken(slots.folder(limits.slots_dir), limits.slots)


def _refused_unread(pdf: int, max_bytes: int) -> Report | None:
    """What can be said from the size and the first bytes alone."""
    size = os.fstat(pdf).st_size
    if size == 0:
        return _refusal(
            "empty", "The file you sent is empty. Export the PDF again and check its size before uploading."
        )
    if size > max_bytes:
        return _refusal(
            "too_big",
            f"Your PDF has {_megabytes(size)}; at most {_megabytes(max_bytes)} are allowed. "
            "Compress its figures, usually the photographs, and upload it again.",
        )
    head = os.pread(pdf, HEADER_WITHIN + 8, 0)
    if b"%PDF-" not in head:
        return _refusal("not_pdf", f"{_what_it_is(head)} Export your paper as PDF and upload that file.")
    return None


def _ask_child(pdf: int, limits: Limits, on_wait: Callable[[], None] | None) -> Report:
    try:
        with slots.place(slots.folder(limits.slots_dir), limits.slots, limits.wait, on_wait):
            said = helper.ask(pdf, limits)
    except slots.Busy:
        return _refusal(
            "busy",
            "Many papers are being checked at this moment, so yours could not be. Please try again in a minute.",
        )
    except (helper.HelperUnavailable, OSError):
        return _refusal("unavailable", UNAVAILABLE)
    return _report(said, front=limits.front)


def _report(said: bytes, *, front: bool) -> Report:
    """The report from the child's lines; facts of a stage that did not finish are simply missing."""
    stages = {str(line["stage"]): line for line in _lines(said)}
    count = stages.get("count", {})
    findings = _findings(count)
    pages = count.get("pages")
    if not isinstance(pages, int) or isinstance(pages, bool) or not 1 <= pages <= MOST_PAGES:
        if any(finding.severity == "refuse" for finding in findings):
            return Report(False, None, tuple(findings))
        if (
            "end" not in stages
        ):  # the supervisor was killed: by an operator, or because the machine has no memory
            return _refusal("unavailable", UNAVAILABLE)
        return _refusal("unreadable", _unreadable(stages["end"].get("how") == "timeout"))
    if not front:
        for stage in LOOKS:
            findings += _findings(stages.get(stage, {}))
        findings += _unchecked(stages)
    words = stages.get("front", {})
    return Report(
        readable=True,
        pages=pages,
        findings=tuple(findings[:MAX_FINDINGS]),
        thumbnail=_thumbnail(stages.get("thumbnail", {})),
        headings=tuple(_headings(stages.get("layout", {}))),
        reader=_printable(str(count.get("reader", ""))[:40]),
        peak_memory=_whole(stages.get("end", {}).get("peak")),
        title=_printable(str(words.get("title", ""))[:MAX_TITLE]),
        abstract=_printable(str(words.get("abstract", ""))[:MAX_ABSTRACT]),
    )


def _lines(said: bytes) -> Iterator[dict[str, Any]]:
    for line in said.split(b"\n"):
        try:
            facts = json.loads(line) if line else None
        except (ValueError, RecursionError):
            continue
        if isinstance(facts, dict) and isinstance(facts.get("stage"), str):
            yield facts


def _findings(facts: dict[str, Any]) -> list[Finding]:
    found = []
    listed = facts.get("findings")
    for raw in listed if isinstance(listed, list) else []:
        try:
            finding = Finding.from_dict(raw)
        except (ValueError, AttributeError):
            continue
        if len(finding.message) <= MAX_MESSAGE and len(finding.code) <= 40:
            found.append(replace(finding, code=_printable(finding.code), message=_printable(finding.message)))
    return found[:MAX_FINDINGS]


def _printable(text: str) -> str:
    """`text` without what databases refuse (null bytes, half characters) and what turns a line around."""
    return "".join(character for character in text if character.isprintable())


def _headings(facts: dict[str, Any]) -> Iterator[Any]:
    listed = facts.get("headings")
    for raw in listed[:10] if isinstance(listed, list) else []:
        try:
            yield heading_from(raw)
        except (ValueError, AttributeError):
            continue


def _thumbnail(facts: dict[str, Any]) -> bytes | None:
    try:
        picture = base64.b64decode(facts["png"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None
    return picture if picture.startswith(PNG) and len(picture) <= MAX_THUMBNAIL else None


def _unchecked(stages: dict[str, dict[str, Any]]) -> list[Finding]:
    missing = [name for stage, name in LOOKS.items() if stage not in stages]
    if not missing:
        return []
    message = (
        f"The pages were counted, but {' and '.join(missing)} could not be checked within the time and memory "
        "allowed. A chair will look at the file; exporting it again, with simpler figures, usually helps."
    )
    return [Finding("unchecked", "warn", message)]


def _refusal(code: str, message: str) -> Report:
    return Report(False, None, (Finding(code, "refuse", message),))


def _unreadable(timeout: bool) -> str:
    reason = "could not be read within the time allowed" if timeout else "is damaged and cannot be read"
    return f"Your PDF {reason}. Open it in a PDF viewer, export or print it to PDF again, and upload the new file."


def _what_it_is(head: bytes) -> str:
    start = head.lstrip()[:200].lower()
    if head.startswith(b"PK\x03\x04"):
        return "This is not a PDF but an office document or a zip archive."
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "This is not a PDF but a web page."
    if start.startswith((b"\\documentclass", b"%!ps")):
        return "This is not a PDF but its source."
    return "This is not a PDF."


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}".removesuffix(".0") + " MB"
