"""What differs between two states of a call, fact by fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: The fields that identify a row of each list.
IDENTITY: dict[str, tuple[str, ...]] = {
    "dates": ("slug",),
    "reminders": ("deadline", "audience"),
    "categories": ("slug",),
    "topics": ("slug",),
    "directions": ("title",),
    "extra_fields": ("slug",),
    "review_form": ("slug",),
    "committee": ("role", "name"),
}
ORDER = "order"
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One fact that differs. `field` is empty when a whole row was added (`before` None) or removed (`after` None)."""

    section: str
    row: str
    field: str
    before: Any
    after: Any

    @property
    def fact(self) -> tuple[str, str, str]:
        """Which fact it is, whatever its values."""
        return (self.section, self.row, self.field)

    @property
    def place(self) -> str:
        """Which fact it is, for people: `dates “submission”, at`."""
        row = f" “{self.row}”" if self.row else ""
        return f"{self.section}{row}{f', {self.field}' if self.field else ''}"

    def __str__(self) -> str:
        if self.field or self.section == "edition":
            return f"{self.place}: {shown(self.before)} → {shown(self.after)}"
        return f"{self.place}: {'added' if self.before is None else 'removed'}"


def row_key(section: str, row: Data) -> str:
    return " / ".join(str(row.get(name, "")) for name in IDENTITY[section])


def shown(value: Any) -> str:
    """A value on one line; long texts are cut."""
    if value is None or value == "" or value == []:
        return "(nothing)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    text = " ".join(str(value).split())
    return text if len(text) <= 70 else f"{text[:69]}…"


def diff(before: Data, after: Data) -> list[Change]:
    """The changes that lead from `before` to `after` (both as `Call.as_data` gives them; {} for nothing yet)."""
    changes = list(_fields("edition", "", before.get("edition", {}), after.get("edition", {})))
    for section in IDENTITY:
        changes += _rows(section, before.get(section, []), after.get(section, []))
    return changes


def _rows(section: str, before: Sequence[Data], after: Sequence[Data]) -> Iterator[Change]:
    old = {row_key(section, row): row for row in before}
    new = {row_key(section, row): row for row in after}
    for key, row in old.items():
        if key not in new:
            yield Change(section, key, "", dict(row), None)
    for key, row in new.items():
        if key not in old:
            yield Change(section, key, "", None, dict(row))
        else:
            yield from _fields(section, key, old[key], row)
    was, now = [key for key in old if key in new], [key for key in new if key in old]
    if was != now and section != "dates":  # dates are shown by time, whatever their order in the file
        yield Change(section, "", ORDER, was, now)


def _fields(section: str, row: str, before: Data, after: Data) -> Iterator[Change]:
    for name, value in after.items():
        if name not in before and before:
            continue  # the key did not exist when `before` was stored
        if before.get(name) != value and not (not before and value in (None, "", [], ())):
            yield Change(section, row, name, before.get(name), value)
