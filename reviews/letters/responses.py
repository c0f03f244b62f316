"""What authors are told when they may read their reviews and respond. The texts are files in templates/reviews/letters/."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from accounts.models import Message
from submissions.letter_kinds import LetterKind
from submissions.letters import about, moment_in_words, readers_of_many, send
from submissions.models import Edition, Paper

OPENED = LetterKind(
    "response_open",
    "Reviews to respond to",
    True,
    {"until": "until when responses are taken, in words"},
    button="Read the reviews",
)
KINDS = (OPENED,)


def opened(paper: Paper, *, until: datetime, due_at: datetime, occasion: str) -> None:
    """Tell every contact of `paper`, not before `due_at`."""
    for address, person in readers_of_many([paper])[paper.pk].items():
        send(
            OPENED.slug,
            edition=paper.edition,
            to=address,
            person=person,
            about=about(paper),
            occasion=occasion,
            url=reverse("paper_response", args=[paper.edition.slug, paper.number]),
            paper=paper,
            values={"until": moment_in_words(until, paper.edition, person)},
            due_at=due_at,
        )


def call_off(edition: Edition) -> None:
    """Drop what waits."""
    Message.objects.filter(
        edition=edition.slug, kind=OPENED.slug, state=Message.State.QUEUED, due_at__gt=timezone.now()
    ).delete()
