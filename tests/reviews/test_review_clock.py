"""The review phase of ScaDL's own call at one-hour steps, with an outage, a date that moves and somebody who needs more time.

The letters are kept in review_snapshot.txt, to be read by people. After a change that is meant, write it anew with
`WRITE_SNAPSHOT=1 pytest --thorough tests/reviews/test_review_clock.py` and read it again.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Message, User
from reviews.models import Assignment, Comment, Decision, DiscussionRead, Member, MoreTime, Release, Review
from submissions.domain.call_schema import parse
from submissions.domain.deadlines import zone
from submissions.letter_kinds import KINDS
from submissions.models import Edition, Paper, ReminderRule, Role
from submissions.services import call, reminders
from submissions.services.call_rows import country_names
from tests import factories
from tests.factories import utc
from tests.reviews import committee, reviewing

CALL = Path(__file__).parents[2] / "calls" / "scadl-2021.toml"
SNAPSHOT = Path(__file__).parent / "review_snapshot.txt"
HOUR = timedelta(hours=1)
DIGEST = ": Morning digest: "
#: The engine does not run in this time: four days over "7 days before".
OUTAGE = (utc(2021, 2, 22), utc(2021, 2, 26))
pytestmark = pytest.mark.django_db


@dataclass
class Story:
    """What people do, and when. Each event happens at the beginning of its hour."""

    people: dict[str, User] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    told: list[tuple[datetime, str]] = field(default_factory=list)

    def events(self) -> dict[datetime, Callable[[], str]]:
        return {
            utc(2021, 2, 8, 9): self.begin,
            utc(2021, 2, 9, 10): lambda: self.answer("Rita", accepts=(1, 2)),
            utc(2021, 2, 12, 15): lambda: self.answer("Lena", accepts=(2,), declines=(3,)),
            utc(2021, 2, 15, 8): lambda: self.answer("Bao", accepts=(1, 3)),
            utc(2021, 2, 20, 9): lambda: self.draft("Rita", 1),
            utc(2021, 2, 25, 10): lambda: self.submit("Rita", 2),
            utc(2021, 2, 27, 12): self.move,
            utc(2021, 3, 3, 10): lambda: self.ask("Lena", 2, utc(2021, 3, 10, 11, 59)),
            utc(2021, 3, 5, 9): lambda: self.grant("Lena", 2),
            utc(2021, 3, 5, 20): lambda: self.submit("Bao", 1),
            utc(2021, 3, 6, 8): lambda: self.submit("Rita", 1),
            utc(2021, 3, 7, 10): lambda: self.comment("Bao", 1),
            utc(2021, 3, 7, 11): lambda: self.ready("Bao", 1),
            utc(2021, 3, 7, 12): lambda: self.ready("Rita", 2),
            utc(2021, 3, 9, 9): lambda: self.submit("Lena", 2),
            utc(2021, 3, 18, 9): self.decide,
            utc(2021, 3, 28, 9): self.conditions_met,
        }

    @property
    def edition(self) -> Edition:
        return Edition.objects.get(slug="2021")

    def row(self, name: str, number: int) -> Assignment:
        return Assignment.objects.get(member=self.members[name], paper__number=number)

    def begin(self) -> str:
        for name, place in (("Chiara", "Europe/Rome"), ("Conrad", "America/New_York")):
            self.people[name] = factories.person(f"{name} Chair", time_zone=place)
            factories.role(self.edition, Role.Kind.PROGRAMME_CHAIR, self.people[name])
            factories.with_second_factor(self.people[name])
        for name, place in (
            ("Rita", "Europe/Rome"),
            ("Bao", "Asia/Shanghai"),
            ("Lena", "America/Los_Angeles"),
        ):
            reader = factories.person(f"{name} Reviewer", time_zone=place)
            self.members[name] = committee.member(self.edition, f"{name} Reviewer", user=reader)
        papers = committee.papers(self.edition, 3)
        papers[2].declared_conflicts.create(role=self.edition.roles.get(user=self.people["Conrad"]))
        for name, places in (("Rita", (0, 1)), ("Bao", (0, 2)), ("Lena", (1, 2))):
            for place in places:
                reviewing.assigned(self.members[name], papers[place], state="offered")
        return (
            "Three papers are assigned: #1 and #2 to Rita (Rome), #1 and #3 to Bao (Shanghai), #2 and #3 to Lena "
            "(Los Angeles). Chairs: Chiara (Rome), Conrad (New York), who has a conflict with #3."
        )

    def answer(self, name: str, *, accepts: tuple[int, ...] = (), declines: tuple[int, ...] = ()) -> str:
        words = []
        for numbers, state, verb in ((accepts, "accepted", "accepts"), (declines, "declined", "declines")):
            for number in numbers:
                Assignment.objects.filter(pk=self.row(name, number).pk).update(
                    state=state, answered_at=timezone.now()
                )
                words.append(f"{verb} #{number}")
        return f"{name} {' and '.join(words)}."

    def draft(self, name: str, number: int) -> str:
        Review.objects.create(assignment=self.row(name, number), answers={"summary": "Good."}, revision=1)
        return f"{name} begins the review of #{number}."

    def submit(self, name: str, number: int) -> str:
        row = self.row(name, number)
        Review.objects.filter(assignment=row).delete()
        reviewing.submitted(row)
        return f"{name} submits the review of #{number}."

    def move(self) -> str:
        call.move_deadline(
            actor=self.people["Chiara"],
            edition=self.edition,
            deadline=self.edition.deadlines.get(slug="reviews"),
            at=utc(2021, 3, 6, 11, 59, 59),
            reason="Holidays.",
        )
        return "Chiara moves the date of the reviews from 1 to 5 March, end of day AoE."

    def ask(self, name: str, number: int, until: datetime) -> str:
        MoreTime.objects.create(assignment=self.row(name, number), until=until)
        return f"{name} asks for time until {until:%-d %B, %H:%M} UTC for #{number}."

    def grant(self, name: str, number: int) -> str:
        asked = self.row(name, number).more_time.get()
        asked.state, asked.answered_at = MoreTime.State.GRANTED, timezone.now()
        asked.save()
        Assignment.objects.filter(pk=asked.assignment_id).update(due_at=asked.until)
        return f"Chiara grants it to {name}."

    def comment(self, name: str, number: int) -> str:
        paper = self.row(name, number).paper
        Comment.objects.create(paper=paper, author=self.members[name].user, text="Is Table 2 right?")
        return f"{name} asks something in the discussion of #{number}."

    def ready(self, name: str, number: int) -> str:
        row = self.row(name, number)
        Assignment.objects.filter(pk=row.pk).update(ready_at=timezone.now())
        DiscussionRead.objects.create(paper=row.paper, user=row.member.user, at=timezone.now())
        return f"{name} finds #{number} ready to decide."

    def decide(self) -> str:
        release = Release.objects.create(edition=self.edition, effective_at=timezone.now())
        for paper in Paper.objects.filter(edition=self.edition):
            conditional = {"conditions": "Compare with others.", "shepherd": self.members["Rita"]}
            Decision.objects.create(
                paper=paper,
                outcome="conditional" if paper.number == 2 else "accept",
                release=release,
                **(conditional if paper.number == 2 else {}),
            )
        return "The decisions are out, with one review missing: #2 on conditions, with Rita as its shepherd."

    def conditions_met(self) -> str:
        Decision.objects.filter(paper__number=2).update(met_at=timezone.now())
        return "Rita says that the conditions of #2 are met."


def without_digests() -> list[str]:
    """The lines of the snapshot but those of the chairs' digests, which come every other morning."""
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if DIGEST not in line]


def hours_of(lines: list[str]) -> set[datetime]:
    """The hours in which something happens, and those before, in which nothing may come yet."""
    # The year first: without one a day of February could be any.
    told = [datetime.strptime(f"2021 {line[4:16]} +0000", "%Y %d %b %H:%M %z") for line in lines]
    return {at - before for at in told for before in (timedelta(), HOUR)}


def play(hours: set[datetime] | None = None) -> Story:
    """From the assignment to the day after the final versions, an engine call an hour, with digests; or in `hours` only,
    without.
    """
    told = Story()
    events = told.events()
    now = utc(2021, 2, 8, 8)
    with time_machine.travel(now, tick=False) as clock:
        facts = parse(CALL.read_text(encoding="utf-8"), countries=country_names())
        call.load(actor=None, call=facts, source_name=CALL.name, publish=True)
        if hours is not None:
            ReminderRule.objects.filter(audience="chairs").update(active=False)
        while now <= utc(2021, 4, 1, 12):
            clock.move_to(now)
            if now in events:
                told.told.append((now, events[now]()))
            if now in OUTAGE:
                told.told.append((now, "The engine stops." if now == OUTAGE[0] else "The engine runs again."))
            if not OUTAGE[0] <= now < OUTAGE[1] and (hours is None or now in hours):
                reminders.send_due()
            now += HOUR
    return told


def written(story: Story) -> str:
    """The story as people read it: events, and letters with the hour on the reader's own clock."""
    lines = [(at, 0, f"{at:%a %d %b %H:%M}  -- {words}") for at, words in story.told]
    for message in Message.objects.filter(
        kind__in=[kind for kind in KINDS if kind.startswith("reminder") or kind == "chair_digest"]
    ).order_by("created_at", "pk"):
        reader = message.person.time_zone if message.person else "AoE"
        own = message.created_at.astimezone(zone(reader))
        head = f"{message.created_at:%a %d %b %H:%M}  {message.to} (their {own:%a %H:%M})"
        body = "; ".join(line[2:] for line in message.text.splitlines() if line.startswith("- "))
        subject = message.subject.removeprefix("[ScaDL 2021] ")
        lines.append((message.created_at, 1, f"{head}: {subject} | {body}"))
    lines.sort(key=lambda it: it[:2])
    return "\n".join(line for *_, line in lines) + "\n"


@pytest.mark.thorough
def test_the_letters_of_a_review_phase_are_what_a_person_would_expect() -> None:
    story = play()
    text = written(story)
    if os.environ.get("WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(text, encoding="utf-8")
        pytest.fail(f"{SNAPSHOT.name} was written anew. Read it.")
    assert text.splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()
    to_conrad = Message.objects.filter(to=story.people["Conrad"].email, kind="chair_digest")
    assert to_conrad.exists()
    assert not any("#3" in it.text for it in to_conrad), "he has a conflict with it"


def test_the_letters_come_in_their_hours_and_not_in_those_before() -> None:
    """The same for every run, in seconds: the engine is called where the snapshot says that something happens."""
    lines = without_digests()
    assert written(play(hours_of(lines))).splitlines() == lines
