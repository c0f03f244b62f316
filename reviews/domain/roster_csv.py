"""Reading a list of people from a CSV file as spreadsheets write it.

Columns: name, email, affiliation, country, topics, load, in any order and case; separators "," ";" or tab; UTF-8 with or
without a byte order mark, UTF-16, or Western European. Every problem names its line, the value and what to do.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from submissions.domain.call_values import COUNTRY_ALIASES, EMAIL, clean_line

MAX_BYTES, MAX_ROWS, MAX_LOAD = 1024 * 1024, 1000, 200
MAX_COLUMNS, MAX_TOPICS = 50, 100
#: What is near to a wrong value is looked up for so many problems: nobody reads more, and the search is slow.
MAX_HINTS = 100
COLUMNS = ("name", "email", "affiliation", "country", "topics", "load")
#: Headings that people write instead.
ALIASES = {
    "e-mail": "email",
    "mail": "email",
    "e-mail address": "email",
    "email address": "email",
    "full name": "name",
    "institution": "affiliation",
    "organisation": "affiliation",
    "organization": "affiliation",
    "topic": "topics",
    "expertise": "topics",
    "max load": "load",
    "maximum load": "load",
}
#: What our own export has beyond the columns above: read over, with a note.
OWN_EXTRAS = ("kind", "state", "invited", "answered", "senior", "own papers", "note")
LEVELS = {"some": 1, "knowledgeable": 2, "expert": 3, "1": 1, "2": 2, "3": 3}
USUAL_LEVEL = 2
SEPARATORS = (",", ";", "\t")
HIDDEN = ("Cc", "Cf", "Cs", "Co")
#: Some scripts need these between letters.
JOINERS = "\u200c\u200d"
FORMULA_GUARD = re.compile(r"'(?=\s*[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, and what to do. `line` is that of the file; 0: the file as a whole."""

    line: int
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"Line {self.line}: " if self.line else ""
        value = f"“{self.value}” " if self.value else ""
        return f"{place}{value}{self.message}. {self.remedy}"


@dataclass(frozen=True)
class Person:
    """One line of the file. Empty text, no load and no topics: the file does not say.

    Without an address it can only be somebody of the list who has none either (roster_plan.py).
    """

    line: int
    name: str
    email: str
    affiliation: str = ""
    country: str = ""
    load: int | None = None
    #: (slug of a topic, level)
    topics: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Sheet:
    people: Sequence[Person]
    problems: Sequence[Problem]
    notes: Sequence[str] = ()


class Unreadable(Exception):
    """The bytes are no text that a spreadsheet writes. `problem` says so."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def decode(data: bytes) -> str:
    """The text of a file. Raises Unreadable when it is too big or no text."""
    if len(data) > MAX_BYTES:
        raise Unreadable(
            Problem(0, "", f"The file has {len(data) / MAX_BYTES:.1f} MB, and at most 1 MB is read",
                    "Leave out columns or people that are not needed.")
        )  # fmt: skip
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(
            Problem(0, "", "This is a spreadsheet file, not a CSV", "Save it as CSV (UTF-8) in the spreadsheet.")
        )  # fmt: skip
    return checked(_decoded(data))


def checked(text: str) -> str:
    """`text` as it was pasted or decoded. Raises Unreadable when it is too long or holds what no text has."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_BYTES:
        raise Unreadable(
            Problem(
                0, "", f"This has {len(text):,} characters, and at most {MAX_BYTES:,} are read", "Split it."
            )
        )
    odd = next((ch for ch in text if ord(ch) < 32 and ch not in "\t\n\r"), None)
    if odd is not None:
        where = text[: text.index(odd)].count("\n") + 1
        raise Unreadable(
            Problem(
                where,
                f"U+{ord(odd):04X}",
                "is a character that no text has",
                "Is this a CSV file? Save it as CSV (UTF-8) once more.",
            )
        )
    return text


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    # Without a mark: every other byte of Latin text in UTF-16 is zero.
    head = data[:400]
    if len(head) >= 4 and head.count(0) * 3 > len(head):
        return data.decode("utf-16-be" if head[0] == 0 else "utf-16-le", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace") if _fits_windows(data) else data.decode("latin-1")


def _fits_windows(data: bytes) -> bool:
    return not any(byte in data for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))


def read(text: str, *, countries: Mapping[str, str], topics: Mapping[str, str]) -> Sheet:
    """The people of a file. `countries`: code -> name; `topics`: slug -> name."""
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        return Sheet([], [_broken(error)])
    if not rows:
        return Sheet([], [Problem(0, "", "The file is empty", "Its first line names the columns: " + ",".join(COLUMNS) + ".")])  # fmt: skip
    (first, heading), *body = rows
    names, problems, notes = _columns(first, heading)
    if problems:
        return Sheet([], problems)
    if not body:
        return Sheet([], [Problem(first, "", "There is nobody below the headings", "Add a line for each person.")])  # fmt: skip
    if len(body) > MAX_ROWS:
        return Sheet([], [Problem(0, "", f"The file has {len(body):,} people, and at most {MAX_ROWS:,} are read at once",
                                  "Split it.")])  # fmt: skip
    reader = _Reader(countries, topics, problems)
    people = [person for line, values in body if (person := reader.person(line, names, values))]
    problems += _repeated(people)
    return Sheet(people, sorted(problems, key=lambda it: it.line), notes)


def _broken(error: csv.Error) -> Problem:
    line = error.args[1] if len(error.args) > 1 else 0
    if "field limit" in str(error.args[0]):
        return Problem(
            line, "", f"A value has more than {csv.field_size_limit():,} characters", "Shorten it."
        )
    return Problem(
        line, "", "The quotation marks do not match up from here on", 'Close each " that opens a value.'
    )


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, values) of all rows that are not blank, the headings first. Raises csv.Error with the line."""
    skipped, separator = 0, ""
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith("sep=") and len(first.strip().strip('"')) == 5:
        separator, text, skipped = first.strip().strip('"')[4], rest, 1
    if first.strip().lower() == "sep=":  # a tab after it does not survive the strip
        separator, text, skipped = "\t", rest, 1
    separator = separator or _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = skipped + 1
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise csv.Error(str(error), line) from error
        if any(value.strip() for value in values):
            yield line, values
        line = skipped + reader.line_num + 1


def _separator(text: str) -> str:
    """The one that makes most known columns of the headings."""
    heading = next((line for line in text.splitlines() if line.strip()), "")

    def known(separator: str) -> int:
        return sum(_heading(value.strip('" ')) in COLUMNS for value in heading.split(separator))

    return max(SEPARATORS, key=lambda it: (known(it), heading.count(it)))


def _heading(value: str) -> str:
    name = clean_line(value).casefold()
    return ALIASES.get(name, name)


def _columns(line: int, heading: Sequence[str]) -> tuple[list[str], list[Problem], list[str]]:
    """The meaning of each column ("": read over), what is wrong, and what to tell."""
    names, problems, passed = [], [], []
    if len(heading) > MAX_COLUMNS:
        many = Problem(line, "", f"There are {len(heading):,} columns, and at most {MAX_COLUMNS} are read",
                       f"Known are {', '.join(COLUMNS)}. Remove the others.")  # fmt: skip
        return [], [many], []
    for value in heading:
        name = _heading(value)
        if name in OWN_EXTRAS:
            passed.append(name)
        elif name and name not in COLUMNS:
            near = get_close_matches(name, [*COLUMNS, *ALIASES], n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"Known are {', '.join(COLUMNS)}. Remove it."
            problems.append(Problem(line, value.strip()[:60], "is not a column that is read", hint))
        elif name in names:
            problems.append(Problem(line, value.strip(), "names a column twice", "Keep one of the two."))
        names.append(name if name in COLUMNS else "")
    for wanted in ("name", "email"):
        if wanted not in names and not problems:
            problems.append(
                Problem(line, "", f"There is no column “{wanted}”",
                        f"The first line names the columns: {','.join(COLUMNS)}.")
            )  # fmt: skip
    notes = [f"Not read, because it is not set by a file: {', '.join(passed)}."] if passed else []
    return names, problems, notes


class _Reader:
    """Reads rows; what is wrong goes to `problems`."""

    def __init__(
        self, countries: Mapping[str, str], topics: Mapping[str, str], problems: list[Problem]
    ) -> None:
        self.codes = {name.casefold(): code for code, name in countries.items()} | COUNTRY_ALIASES
        self.codes |= {code.casefold(): code for code in countries}
        self.topics = {name.casefold(): slug for slug, name in topics.items()} | {it: it for it in topics}
        self.topic_names = [*topics, *topics.values()]
        self.country_names = list(countries.values())
        self.problems = problems

    def person(self, line: int, names: Sequence[str], values: Sequence[str]) -> Person | None:
        if any(value.strip() for value in values[len(names) :]):
            self._wrong(
                line, values[len(names)].strip(), "stands beyond the last column",
                "Put a value that holds the separator into quotation marks.",
            )  # fmt: skip
            return None
        told = {
            name: clean_line(FORMULA_GUARD.sub("", value, count=1))
            for name, value in zip(names, values, strict=False)
            if name
        }
        before = len(self.problems)
        name = self._line(line, "name", told.get("name", ""))
        if not name:
            self._wrong(line, "", "There is no name", "Write the person's name.")
        email = self._email(line, told.get("email", ""))
        found = Person(
            line=line,
            name=name,
            email=email,
            affiliation=self._line(line, "affiliation", told.get("affiliation", "")),
            country=self._country(line, told.get("country", "")),
            load=self._load(line, told.get("load", "")),
            topics=tuple(self._topics(line, told.get("topics", ""))),
        )
        return found if len(self.problems) == before else None

    def _wrong(self, line: int, value: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(line, value if len(value) <= 80 else f"{value[:79]}…", message, remedy))

    def _line(self, line: int, column: str, value: str) -> str:
        hidden = next((ch for ch in value if unicodedata.category(ch) in HIDDEN and ch not in JOINERS), None)
        if hidden is not None:
            shown = value.replace(hidden, "?")
            self._wrong(line, shown, f"holds U+{ord(hidden):04X}, which no screen shows", "Type it anew.")
        if len(value) > 200:
            self._wrong(
                line, value, f"has {len(value)} characters", f"The column {column} takes at most 200."
            )
        return value

    def _email(self, line: int, value: str) -> str:
        address = value.lower().removeprefix("mailto:")
        if address and (len(address) > 254 or not EMAIL.fullmatch(address)):
            self._wrong(
                line, value, "is not an e-mail address", "Write it like ada@example.org, without a name."
            )
        return address

    def _country(self, line: int, value: str) -> str:
        code = self.codes.get(value.casefold(), "")
        if value and not code:
            hint = self._near(value, self.country_names)
            self._wrong(
                line,
                value,
                "is not a country",
                hint or "Write its English name or its two-letter code, like IT.",
            )
        return code

    def _load(self, line: int, value: str) -> int | None:
        if not value:
            return None
        whole = re.fullmatch(r"([0-9]{1,4})(?:[.,]0+)?", value)
        if whole is None or int(whole[1]) > MAX_LOAD:
            self._wrong(
                line, value, "is not a number of papers", f"Write a whole number from 0 to {MAX_LOAD}."
            )
            return None
        return int(whole[1])

    def _topics(self, line: int, value: str) -> Iterator[tuple[str, int]]:
        seen = set()
        parts = [it.strip() for it in re.split(r"[;|]", value) if it.strip()]
        if len(parts) > MAX_TOPICS:
            self._wrong(
                line, value, f"names {len(parts):,} topics", f"At most {MAX_TOPICS} are read. Leave some out."
            )
            return
        for part in parts:
            slug, level = self._topic(line, part)
            if slug in seen:
                self._wrong(line, part, "names a topic for the second time", "Keep one of them.")
            elif slug:
                seen.add(slug)
                yield slug, level

    def _topic(self, line: int, part: str) -> tuple[str, int]:
        if slug := self.topics.get(part.casefold()):
            return slug, USUAL_LEVEL
        name, colon, level = (it.strip() for it in part.rpartition(":"))
        slug = self.topics.get(name.casefold(), "")
        if slug and level.casefold() in LEVELS:
            return slug, LEVELS[level.casefold()]
        if slug:
            self._wrong(line, part, f"has the level “{level}”", "Levels are some, knowledgeable, expert.")
            return "", 0
        hint = self._near(name if colon else part, self.topic_names, cutoff=0.5)
        self._wrong(
            line,
            part,
            "is not a topic of the call",
            hint or "Write topics as the call names them, separated by semicolons.",
        )
        return "", 0

    def _near(self, value: str, known: Sequence[str], *, cutoff: float = 0.6) -> str:
        """What was meant perhaps, as a question; "" when nothing is near, or after `MAX_HINTS` problems."""
        if len(self.problems) >= MAX_HINTS:
            return ""
        near = get_close_matches(value[:200], known, n=1, cutoff=cutoff)
        return f"Did you mean “{near[0]}”?" if near else ""


def _repeated(people: Iterable[Person]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for it in people:
        if not it.email:
            continue
        if it.email in first:
            yield Problem(
                it.line, it.email, f"is on line {first[it.email]} already", "Keep one of the two lines."
            )
        else:
            first[it.email] = it.line
