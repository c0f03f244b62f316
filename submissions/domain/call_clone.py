"""Next year's call from this year's: dates a year later on the same weekday, and everything to check marked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from submissions.domain.call_facts import Call, DateFacts, EditionFacts, When
from submissions.domain.call_lines import Path
from submissions.domain.call_toml import dump

YEARLY = ("name", "short_name", "file_prefix", "host_event", "site_url")
CHECK = "check:"


def default_shift(old_slug: str, new_slug: str) -> int:
    """How many days later: whole weeks nearest to the years between the slugs (one year when they are not years)."""
    years = int(new_slug) - int(old_slug) if old_slug.isdigit() and new_slug.isdigit() else 1
    return round(years * 365.2425 / 7) * 7


def next_call(call: Call, *, slug: str, shift_days: int) -> tuple[Call, dict[Path, str]]:
    """The call moved to `slug` and by `shift_days`, and a note for each key that somebody must check.

    E-mail addresses of the committee are left out: they would give this year's committee rights over next year's
    papers. They stay in the file as comments.
    """
    notes: dict[Path, str] = {}
    edition = _edition(call.edition, slug, notes)
    dates = []
    for index, date in enumerate(call.dates):
        dates.append(_moved(date, timedelta(days=shift_days)))
        notes["dates", index, "at"] = f"{CHECK} {dates[-1].at:%A}; was {date.at:%A} {date.at}"
    committee = []
    for index, role in enumerate(call.committee):
        committee.append(replace(role, email=""))
        if role.email:
            notes["committee", index] = f'email = "{role.email}"'
    return replace(call, edition=edition, dates=tuple(dates), committee=tuple(committee)), notes


def clone_file(call: Call, *, slug: str, shift_days: int) -> str:
    """The text of next year's call file."""
    following, notes = next_call(call, slug=slug, shift_days=shift_days)
    emails = any(path[0] == "committee" for path in notes)
    header = [
        f"The call of {following.edition.short_name}, begun from that of {call.edition.short_name}.",
        f"Search for “{CHECK}” and look at each line marked so: dates were moved by {shift_days} days, years replaced.",
        f"Texts, topics and the committee ({len(call.committee)} people) are those of {call.edition.short_name}.",
    ]
    if emails:
        header.append(
            "Addresses stand in comments: uncomment one to give that person's account the role's rights."
        )
    return dump(following, header="\n".join(header), notes=notes)


def _edition(edition: EditionFacts, slug: str, notes: dict[Path, str]) -> EditionFacts:
    changes: dict[str, Any] = {"slug": slug}
    for name in YEARLY:
        value = getattr(edition, name)
        moved = (
            re.sub(rf"(?<!\d){re.escape(edition.slug)}(?!\d)", slug, value)
            if edition.slug.isdigit()
            else value
        )
        changes[name] = moved[: 30 if name == "file_prefix" else 300]
        if value:
            notes["edition", name] = f"{CHECK} was {value}"
    for name in ("summary", "scope", "instructions", "format_note", "place"):
        value = getattr(edition, name)
        if value and "\n" not in value:
            notes["edition", name] = f"{CHECK} as last time"
    return replace(edition, **changes)


def _moved(date: DateFacts, shift: timedelta) -> DateFacts:
    def later(when: When | None) -> When | None:
        return when + shift if when is not None else None

    return replace(date, at=date.at + shift, starts=later(date.starts), originally=None)
