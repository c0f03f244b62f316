"""Members' own papers, read from BibTeX or from pasted titles and abstracts.

All problems are collected with their line, in sentences for the member; what could be read is returned beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reviews.domain import latex
from reviews.domain.bibtex_raw import MOST_ENTRIES, START, VENUES, Raw, raw_entries, shown

MOST_BYTES = 2_000_000
MOST_PROBLEMS = 50
MOST_OF_A_TITLE = 500
MOST_OF_AN_ABSTRACT = 20_000
MOST_AUTHORS = 5_000

#: Volumes, not papers. Kept for the year and the name that papers take from them (`crossref`).
_VOLUMES = {"proceedings", "collection", "periodical", "mvproceedings", "mvcollection"}

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_LOOSE_AND = re.compile(r"^(and\s+)+|(\s+and)+$", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True)
class Entry:
    """A paper. `authors` are whole names, given name first; `line` is where it begins; `doi` without the resolver."""

    title: str
    abstract: str = ""
    year: int | None = None
    authors: tuple[str, ...] = ()
    venue: str = ""
    doi: str = ""
    key: str = ""
    line: int = 1


@dataclass(frozen=True)
class Problem:
    """A sentence about a line, or about all of the text."""

    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass
class Reading:
    """What was read, in the order of the text, and what was wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    untold: int = 0

    def problem(self, message: str, line: int | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(message, line))
        else:
            self.untold += 1


def read(source: str | bytes) -> Reading:
    """The papers of a BibTeX text or file. Never raises for what is in it."""
    reading = Reading()
    text = _text(source, reading)
    if text is None:
        return reading
    raw = list(raw_entries(text, reading.problem))
    if not raw and not reading.problems:
        reading.problem(
            "There is no BibTeX entry in it. One looks like @article{key, title = {…}, author = {…}}."
        )
    volumes = {entry.key.casefold(): entry for entry in raw}
    seen: dict[str, int] = {}
    for entry in raw:
        if entry.kind not in _VOLUMES:
            _add(reading, seen, _entry(entry, volumes, reading), entry.key)
    return _closed(reading)


def pasted(text: str) -> Reading:
    """Papers pasted as plain text: paragraphs with an empty line between, the title in the first line of each."""
    if START.match(text.lstrip("\ufeff \t\r\n")):
        return read(text)
    reading = Reading()
    whole = _text(text, reading)
    if whole is None:
        return reading
    seen: dict[str, int] = {}
    line = 1
    for paragraph, after in _paragraphs(whole):
        title, _, rest = paragraph.strip().partition("\n")
        if len(reading.entries) == MOST_ENTRIES:
            reading.problem(f"Only the first {MOST_ENTRIES:,} papers were read; the rest begins here.", line)
            break
        if title.strip():
            begins = line + paragraph[: len(paragraph) - len(paragraph.lstrip())].count("\n")
            abstract = re.sub(r"^abstract\s*[:.—–-]\s*", "", " ".join(rest.split()), flags=re.IGNORECASE)
            entry = Entry(" ".join(title.split()), abstract, line=begins)
            _add(reading, seen, entry, "")
        line += paragraph.count("\n") + after
    if not reading.entries and not reading.problems:
        reading.problem(
            "There is no title in it. Put each title in a line of its own, and its abstract below it."
        )
    return _closed(reading)


def decoded(data: bytes) -> str:
    """A file's text: UTF-8, UTF-16, or what Western Windows and old exports write."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    start = data[:200]
    if start[1::2].count(0) > len(start) // 4:
        return data.decode("utf-16-le", "replace")
    if start[::2].count(0) > len(start) // 4:
        return data.decode("utf-16-be", "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


# ---------------------------------------------------------------------------------------------------------------------
# From bytes to text


def _text(source: str | bytes, reading: Reading) -> str | None:
    """Lines end in `\\n`, and there are no control characters. None if it is too long."""
    if len(source) > MOST_BYTES:
        reading.problem(
            f"It has {len(source):,} {'bytes' if isinstance(source, bytes) else 'characters'}; "
            f"at most {MOST_BYTES:,} are read. Divide it, or leave out older papers."
        )
        return None
    text = decoded(source) if isinstance(source, bytes) else source.removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Lone surrogates cannot be stored.
    return _CONTROLS.sub(" ", text).encode("utf-8", "replace").decode("utf-8")


# ---------------------------------------------------------------------------------------------------------------------
# From LaTeX to papers


def _entry(raw: Raw, volumes: Mapping[str, Raw], reading: Reading) -> Entry:
    # One step and no further: volumes that refer to each other in a circle do no harm.
    volume = volumes.get(raw.fields.get("crossref", "").casefold())
    inherited = volume.fields if volume is not None and volume is not raw else {}
    date = " ".join(raw.fields.get(name, "") or inherited.get(name, "") for name in ("year", "date"))
    year = _YEAR.search(date)
    venue = next((raw.fields[name] for name in VENUES if raw.fields.get(name)), "")
    venue = venue or inherited.get("booktitle") or inherited.get("title") or ""
    doi = _DOI.search(latex.verbatim(raw.fields.get("doi", "")))
    return Entry(
        title=latex.plain(raw.fields.get("title", "")[: 2 * MOST_OF_A_TITLE]).rstrip("."),
        abstract=latex.plain(raw.fields.get("abstract", "")[: 2 * MOST_OF_AN_ABSTRACT]),
        year=int(year.group()) if year else None,
        authors=_names(raw.fields.get("author") or raw.fields.get("editor") or "", raw, reading),
        venue=latex.plain(venue[:1000])[:300],
        doi=doi.group().rstrip(".,;") if doi else "",
        key=raw.key,
        line=raw.line,
    )


def _names(value: str, raw: Raw, reading: Reading) -> tuple[str, ...]:
    from pybtex.bibtex.utils import split_name_list

    parts = split_name_list(value) if value else []
    if len(parts) > MOST_AUTHORS:
        reading.problem(
            f"“{shown(raw.key)}” has more than {MOST_AUTHORS:,} authors; the rest was left out.", raw.line
        )
    names = [
        latex.plain(_LOOSE_AND.sub("", part[:500]))
        for part in parts[:MOST_AUTHORS]
        if part.strip().casefold() != "others"
    ]
    return tuple(name for name in map(_name, names) if name)


def _name(written: str) -> str:
    """“Last, First” and “Last, Junior, First” as people write them; DBLP's numbers for namesakes are left out."""
    parts = [part.strip() for part in written.split(",")]
    if len(parts) == 2:
        written = f"{parts[1]} {parts[0]}"
    elif len(parts) == 3:
        written = f"{parts[2]} {parts[0]} {parts[1]}"
    return re.sub(r"\s+\d{4}$", "", " ".join(written.split())).strip(" ,;")


def _add(reading: Reading, seen: dict[str, int], entry: Entry, key: str) -> None:
    """Take the paper, unless it has no title, one that is far too long, or one that was there before."""
    title = "".join(sign for sign in entry.title.casefold() if sign.isalnum())
    if not title:
        named = f"“{shown(key)}”" if key else "This entry"
        reading.problem(f"{named} has no title; it was left out.", entry.line)
    elif len(entry.title) > MOST_OF_A_TITLE:
        reading.problem(
            f"The title “{shown(entry.title)}” has more than {MOST_OF_A_TITLE} characters; it was left out. "
            "A title stands in a line of its own, the abstract below it.",
            entry.line,
        )
    elif title in seen:
        reading.problem(
            f"“{shown(entry.title)}” is the same as in line {seen[title]}; it counts once.", entry.line
        )
    else:
        seen[title] = entry.line
        if len(entry.abstract) > MOST_OF_AN_ABSTRACT:
            reading.problem(
                f"The abstract of “{shown(entry.title)}” was cut at {MOST_OF_AN_ABSTRACT:,} characters.",
                entry.line,
            )
            entry = replace(entry, abstract=entry.abstract[:MOST_OF_AN_ABSTRACT])
        reading.entries.append(entry)


def _paragraphs(text: str) -> Iterator[tuple[str, int]]:
    """Each paragraph, and how many line ends stand between it and the next."""
    position = 0
    for gap in _BLANK.finditer(text):
        yield text[position : gap.start()], gap.group().count("\n")
        position = gap.end()
    yield text[position:], 0


def _closed(reading: Reading) -> Reading:
    reading.problems.sort(key=lambda problem: problem.line or 0)
    if reading.untold:
        reading.problems.append(Problem(f"… and {reading.untold:,} more like these."))
    return reading
