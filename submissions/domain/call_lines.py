"""On which line of a TOML text each key stands, so that an error can say where. Python's reader does not tell."""

import re
from contextlib import suppress

#: ("dates", 1, "at") is the key `at` of the second [[dates]].
Path = tuple[str | int, ...]

STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:\'{0,2})|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
BLANK = re.compile(r"(?:\s|#[^\n]*)*")
BARE = re.compile(r"[^\s\"'.=\[\]{},#]+")
ATOM = re.compile(r"[^,\]}\n#]+")


def lines(text: str) -> dict[Path, int]:
    """The line (from 1) of every table, key and array element of a TOML document; what it cannot follow is left out."""
    scanner = _Scanner(text)
    with suppress(_Lost, RecursionError):
        scanner.document()
    return scanner.found


class _Lost(Exception):
    """The text is not what the scanner expects; what was found so far stays."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.line = 1
        self.found: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self.peek():
            if self.peek() == "[":
                table = self.header()
            else:
                self.pair(table)

    def peek(self) -> str:
        self.skip(BLANK)
        return self.text[self.pos : self.pos + 1]

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.pos)
        if match is None:
            raise _Lost
        self.line += match[0].count("\n")
        self.pos = match.end()
        return match[0]

    def expect(self, mark: str) -> None:
        if self.peek() != mark:
            raise _Lost
        self.pos += 1

    def key(self) -> Path:
        parts: list[str | int] = []
        while True:
            quoted = self.peek() in {'"', "'"}
            part = self.skip(STRING if quoted else BARE)
            parts.append(part[1:-1] if quoted else part)
            if self.peek() != ".":
                return tuple(parts)
            self.pos += 1

    def header(self) -> Path:
        line = self.line
        self.pos += 1
        is_list = self.text[self.pos : self.pos + 1] == "["
        self.pos += is_list
        path = self.key()
        self.expect("]")
        if is_list:
            self.expect("]")
        full = self.resolved(path[:-1]) + path[-1:]
        if is_list:
            self.tables[full] = self.tables.get(full, -1) + 1
            full = (*full, self.tables[full])
        self.found.setdefault(full, line)
        return full

    def resolved(self, path: Path) -> Path:
        """`path` with the index of the current row after every list of tables."""
        full: Path = ()
        for part in path:
            full = (*full, part)
            if full in self.tables:
                full = (*full, self.tables[full])
        return full

    def pair(self, table: Path) -> None:
        self.peek()
        line = self.line
        path = table + self.key()
        self.found.setdefault(path, line)
        self.expect("=")
        self.value(path)

    def value(self, path: Path) -> None:
        mark = self.peek()
        if mark == "[":
            self.array(path)
        elif mark == "{":
            self.pos += 1
            while self.peek() != "}":
                self.pair(path)
                if self.peek() == ",":
                    self.pos += 1
            self.pos += 1
        else:
            self.skip(STRING if mark in {'"', "'"} else ATOM)

    def array(self, path: Path) -> None:
        self.pos += 1
        index = 0
        while self.peek() != "]":
            self.found.setdefault((*path, index), self.line)
            self.value((*path, index))
            index += 1
            if self.peek() == ",":
                self.pos += 1
        self.pos += 1
