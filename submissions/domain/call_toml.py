"""Writing a call file. `parse(dump(call))` gives the same call again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import groupby
from typing import Any

from submissions.domain.call_facts import EDITION_KEYS, KEYS, LISTS, SUBMISSION_KEYS, Call, Key, TopicFacts
from submissions.domain.call_lines import Path
from submissions.domain.call_values import slug_from

ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n"}


def dump(call: Call, *, header: str = "", notes: Mapping[Path, str] | None = None) -> str:
    """The call as a call file, without the keys that say the default.

    `header` becomes a comment on top; `notes` are comments by key (or by row, then they stand at its end).
    """
    writer = _Writer(notes or {})
    parts = [_comment(header)] if header else []
    parts.append(writer.table("[edition]", ("edition",), asdict(call.edition), EDITION_KEYS))
    submission = writer.table("[submission]", ("submission",), asdict(call.edition), SUBMISSION_KEYS)
    if "\n" in submission:
        parts.append(submission)
    for name in LISTS:
        parts += writer.topics(call.topics) if name == "topics" else writer.rows(name, getattr(call, name))
    return "\n\n".join(parts) + "\n"


class _Writer:
    def __init__(self, notes: Mapping[Path, str]) -> None:
        self.notes = notes

    def rows(self, name: str, rows: Sequence[Any]) -> Iterator[str]:
        for index, row in enumerate(rows):
            yield self.table(f"[[{name}]]", (name, index), asdict(row), KEYS[name])

    def table(self, title: str, path: Path, values: Mapping[str, Any], keys: Sequence[Key]) -> str:
        lines = [title]
        for key in keys:
            value = values[key.name]
            if value == key.default:
                continue
            note = self.notes.get((*path, key.name))
            lines.append(f"{key.name} = {_value(value, key)}{f'  # {note}' if note else ''}")
        if path in self.notes:
            lines.append(_comment(self.notes[path]))
        return "\n".join(lines)

    def topics(self, topics: Sequence[TopicFacts]) -> Iterator[str]:
        for group, members in groupby(topics, key=lambda topic: topic.group):
            lines = ["[[topics]]", *([f"group = {_string(group)}"] if group else []), "names = ["]
            lines += [f"  {_topic(topic)}," for topic in members]
            yield "\n".join([*lines, "]"])


def _topic(topic: TopicFacts) -> str:
    if topic.slug == slug_from(topic.name):
        return _string(topic.name)
    return f"{{ slug = {_string(topic.slug)}, name = {_string(topic.name)} }}"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def _value(value: Any, key: Key) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (int, date)):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_string(item) for item in value)}]"
    return _long_string(value) if key.type == "text" and "\n" in value else _string(value)


def _string(text: str) -> str:
    return f'"{"".join(_escaped(c) for c in text)}"'


def _long_string(text: str) -> str:
    # Line breaks and single quotes stand as they are, for people to read; `""` is escaped, as three would end the text.
    body = "".join(c if c in {"\n", '"'} else _escaped(c) for c in text)
    return '"""\n' + body.replace('""', '\\"\\"') + '\n"""'


def _escaped(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    # Also the other characters that count as line ends, so that an editor or git does not break the file there.
    if ord(char) < 32 or ord(char) == 127 or char in "\x85\u2028\u2029":
        return f"\\u{ord(char):04X}"
    return char
