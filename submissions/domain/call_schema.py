"""Reading a call file: TOML in, a `Call` out, or every problem at once.

`parse` is the only entrance. Values are read one by one (`call_values`), rows are built from them here, and what
holds between rows is checked in `call_checks`. The reference for people is docs/call-format.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from submissions.domain import call_checks
from submissions.domain.call_facts import (
    KEYS,
    LISTS,
    TOPIC_KEYS,
    Call,
    CategoryFacts,
    DateFacts,
    DirectionFacts,
    EditionFacts,
    FieldFacts,
    Key,
    QuestionFacts,
    ReminderFacts,
    RoleFacts,
    TopicFacts,
)
from submissions.domain.call_lines import Path, lines
from submissions.domain.call_problems import CallError, Problem, Problems
from submissions.domain.call_values import BAD, Values, slug_from

__all__ = ["CallError", "Problem", "parse"]

MAX_CHARS = 1_000_000
ROW_TYPES: dict[str, Callable[..., Any]] = {
    "dates": DateFacts,
    "reminders": ReminderFacts,
    "categories": CategoryFacts,
    "directions": DirectionFacts,
    "extra_fields": FieldFacts,
    "review_form": QuestionFacts,
    "committee": RoleFacts,
}


def parse(source: str | bytes, *, countries: Mapping[str, str]) -> Call:
    """The call that `source` describes. `countries` maps the known ISO codes to English names.

    Raises CallError with all problems found, in the order of the file.
    """
    text = _text(source)
    raw = _toml(text)
    problems = Problems(lines(text))
    reader = _Reader(problems, countries)
    call = reader.call(raw)
    if call is None or problems.found:
        raise CallError(problems.in_order())
    return call


def _text(source: str | bytes) -> str:
    if isinstance(source, bytes):
        try:
            source = source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise CallError([Problem("the file", "is not UTF-8 text", "Save it as UTF-8.", line)]) from error
    if len(source) > MAX_CHARS:
        raise CallError(
            [Problem("the file", f"has more than {MAX_CHARS} characters", "A call is shorter than that.")]
        )
    return source


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        what = str(error).split(" (at ")[0] or "cannot be read"
        where = f"column {found[2]}" if found else "the file"
        raise CallError(
            [
                Problem(
                    where,
                    f"is not TOML: {what[0].lower()}{what[1:]}",
                    "Look at this line and the one above: a quote, a bracket or a repeated key. "
                    "docs/call-format.md shows how it is written.",
                    int(found[1]) if found else None,
                )
            ]
        ) from error


class _Reader:
    def __init__(self, problems: Problems, countries: Mapping[str, str]) -> None:
        self.problems = problems
        self.values = Values(problems, countries)

    def call(self, raw: Mapping[str, Any]) -> Call | None:
        self.unknown(raw, (), list(KEYS))
        edition = self.edition(raw)
        zone_name = edition.time_zone if edition else "AoE"
        self.values.zone_name = zone_name
        rows = {name: self.rows(raw, name) for name in LISTS}
        topics = self.topics(rows.pop("topics"))
        built = {
            name: [(path, ROW_TYPES[name](**row)) for path, row in found if not _broken(row)]
            for name, found in rows.items()
        }
        call_checks.check(self.problems, raw, built, topics, zone_name)
        if edition is None:
            return None
        plain = {name: tuple(row for _, row in found) for name, found in built.items()}
        return Call(edition=edition, topics=tuple(topic for _, topic in topics), **plain)

    def edition(self, raw: Mapping[str, Any]) -> EditionFacts | None:
        if "edition" not in raw:
            self.problems.add(
                (), "has no [edition]", "Begin with [edition] and its slug, series, name and short_name."
            )
            return None
        facts: dict[str, Any] = {}
        for table in ("edition", "submission"):
            content = raw.get(table, {})
            if not isinstance(content, dict):
                self.problems.add(
                    (table,), "is not a table", f"Write [{table}] and its keys below it.", content
                )
                return None
            facts |= self.row(content, (table,), KEYS[table])
        call_checks.check_edition(
            self.problems, {name: value for name, value in facts.items() if value is not BAD}
        )
        if _broken(facts):
            return None
        facts["file_prefix"] = facts["file_prefix"] or slug_from(facts["short_name"]).replace("-", "")[:30]
        return EditionFacts(**facts)

    def rows(self, raw: Mapping[str, Any], name: str) -> list[tuple[Path, dict[str, Any]]]:
        content = raw.get(name, [])
        if not isinstance(content, list):
            self.problems.add(
                (name,), "is not a list of tables", f"Write [[{name}]] with two brackets, once a row."
            )
            return []
        found = []
        for index, row in enumerate(content):
            path: Path = (name, index)
            if not isinstance(row, dict):
                self.problems.add(
                    path, "is not a table", f"Write [[{name}]] and the keys of the row below it.", row
                )
                continue
            values = self.row(row, path, KEYS[name])
            if name == "dates" and values["slug"] == "" and values["kind"] is not BAD:
                values["slug"] = _date_slug(values)
            found.append((path, values))
        return found

    def row(self, raw: Mapping[str, Any], path: Path, keys: Sequence[Key]) -> dict[str, Any]:
        """The values of one table by key; BAD where a value is wrong or missing (and noted as a problem)."""
        self.unknown(raw, path, [key.name for key in keys])
        return {key.name: self.values.read(raw, path, key) for key in keys}

    def unknown(self, raw: Mapping[str, Any], path: Path, known: Sequence[str]) -> None:
        for name in raw:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                advice = f"Did you mean “{near[0]}”?" if near else f"Known here: {', '.join(known)}."
                self.problems.add((*path, name), "is not a key of a call file", advice)

    def topics(self, groups: Sequence[tuple[Path, dict[str, Any]]]) -> list[tuple[Path, TopicFacts]]:
        return [topic for path, group in groups if not _broken(group) for topic in self.group(path, group)]

    def group(self, path: Path, group: Mapping[str, Any]) -> Iterator[tuple[Path, TopicFacts]]:
        for index, item in enumerate(group["names"]):
            where: Path = (*path, "names", index)
            row = self.row(item if isinstance(item, dict) else {"name": item}, where, TOPIC_KEYS)
            if not _broken(row):
                yield where, TopicFacts(row["slug"] or slug_from(row["name"]), row["name"], group["group"])


def _broken(row: Mapping[str, Any]) -> bool:
    return any(value is BAD for value in row.values())


def _date_slug(values: Mapping[str, Any]) -> str:
    if values["kind"] == "other":
        return slug_from(values["label"])[:50].rstrip("-") if values["label"] is not BAD else "other"
    kind = values["kind"].replace("_", "-")
    return f"{kind}-{values['category']}"[:50] if isinstance(values["category"], str) else kind
