"""What is written when a reviewer asks for more time, and when a chair answers. Texts: templates/reviews/letters/."""

from django.urls import reverse

from reviews import participants
from reviews.letters.assignments import address_of
from reviews.letters.kinds import NEWS
from reviews.models import MoreTime
from submissions.letter_kinds import LetterKind
from submissions.letters import about, moment_in_words, send

ASKED = LetterKind(
    "more_time_asked",
    "For chairs: a reviewer asks for more time",
    False,
    {"reviewer": "who asks", "until": "for which date, in words", "reason": "why, may be empty"},
    optional_group=NEWS.slug,
    why="You receive this because you are a chair of {edition}.",
    button="Answer",
)
ANSWERED = LetterKind(
    "more_time_answered",
    "The answer to a reviewer who asked for more time",
    True,
    {
        "outcome": "a sentence: the new date, or that the date stays",
        "answer": "what the chair wrote, may be empty; on a line of its own",
    },
    why="You receive this because you asked for more time for a review for {edition}.",
    button="Open the review",
)
KINDS = (ASKED, ANSWERED)


def asked(request: MoreTime) -> None:
    """Tell the chair who handles the paper; all who may, while nobody does."""
    paper = request.assignment.paper
    for chair in participants.chairs_in_charge(paper):
        send(
            ASKED.slug,
            edition=paper.edition,
            to=chair.email,
            person=chair,
            about=about(paper),
            occasion=f"{request.pk}-{request.asked_at.timestamp()}",
            url=reverse("chair_requests", args=[paper.edition.slug]),
            paper=paper,
            values={
                "reviewer": str(request.assignment.member),
                "until": moment_in_words(request.until, paper.edition, chair),
                "reason": request.reason,
            },
        )


def answered(request: MoreTime) -> None:
    paper, member = request.assignment.paper, request.assignment.member
    address = address_of(member)
    if not address:
        return
    until = moment_in_words(request.until, paper.edition, member.user)
    granted = request.state == MoreTime.State.GRANTED
    send(
        ANSWERED.slug,
        edition=paper.edition,
        to=address,
        person=member.user,
        about=about(paper),
        occasion=str(request.pk),
        url=reverse("member_review", args=[paper.edition.slug, paper.number]),
        paper=paper,
        values={
            "outcome": f"Your review is now due: {until}."
            if granted
            else f"The chairs cannot wait until {until}: the date stays as it was.",
            "answer": request.answer,
        },
    )
