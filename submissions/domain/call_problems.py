"""What is wrong with a call file: collected, placed, and told all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from submissions.domain.call_lines import Path


@dataclass(frozen=True)
class Problem:
    """`where` is the key, as in `dates[2].at`; `message` continues it; `remedy` is a sentence."""

    where: str
    message: str
    remedy: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.where} {self.message}. {self.remedy}".rstrip()


class CallError(Exception):
    """A call file cannot be used. `problems` holds all that is wrong, `str(error)` lists it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(
            "\n".join([f"{count} in the call file:", *(f"- {problem}" for problem in self.problems)])
        )


class Problems:
    """Collects problems; `lines` says where each key stands."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self.lines = lines
        self.found: list[Problem] = []

    def add(self, path: Path, message: str, remedy: str = "", value: Any = None) -> None:
        """Note that the value at `path` is wrong; `value`, where given, is quoted."""
        shown = f"= {quote(value)} " if value is not None else ""
        self.found.append(Problem(dotted(path), f"{shown}{message}", remedy, self.line(path)))

    def line(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest thing around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None

    def in_order(self) -> list[Problem]:
        return sorted(self.found, key=lambda problem: problem.line or 0)


def dotted(path: Path) -> str:
    """`dates[2].at`; rows are counted from 1, as people do."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def quote(value: Any) -> str:
    """A value as the file might write it, shortened."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int) and abs(value) > 10**20:
        text = "a very large number"  # Python refuses to write out thousands of digits
    elif isinstance(value, (int, float, date, time)):
        text = str(value)
    else:
        text = f"“{value}”" if isinstance(value, str) else "a list" if isinstance(value, list) else "a table"
    return text if len(text) <= 60 else f"{text[:57]}…{'”' if isinstance(value, str) else ''}"
