"""What a chair reads each morning: counts and what is late, of the papers that this chair may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from submissions import mail_list, queries
from submissions.domain.reminders import time_left
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper

#: Longer lists are cut: the page behind the letter has all.
SHOWN = 10


@dataclass(frozen=True)
class Lines:
    """What a room above adds to the digest, line by line."""

    counts: Sequence[str] = ()
    news: Sequence[str] = ()
    late: Sequence[str] = ()


#: What rooms above add, each called with the edition, the papers that the reader handles, the time of the last digest
#: and now. Of other papers nothing may be told, not even in a number. They register in `AppConfig.ready()`.
sections: list[Callable[[Edition, Sequence[Paper], datetime, datetime], Lines]] = []


def of(
    edition: Edition, person: User, *, deadline: Deadline, since: datetime, now: datetime
) -> dict[str, str] | None:
    """The digest's values for `person`, with what is new after `since`; None while there is no paper and no failure.

    After the submission date it comes only on mornings with something new or late. A paper behind a conflict is in no
    number. Constant queries, however many papers.
    """
    papers = list(queries.for_chairs(edition, person))
    failures = mail_list.failures(edition, person)
    if not papers and not failures:
        return None
    drafts = [paper for paper in papers if paper.state == State.DRAFT]
    submitted = [paper for paper in papers if paper.state == State.SUBMITTED]
    lacking = [paper for paper in drafts if queries.missing_items(paper)]
    more = [section(edition, papers, since, now) for section in sections]
    coming_in = deadline.kind == Deadline.Kind.SUBMISSION
    news = _news(papers, since) + [line for it in more for line in it.news]
    # Drafts that nobody completed were told of when the submission ended.
    late = (_late(lacking, now) if coming_in else []) + [line for it in more for line in it.late]
    if not (coming_in or news or late or failures):
        return None
    return {
        "counts": _listed(
            [
                f"{len(submitted)} submitted",
                f"{len(drafts)} in draft, {len(lacking)} of them with something missing",
                *(
                    [f"{ended} withdrawn or out of scope"]
                    if (ended := len(papers) - len(drafts + submitted))
                    else []
                ),
                *(line for it in more for line in it.counts),
            ]
        ),
        "news": _listed(news) or "Nothing.",
        "late": _listed(late) or "Nothing is late.",
        "failures": f"{_many(failures, 'letter')} could not be delivered."
        if failures
        else "All mail went out.",
        "standing": f"{time_left(deadline.at, now)} until {deadline.label}"
        if now < deadline.at
        else f"{deadline.label} is over",
    }


def _news(papers: Sequence[Paper], since: datetime) -> list[str]:
    begun = [paper for paper in papers if paper.created_at > since]
    arrived = [paper for paper in papers if paper.submitted_at and paper.submitted_at > since]
    ended = [
        paper
        for paper in papers
        if paper.state in (State.WITHDRAWN, State.OUT_OF_SCOPE) and paper.changed_at > since
    ]
    return [
        *([f"{_many(len(begun), 'paper')} begun: {_numbers(begun)}"] if begun else []),
        *([f"{_many(len(arrived), 'paper')} submitted: {_numbers(arrived)}"] if arrived else []),
        *([f"{_many(len(ended), 'paper')} withdrawn or out of scope: {_numbers(ended)}"] if ended else []),
    ]


def _late(lacking: Sequence[Paper], now: datetime) -> list[str]:
    """Drafts that were not completed in time, and those to which somebody gave more time."""
    over, extended = [], []
    for paper in lacking:
        closing = queries.closing_of(paper)
        if closing is None:
            continue
        if not closing.open_at(now):
            over.append(paper)
        elif closing.extended:
            extended.append(paper)
    return [
        *([f"{_many(len(over), 'draft')} not completed in time: {_numbers(over)}"] if over else []),
        *([f"{_many(len(extended), 'draft')} with more time: {_numbers(extended)}"] if extended else []),
    ]


def _numbers(papers: Sequence[Paper]) -> str:
    shown = ", ".join(f"#{paper.number}" for paper in papers[:SHOWN])
    return f"{shown} and {len(papers) - SHOWN} more" if len(papers) > SHOWN else shown


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
