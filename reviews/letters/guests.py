"""What is written about guests: the invitation, the question to the chairs, and news for the member."""

from django.urls import reverse

from accounts import mail_wishes, outbox
from reviews import participants, queries
from reviews.letters.assignments import address_of
from reviews.letters.kinds import NEWS
from reviews.models import Guest
from submissions.letter_kinds import LetterKind
from submissions.letters import about, moment_in_words, send

INVITATION = LetterKind(
    "guest_invitation",
    "Invitation to write a review for a member",
    True,
    {
        "member": "who asks for help",
        "until": "until when the invitation holds, in words",
        "due": "when the review is due, in words; may be empty",
        "workshop": "the full name of the edition",
    },
    why="You receive this because a member of the committee of {edition} would like to write a review with you.",
    button="See what is asked, and answer",
)
PROPOSED = LetterKind(
    "guest_proposed",
    "For chairs: a guest waits for approval",
    False,
    {"member": "who proposes", "guest": "whom"},
    optional_group=NEWS.slug,
    why="You receive this because you are a chair of {edition}.",
    button="Approve or refuse",
)
NEWS_OF_GUEST = LetterKind(
    "guest_news",
    "News of a guest who writes a review",
    True,
    {"news": "what happened, as a sentence", "guest": "who"},
    why="You receive this because you proposed a guest for a review for {edition}.",
    button="Open the review",
)
KINDS = (INVITATION, PROPOSED, NEWS_OF_GUEST)


def invite(guest: Guest) -> None:
    """The link is good for whoever has it: nobody else sees it."""
    row, edition = guest.assignment, guest.assignment.paper.edition
    person = mail_wishes.owner_of(guest.email)
    due = queries.due_of(row, queries.reviews_due(edition))
    send(
        INVITATION.slug,
        edition=edition,
        to=guest.email,
        person=person,
        about=about(row.paper),
        occasion=str(guest.pk),
        url=reverse("guest", args=[edition.slug, guest.key]),
        paper=row.paper,
        values={
            "name": guest.name,
            "member": str(row.member),
            "until": moment_in_words(guest.expires_at, edition, person) if guest.expires_at else "",
            "due": moment_in_words(due.at, edition, person) if due else "",
            "workshop": edition.name,
        },
    )


def call_off(guest: Guest) -> None:
    """An invitation that has not left yet does not leave."""
    outbox.call_off(about=about(guest.assignment.paper), kind=INVITATION.slug, to=guest.email)


def proposed(guest: Guest) -> None:
    paper = guest.assignment.paper
    for chair in participants.chairs_in_charge(paper):
        send(
            PROPOSED.slug,
            edition=paper.edition,
            to=chair.email,
            person=chair,
            about=about(paper),
            occasion=str(guest.pk),
            url=reverse("chair_requests", args=[paper.edition.slug]),
            paper=paper,
            values={"member": str(guest.assignment.member), "guest": guest.name},
        )


def news(guest: Guest, words: str) -> None:
    """Tell the member what became of their guest."""
    row = guest.assignment
    address = address_of(row.member)
    if address:
        send(
            NEWS_OF_GUEST.slug,
            edition=row.paper.edition,
            to=address,
            person=row.member.user,
            about=about(row.paper),
            occasion=f"{guest.pk}-{guest.state}",
            url=reverse("member_review", args=[row.paper.edition.slug, row.paper.number]),
            paper=row.paper,
            values={"news": words, "guest": guest.name},
        )
