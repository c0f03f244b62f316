"""What must hold for the reminder rules of a call: known dates and audiences, and times that make sense for both."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from submissions.domain.call_facts import DateFacts, ReminderFacts
from submissions.domain.call_lines import Path
from submissions.domain.call_problems import Problems
from submissions.domain.reminders import AUDIENCES, AudienceFacts, misfit


def check_reminders(
    problems: Problems,
    rules: Sequence[tuple[Path, ReminderFacts]],
    dates: Sequence[tuple[Path, DateFacts]],
    *,
    all_dates: int,
) -> None:
    """`all_dates`: how many dates the file has, also broken ones: then a rule may mean one of these."""
    known = {date.slug: date for _, date in dates}
    digests: set[tuple[str, str]] = set()
    for path, rule in rules:
        audience = AUDIENCES.get(rule.audience)
        if audience is None:
            _unknown(problems, (*path, "audience"), rule.audience, "an audience", list(AUDIENCES))
        if rule.deadline in known:
            if audience is not None:
                _fits(problems, path, rule, audience, known[rule.deadline])
        elif len(known) == all_dates:
            _unknown(problems, (*path, "deadline"), rule.deadline, "a date of this call", list(known))
        if not rule.when:
            problems.add((*path, "when"), "is empty", 'Say when, like ["-7d", "-2d"], or set active = false.')
        if audience is not None and audience.daily and rule.deadline in known:
            digest = rule.audience, known[rule.deadline].kind
            if digest in digests:
                problems.add(
                    (*path, "audience"),
                    "has a digest already",
                    "Keep one rule for each kind of date.",
                    rule.audience,
                )
            digests.add(digest)


def _unknown(problems: Problems, path: Path, value: str, what: str, known: list[str]) -> None:
    near = get_close_matches(value, known, n=1)
    listed = f"Known: {', '.join(known)}." if known else "The call has none."
    problems.add(path, f"is not {what}", f"Did you mean “{near[0]}”?" if near else listed, value)


def _fits(
    problems: Problems, path: Path, rule: ReminderFacts, audience: AudienceFacts, date: DateFacts
) -> None:
    if date.kind not in audience.kinds:
        advice = f"It fits dates of the kind {' or '.join(audience.kinds)}."
        problems.add(
            (*path, "audience"), f"does not fit a date of the kind {date.kind}", advice, rule.audience
        )
    for index, text in enumerate(rule.when):
        if wrong := misfit(text, audience):
            what, _, advice = wrong.partition(": ")
            problems.add((*path, "when", index), what, f"{advice[0].upper()}{advice[1:]}.", text)
