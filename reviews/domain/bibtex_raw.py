"""BibTeX taken apart into entries, still in LaTeX, by pybtex; `bibtex` makes papers of them.

pybtex gets one entry at a time, so that a broken one costs only itself, and only what it can read in bounded time: the text
comes from a stranger. Entries begin at an `@type{` at the start of a line, as every program writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

MOST_ENTRIES = 1_000
MOST_CHARACTERS = 100_000
"""Of one entry. A paper with 3,000 authors has 60,000."""
MOST_WORK = 5_000_000_000
"""pybtex searches the rest of an entry at every brace and quote: length times braces, over all entries. One second or two;
a thousand real entries need a twentieth."""
MOST_COMMANDS = 50_000
"""Backslashes in all entries together: some 50 µs each."""
MOST_OF_A_MACRO = 1_000
MOST_PASSES = 30
"""Over one entry: each missing comma needs one more."""

VENUES = ("journal", "journaltitle", "booktitle", "school", "institution", "publisher")
_WANTED = {"title", "abstract", "author", "editor", "year", "date", "doi", "crossref", *VENUES}
#: What is not a paper at all.
_COMMANDS = {"string", "preamble", "comment"}
START = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
_HEAD = re.compile(
    r"\A(\s*@\s*(?!(?:string|preamble|comment)\b)[A-Za-z]+\s*[{(]\s*)([^,={}()\"]*)([,=])", re.IGNORECASE
)
_NEXT_FIELD = re.compile(r"\s*[A-Za-z][\w:-]*\s*=")

Tell = Callable[[str, int], None]
"""Takes a problem: a sentence and the line."""


@dataclass(frozen=True)
class Raw:
    """An entry as pybtex has it: lower-case field names, values still in LaTeX."""

    kind: str
    key: str
    fields: Mapping[str, str]
    line: int


def raw_entries(text: str, tell: Tell) -> Iterator[Raw]:
    """The entries of a text whose lines end in `\\n`, in its order. Never raises for what is in it."""
    from pybtex.database.input.bibtex import month_names

    macros = _Macros(month_names)
    read, work, commands, line, position = 0, 0, 0, 1, 0
    starts = [found.start() for found in START.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", position, start)
        position = start
        chunk = text[start:end]
        cost = len(chunk) * (1 + sum(chunk.count(sign) for sign in '{}"'))
        if len(chunk) > MOST_CHARACTERS:
            tell(f"This entry has more than {MOST_CHARACTERS:,} characters; it was left out.", line)
            continue
        if work + cost > MOST_WORK:
            tell("This entry has too many braces and quotes to be read; it was left out.", line)
            continue
        if commands + chunk.count("\\") > MOST_COMMANDS:
            tell("There is too much LaTeX in it to be read; this entry was left out.", line)
            continue
        commands += chunk.count("\\")
        # Each missing comma has the entry read once more.
        entries, passes = _of_chunk(chunk, line, macros, tell, min(MOST_PASSES, (MOST_WORK - work) // cost))
        work += cost * passes
        for entry in entries:
            read += 1
            if read > MOST_ENTRIES:
                tell(f"Only the first {MOST_ENTRIES:,} entries were read; this one begins the rest.", line)
                return
            yield entry


class _Macros(dict[str, str]):
    """What `@string` defines; names in any case. A macro that has grown too long is as if not defined."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__({name.casefold(): value for name, value in known.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.casefold())

    def __setitem__(self, name: str, value: str) -> None:
        if len(value) <= MOST_OF_A_MACRO:
            super().__setitem__(name.casefold(), value)


def _of_chunk(chunk: str, line: int, macros: _Macros, tell: Tell, most_passes: int) -> tuple[list[Raw], int]:
    """The entries of a piece of text, nearly always one, and how often it was read: missing commas are put in and told."""
    from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro

    chunk = _HEAD.sub(_with_key, chunk, count=1)
    for passes in count(1):
        errors: list[tuple[Any, str | None]] = []
        parser = LowLevelParser(chunk, macros=macros)
        # What it was reading when it failed is known only now; the parser goes on to the next entry.
        parser.handle_error = _collector(parser, errors)
        found = [(str(kind).casefold(), body, parser.command_start) for kind, body in _commands(parser)]
        missing = next((at for at in (_missing_comma(error, chunk) for error, _ in errors) if at), None)
        if missing is None or passes >= most_passes:
            break
        field = missing + len(chunk[missing:]) - len(chunk[missing:].lstrip())
        tell(
            f"A comma is missing before “{shown(chunk[field:].split('=')[0])}”. It was read all the same.",
            line + chunk.count("\n", 0, field),
        )
        chunk = f"{chunk[:missing]},{chunk[missing:]}"
    defines = _HEAD.match(chunk) is None  # @string, where every name matters
    for error, name in errors:
        if not isinstance(error, UndefinedMacro) or defines or (name or "").casefold() in _WANTED:
            tell(_sentence(error, chunk), line + (error.lineno or 1) - 1)
    return [
        Raw(kind, body[0] or "", _fields(body[1]), line + chunk.count("\n", 0, start))
        for kind, body, start in found
        if kind not in _COMMANDS
    ], passes


def _with_key(found: re.Match[str]) -> str:
    """Keys are often forgotten, or have spaces; no more is asked of them than to be there."""
    head, key, after = found.groups()
    name = "_".join(key.split())
    return f"{head}unnamed,{key}=" if after == "=" else f"{head}{name or 'unnamed'},"


def _commands(parser: Any) -> Iterator[tuple[str, Any]]:
    """What pybtex yields: of an entry its key and fields, of other commands nothing."""
    for kind, *body in parser:
        yield kind, body[0] if kind.casefold() not in _COMMANDS else ()


def _collector(parser: Any, errors: list[tuple[Any, str | None]]) -> Callable[[Exception], None]:
    def collect(error: Exception) -> None:
        errors.append((error, parser.current_field_name))

    return collect


def _missing_comma(error: Any, chunk: str) -> int | None:
    """Where a comma would mend it: the entry should end here, and another field follows."""
    from pybtex.scanner import TokenRequired

    if isinstance(error, TokenRequired) and error.error_context_info:
        at = int(error.error_context_info[2])
        before = chunk[:at].rstrip()
        if before[-1:] not in ("", ",", "{", "(", "=") and _NEXT_FIELD.match(chunk, at) and "=" in before:
            return len(before)
    return None


def _sentence(error: Exception, chunk: str) -> str:
    from pybtex.database.input.bibtex import UndefinedMacro
    from pybtex.scanner import PrematureEOF

    said = str(error).partition(": ")[2]
    if isinstance(error, UndefinedMacro):
        return f"“{shown(said)}” is neither in quotes or braces nor defined by @string; it was left out."
    if isinstance(error, PrematureEOF):
        return "This entry is not closed: a brace or a quote is missing. What could be read of it counts."
    if "nested" in said:
        return "The braces are nested too deeply; what comes after them in this entry was left out."
    if "unbalanced" in said:
        return "A closing brace has no opening one; what comes after it in this entry was left out."
    if "entry key" in said:
        return "The key is missing, as in @article{key, title = {…}}; the entry was left out."
    where = chunk.lstrip().split("\n")[0]
    return f"This is not BibTeX: {_plainly(said)}. What comes after it in “{shown(where)}” was left out."


def _plainly(said: str) -> str:
    return said.replace(" expected", " is missing").replace("a valid name", "a name")


def _fields(values: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """The first of each field that is wanted; parts joined by `#` are put together, unless they are too long."""
    fields: dict[str, str] = {}
    for name, parts in values:
        low = name.casefold()
        if low in _WANTED and low not in fields and sum(map(len, parts)) <= MOST_CHARACTERS:
            fields[low] = " ".join("".join(parts).split())
    return fields


def shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}…"
