"""What must hold between the values of a call: limits, order of dates, no duplicates, no dangling names."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from submissions.domain.call_facts import (
    CLOSING_KINDS,
    RESERVED_SLUGS,
    CategoryFacts,
    DateFacts,
    FieldFacts,
    QuestionFacts,
    RoleFacts,
    TopicFacts,
    first_moment,
    last_moment,
)
from submissions.domain.call_lines import Path
from submissions.domain.call_problems import Problems
from submissions.domain.call_values import clean_line
from submissions.domain.reminder_checks import check_reminders

Placed = Sequence[tuple[Path, Any]]
#: Each pair: the first is over before (or when) the second is.
ORDER = (
    ("registration", "submission"),
    ("submission", "reviews"),
    ("submission", "notification"),
    ("bids", "reviews"),
    ("bids", "notification"),
    ("reviews", "response"),
    ("reviews", "discussion"),
    ("reviews", "notification"),
    ("response", "discussion"),
    ("response", "notification"),
    ("discussion", "notification"),
    ("notification", "camera_ready"),
    ("notification", "event"),
)


def check_edition(problems: Problems, facts: Mapping[str, Any]) -> None:
    """What must hold within [edition] and [submission]. Broken values are left out of `facts`."""
    if facts.get("slug") in RESERVED_SLUGS:
        problems.add(
            ("edition", "slug"),
            "is an address of the site itself",
            "Use the year, for example.",
            facts["slug"],
        )
    fewest, most = facts.get("abstract_min_words", 0), facts.get("abstract_max_words", 0)
    if most and fewest > most:
        where = ("submission", "abstract_min_words")
        problems.add(where, f"is more than abstract_max_words = {most}", "Exchange or correct them.", fewest)
    if facts.get("style_url") and facts.get("style_name") == "":
        problems.add(
            ("edition", "style_url"), "has no style_name", "Add style_name: it is the text of the link."
        )


def check(
    problems: Problems,
    raw: Mapping[str, Any],
    rows: Mapping[str, Placed],
    topics: Sequence[tuple[Path, TopicFacts]],
    zone_name: str,
) -> None:
    """What must hold between rows. `raw` still names the categories whose rows are broken."""
    _once(problems, rows["categories"], "slug", lambda row: row.slug)
    _once(problems, rows["categories"], "name", lambda row: _folded(row.name))
    _once(problems, rows["extra_fields"], "slug", lambda row: row.slug)
    _once(problems, rows["review_form"], "slug", lambda row: row.slug)
    _once(problems, rows["directions"], "title", lambda row: _folded(row.title))
    _once(problems, rows["committee"], "name", lambda row: (row.role, _folded(row.name)))
    _once(problems, rows["dates"], "slug", lambda row: row.slug)
    _once(problems, rows["reminders"], "audience", lambda row: (row.deadline, row.audience))
    if not _once(problems, topics, "", lambda topic: _folded(topic.name)):
        _once(problems, topics, "slug", lambda topic: topic.slug)
    for path, category in rows["categories"]:
        _category(problems, path, category)
    for path, field in rows["extra_fields"]:
        _field(problems, path, field)
    for path, question in rows["review_form"]:
        _question(problems, path, question)
    _emails(problems, rows["committee"])
    _dates(problems, rows["dates"], _category_slugs(raw), zone_name)
    written = raw.get("dates", [])
    all_dates = len(written) if isinstance(written, list) else -1
    check_reminders(problems, rows["reminders"], rows["dates"], all_dates=all_dates)


def _folded(text: str) -> str:
    return clean_line(text).casefold()


def _once(problems: Problems, rows: Placed, key: str, identity: Callable[[Any], Hashable]) -> bool:
    """Note every row that repeats an earlier one; whether there was any."""
    seen: dict[Hashable, Path] = {}
    repeated = False
    for path, row in rows:
        same = identity(row)
        if same in seen:
            value = getattr(row, key or "name")
            earlier = problems.line(seen[same])
            place = f" (first on line {earlier})" if earlier else ""
            problems.add(
                (*path, key) if key else path, f"stands here twice{place}", "Remove or rename one.", value
            )
            repeated = True
        seen.setdefault(same, path)
    return repeated


def _category_slugs(raw: Mapping[str, Any]) -> list[str]:
    rows = raw.get("categories", [])
    return [str(row.get("slug")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _category(problems: Problems, path: Path, row: CategoryFacts) -> None:
    if row.min_pages and row.max_pages and row.min_pages > row.max_pages:
        problems.add(
            (*path, "min_pages"), f"is more than max_pages = {row.max_pages}", "Exchange them.", row.min_pages
        )
    if row.max_total_pages is not None:
        where = (*path, "max_total_pages")
        if not row.excludes:
            advice = 'Say what does not count, for example excludes = ["references"], or use max_pages alone.'
            problems.add(where, "means nothing without excludes", advice, row.max_total_pages)
        elif row.max_total_pages < max(row.max_pages or 0, row.min_pages or 0):
            problems.add(
                where,
                "is less than the pages that count",
                "Raise it or lower max_pages.",
                row.max_total_pages,
            )
    if not row.needs_file and (row.min_pages or row.max_pages or row.max_total_pages):
        problems.add(
            (*path, "needs_file"), "is false, yet pages are limited", "Remove the limits, or needs_file."
        )


def _question(problems: Problems, path: Path, row: QuestionFacts) -> None:
    offers = row.kind in ("score", "choice")
    if offers and len(row.choices) < 2:
        what = "steps" if row.kind == "score" else "answers"
        problems.add(path, f"(“{row.slug}”) offers no choice", f"Add choices with at least two {what}.")
    if offers and len({_folded(choice) for choice in row.choices}) < len(row.choices):
        problems.add((*path, "choices"), "names the same answer twice", "Keep one of the two.")
    if not offers and row.choices:
        problems.add(
            (*path, "choices"), f"does not fit kind = “{row.kind}”", "Remove it, or use kind = “choice”."
        )


def _field(problems: Problems, path: Path, row: FieldFacts) -> None:
    if row.kind == "choice" and len(row.choices) < 2:
        problems.add(path, f"(“{row.slug}”) offers no choice", "Add choices with at least two answers.")
    if row.kind != "choice" and row.choices:
        problems.add(
            (*path, "choices"), f"does not fit kind = “{row.kind}”", "Remove it, or use kind = “choice”."
        )
    if row.kind != "text" and row.max_chars is not None:
        problems.add(
            (*path, "max_chars"),
            f"does not fit kind = “{row.kind}”",
            "Only texts have a length.",
            row.max_chars,
        )


def _emails(problems: Problems, rows: Sequence[tuple[Path, RoleFacts]]) -> None:
    holder: dict[tuple[str, str], str] = {}
    for path, row in rows:
        other = holder.setdefault((row.role, row.email), row.name) if row.email else row.name
        if other != row.name:
            advice = "Each person needs an address of their own: it decides whose account holds the role."
            problems.add((*path, "email"), f"is also that of {other}", advice, row.email)


def _dates(
    problems: Problems, rows: Sequence[tuple[Path, DateFacts]], categories: Sequence[str], zone_name: str
) -> None:
    for path, row in rows:
        if row.category is not None and row.category not in categories:
            known = f"Known: {', '.join(categories)}." if categories else "The call has no categories."
            problems.add((*path, "category"), "is not a category of this call", known, row.category)
        _one_date(problems, path, row, zone_name)
    _once_each(problems, rows)
    known_rows = [(path, row) for path, row in rows if row.category is None or row.category in categories]
    _order(problems, known_rows, zone_name)


def _one_date(problems: Problems, path: Path, row: DateFacts, zone_name: str) -> None:
    if row.grace_minutes and row.kind not in CLOSING_KINDS:
        fits = ", ".join(CLOSING_KINDS)
        problems.add(
            (*path, "grace_minutes"), f"does not fit kind = “{row.kind}”", f"Only these have it: {fits}."
        )
    if row.starts is None:
        return
    if row.kind not in {"event", "other"}:
        problems.add(
            (*path, "starts"), f"does not fit kind = “{row.kind}”", "Only “event” and “other” last longer."
        )
    elif type(row.starts) is not type(row.at):
        problems.add(
            (*path, "starts"), "is written otherwise than at", "Write two days or two moments.", row.starts
        )
    elif first_moment(row.starts, zone_name) > last_moment(row.at, zone_name):
        problems.add((*path, "at"), f"is before its start, {row.starts}", "Exchange or correct them.", row.at)


def _once_each(problems: Problems, rows: Sequence[tuple[Path, DateFacts]]) -> None:
    seen: dict[tuple[str, str | None], str] = {}
    for path, row in rows:
        if row.kind == "other":
            continue
        first = seen.setdefault((row.kind, row.category), row.slug)
        if first != row.slug:
            advice = "Give one of them a category of its own, or kind = “other”."
            problems.add(
                (*path, "kind"), f"has two dates (also “{first}”) for the same papers", advice, row.kind
            )


def _order(problems: Problems, rows: Sequence[tuple[Path, DateFacts]], zone_name: str) -> None:
    """Each pair of dates that hold for the same papers must follow each other; each wrong pair is told once."""
    told = set()
    for category in dict.fromkeys(row.category for _, row in rows):
        holding: dict[str, tuple[Path, DateFacts]] = {}
        for path, row in rows:
            if row.category == category or (row.category is None and row.kind not in holding):
                holding[row.kind] = (path, row)
        for first, second in ORDER:
            if first not in holding or second not in holding:
                continue
            (_, before), (path, after) = holding[first], holding[second]
            if last_moment(before.at, zone_name) > last_moment(after.at, zone_name) and (
                (before.slug, after.slug) not in told
            ):
                told.add((before.slug, after.slug))
                message = f"(“{after.label}”) is before “{before.label}” on {before.at}"
                problems.add((*path, "at"), message, "Correct one of the two.", after.at)
