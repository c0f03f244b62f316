"""Reading assignments from a CSV file, `paper,action,email,round`, as HotCRP and spreadsheets write it.

Other columns are read over. An empty round means the first one, or the one that an assignment has. Every problem names
its line and value and says what to do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

MAX_BYTES, MAX_ROWS = 2 * 1024 * 1024, 50_000
HEADINGS = ("paper", "action", "email")
ALIASES = {
    "user": "email",
    "e-mail": "email",
    "mail": "email",
    "reviewer": "email",
    "paper id": "paper",
    "pid": "paper",
    "number": "paper",
}

#: What may stand in the column “action”, and what it means here.
ACTIONS = {
    "review": "review",
    "primary": "review",
    "secondary": "review",
    "pcreview": "review",
    "clear": "clear",
    "noreview": "clear",
    "lock": "lock",
    "forbid": "forbid",
    "unlock": "unlock",
}
#: In the column “email”: everybody who reviews the paper; with “clear” only.
ALL = "all"
EMPTY = "The file is empty. Its first line names the columns: paper,action,email,round."
FORMULA_STARTS = "=+-@"


@dataclass(frozen=True)
class Row:
    """One line that says something. `round` "" where the file does not say."""

    line: int
    paper: int
    action: str
    email: str
    round: str = ""


@dataclass(frozen=True)
class Sheet:
    """`errors`: line of the file (0: the file as a whole) and a sentence."""

    rows: Sequence[Row]
    errors: Sequence[tuple[int, str]]


def decoded(data: bytes) -> str:
    """The text of a file, whatever a spreadsheet made of it: UTF-8, UTF-16 or Western European."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(text: str, *, rounds: Sequence[str]) -> Sheet:
    """The rows of a file. `rounds`: the rounds there are."""
    if len(text) > MAX_BYTES:
        return _broken(f"The file has {len(text):,} characters; at most {MAX_BYTES:,} can be read.")
    text = text.lstrip("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in text.split("\n") if line.strip()), "")
    if not first:
        return _broken(EMPTY)
    separator = max(",;\t", key=first.count)
    try:
        lines = _lines(text, separator)
    except csv.Error as error:
        return _broken(f"This is no CSV file: {error}. Save it as CSV and send it again.")
    if not lines:
        return _broken(EMPTY)
    heading = [ALIASES.get(_tidy(cell).casefold(), _tidy(cell).casefold()) for cell in lines[0][1]]
    missing = [name for name in HEADINGS if name not in heading]
    if missing:
        return _broken(
            f"The column “{missing[0]}” is missing. The first line names the columns: paper,action,email,round."
        )
    if len(lines) > MAX_ROWS + 1:
        return _broken(f"The file has {len(lines) - 1:,} lines; at most {MAX_ROWS:,} can be read at once.")
    rows: list[Row] = []
    errors: list[tuple[int, str]] = []
    for line, cells in lines[1:]:
        told = dict(zip(heading, map(_tidy, cells), strict=False))
        row = _row(line, told, rounds)
        if isinstance(row, Row):
            rows.append(row)
        else:
            errors.append((line, row))
    return Sheet(rows, errors)


def _broken(sentence: str) -> Sheet:
    return Sheet([], [(0, sentence)])


def _lines(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Each record with the line on which it begins; empty ones and comments are left out."""
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells) and not (found and cells[0].lstrip().startswith("//")):
            found.append((begins, cells))
        begins = reader.line_num + 1
    return found


def _tidy(cell: str) -> str:
    """A cell without what our own export puts before a formula's sign."""
    cell = " ".join(cell.split())
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in FORMULA_STARTS else cell


def _row(line: int, told: dict[str, str], rounds: Sequence[str]) -> Row | str:
    """The row, or the sentence that says what is wrong with it."""
    number = told.get("paper", "").removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) < 9 and int(number)):
        return f"“{told.get('paper', '')[:40]}” is no number of a paper. Write 17 or #17."
    action = told.get("action", "").casefold()
    if action not in ACTIONS:
        return f"“{told.get('action', '')[:40]}” is not an action. Write one of: {', '.join(ACTIONS)}."
    email = told.get("email", "").casefold()
    if not email:
        return "There is no address. Write the e-mail address of the member."
    if email == ALL and ACTIONS[action] != "clear":
        return f"“all” goes with “clear” only. Write the address of one member to {action}."
    round_ = told.get("round", "").casefold()
    if round_ and round_ not in rounds:
        return (
            f"“{told.get('round', '')[:40]}” is not a round. Write one of: {', '.join(rounds)}; or nothing."
        )
    return Row(line, int(number), ACTIONS[action], email, round_)
