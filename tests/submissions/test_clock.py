"""A whole edition at one-hour steps, with outages and an extension: the letters are what a person would expect.

The letters are kept in clock_snapshot.txt, to be read by people. After a change that is meant, write it anew with
`WRITE_SNAPSHOT=1 pytest --thorough tests/submissions/test_clock.py` and read it again.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Message, User
from submissions.domain.call_schema import parse
from submissions.domain.deadlines import zone
from submissions.models import Edition, Paper, ReminderRule, Role
from submissions.services import call, grants, papers, reminders
from submissions.services.call_rows import country_names
from submissions.services.errors import Closed
from tests import factories
from tests.factories import utc

CALL = Path(__file__).parents[2] / "calls" / "scadl-2021.toml"
SNAPSHOT = Path(__file__).parent / "clock_snapshot.txt"
HOUR = timedelta(hours=1)
DIGEST = ": Morning digest: "
pytestmark = pytest.mark.django_db

#: The engine does not run in these times: ten days over "7 days before", a day over "2 days before", an hour over
#: "6 hours before".
OUTAGES = (
    (utc(2021, 1, 18, 3), utc(2021, 1, 28, 3)),
    (utc(2021, 1, 30, 9), utc(2021, 1, 31, 9)),
    (utc(2021, 2, 9, 6), utc(2021, 2, 9, 7)),
)


@dataclass
class Story:
    """What people do, and when. Each event happens at the beginning of its hour."""

    people: dict[str, User] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    told: list[tuple[datetime, str]] = field(default_factory=list)

    def events(self) -> dict[datetime, Callable[[], str]]:
        return {
            utc(2021, 1, 4, 9): self.publish,
            utc(2021, 1, 8, 10): lambda: self.begin("Ada", "Europe/Rome", coauthor="carol@example.org"),
            utc(2021, 1, 11, 2): lambda: self.begin("Bao", "Asia/Shanghai"),
            utc(2021, 1, 12, 18): lambda: self.begin("Eve", "America/Los_Angeles"),
            utc(2021, 1, 14, 10): lambda: self.begin("Dev", "Asia/Kolkata", file=True),
            utc(2021, 1, 29, 17): lambda: self.withdraw("Eve"),
            utc(2021, 1, 29, 22): lambda: self.begin("Fay", "America/New_York", hidden_from="Conrad"),
            utc(2021, 1, 31, 18): self.extend_for_all,
            utc(2021, 2, 3, 9): lambda: self.complete("Ada"),
            utc(2021, 2, 8, 15): lambda: self.extend_for("Fay", utc(2021, 2, 12, 11, 59)),
        }

    def publish(self) -> str:
        facts = parse(CALL.read_text(encoding="utf-8"), countries=country_names())
        call.load(actor=None, call=facts, source_name=CALL.name, publish=True)
        for name, place in (("Chiara", "Europe/Rome"), ("Conrad", "America/New_York")):
            self.people[name] = factories.person(f"{name} Chair", time_zone=place)
            factories.role(self.edition, Role.Kind.PROGRAMME_CHAIR, self.people[name])
            factories.with_second_factor(self.people[name])
        return "The call is published. Submission until 1 February, end of day AoE. Chairs: Chiara (Rome), Conrad (New York)."

    @property
    def edition(self) -> Edition:
        return Edition.objects.get(slug="2021")

    def begin(
        self, name: str, place: str, *, file: bool = False, coauthor: str = "", hidden_from: str = ""
    ) -> str:
        person = self.people[name] = factories.person(f"{name} Author", time_zone=place)
        authors = [factories.author_data(person)]
        if coauthor:
            authors.append(factories.author_data(person, name="Carol", email=coauthor))
        paper = factories.paper(
            self.edition, person, *authors, file="genuine/ieee_letter_8p.pdf" if file else None
        )
        self.papers[name] = paper
        if hidden_from:
            paper.declared_conflicts.create(role=self.edition.roles.get(user=self.people[hidden_from]))
        how = "submits" if file else "begins"
        more = f", with {coauthor} as another contact without account" if coauthor else ""
        more += f"; conflict declared with {hidden_from}" if hidden_from else ""
        return f"{name} ({place}) {how} #{paper.number}{more}."

    def withdraw(self, name: str) -> str:
        paper = factories.fresh(self.papers[name])
        papers.withdraw(actor=self.people[name], paper=paper, reason="")
        return f"{name} withdraws #{paper.number}."

    def complete(self, name: str) -> str:
        paper = factories.fresh(self.papers[name])
        form = factories.whole_data(self.edition, *[_author(it) for it in paper.authors.all()])
        papers.save(
            actor=self.people[name],
            paper=paper,
            revision=paper.revision,
            data=form,
            arrived_at=timezone.now(),
            upload=factories.pdf(),
        )
        return f"{name} uploads the file of #{paper.number}: it is in."

    def extend_for_all(self) -> str:
        call.move_deadline(
            actor=self.people["Chiara"],
            edition=self.edition,
            deadline=self.edition.deadlines.get(slug="submission"),
            at=utc(2021, 2, 9, 11, 59, 59),
            reason="Many asked for it.",
        )
        return "Chiara moves the submission deadline to 8 February, end of day AoE."

    def extend_for(self, name: str, until: datetime) -> str:
        paper = self.papers[name]
        grants.extend(actor=self.people["Chiara"], paper=paper, until=until, reason="Illness.")
        return f"Chiara gives #{paper.number} ({name}) time until {until:%-d %B, %H:%M} UTC."


def _author(row: Any) -> Any:
    return factories.AuthorData(
        name=row.name, email=row.email, affiliation=row.affiliation, is_contact=row.is_contact
    )


def hours(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += HOUR


def is_down(moment: datetime) -> bool:
    return any(start <= moment < end for start, end in OUTAGES)


def without_digests() -> list[str]:
    """The lines of the snapshot but those of the chairs' digests, which come every other morning."""
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if DIGEST not in line]


def hours_of(lines: list[str]) -> set[datetime]:
    """The hours in which something happens, and those before, in which nothing may come yet."""
    # The year first: without one a day of February could be any.
    told = [datetime.strptime(f"2021 {line[4:16]} +0000", "%Y %d %b %H:%M %z") for line in lines]
    return {at - before for at in told for before in (timedelta(), HOUR)}


def play(only: set[datetime] | None = None) -> Story:
    """The edition from its publication to the day after the workshop, an engine call an hour, with digests; or in the hours
    `only`, without.
    """
    told = Story()
    events = told.events()
    with time_machine.travel(utc(2021, 1, 4), tick=False) as clock:
        for now in hours(utc(2021, 1, 4), utc(2021, 5, 23)):
            clock.move_to(now)
            if now in events:
                told.told.append((now, events[now]()))
                if only is not None:
                    ReminderRule.objects.filter(audience="chairs").update(active=False)
            for start, end in OUTAGES:
                if now == start:
                    told.told.append((now, f"The engine stops, for {_length(end - start)}."))
                elif now == end:
                    told.told.append((now, "The engine runs again."))
            if not is_down(now) and (only is None or now in only):
                reminders.send_due()
    return told


def _length(time: timedelta) -> str:
    number, unit = (time.days, "day") if time.days else (time // HOUR, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def written(story: Story) -> str:
    """The story as people read it: events, and letters with the hour on the reader's own clock."""
    lines = [(at, 0, f"{at:%a %d %b %H:%M}  -- {words}") for at, words in story.told]
    for message in Message.objects.exclude(kind__startswith="account").order_by("created_at", "pk"):
        reader = message.person.time_zone if message.person else "AoE"
        own = message.created_at.astimezone(zone(reader))
        head = f"{message.created_at:%a %d %b %H:%M}  {message.to} (their {own:%a %H:%M})"
        lines.append(
            (
                message.created_at,
                1,
                f"{head}: {message.subject.removeprefix('[ScaDL 2021] ')}{_digest(message)}",
            )
        )
    lines.sort(key=lambda it: it[:2])
    return "\n".join(line for *_, line in lines) + "\n"


def _digest(message: Message) -> str:
    """A digest's lists, on one line."""
    if message.kind != "chair_digest":
        return ""
    body = [line[2:] for line in message.text.splitlines() if line.startswith("- ")]
    return " | " + "; ".join(body)


@pytest.mark.thorough
def test_the_letters_of_an_edition_are_what_a_person_would_expect() -> None:
    text = written(play())
    if os.environ.get("WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(text, encoding="utf-8")
        pytest.fail(f"{SNAPSHOT.name} was written anew. Read it.")
    assert text.splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_the_letters_come_in_their_hours_and_not_in_those_before() -> None:
    """The same for every run, in seconds: the engine is called where the snapshot says that something happens."""
    lines = without_digests()
    assert written(play(hours_of(lines))).splitlines() == lines


def test_submission_closes_by_the_clock_with_no_worker_and_no_task_at_all() -> None:
    with time_machine.travel(utc(2021, 2, 1), tick=False) as clock:
        edition = factories.edition(closes=utc(2021, 2, 2, 11, 59, 59), time_zone="AoE")
        ada = factories.person("Ada Author")
        draft = factories.paper(edition, ada, file=None)
        page = edition.get_absolute_url() + "papers/new/"
        author = factories.signed_in(ada)
        clock.move_to(utc(2021, 2, 2, 11, 59, 59))
        assert author.get(page).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert author.get(page).status_code == 403
        with pytest.raises(Closed):
            papers.save(
                actor=ada,
                paper=factories.fresh(draft),
                revision=draft.revision,
                data=factories.whole_data(edition, factories.author_data(ada)),
                arrived_at=timezone.now(),
            )
        assert Paper.objects.get().state == "draft", "nothing had to change a state at midnight"
