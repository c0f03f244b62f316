"""Reminders of reviews and what follows from them. Their texts are files in templates/reviews/letters/.

A reader's papers are joined into one letter. Letters to reviewers name no other reviewer, those to authors none at all.
"""

from accounts import mail_groups
from accounts.mail_groups import OptionalGroup
from submissions.letter_kinds import LetterKind, add

GROUP = OptionalGroup(
    "review_reminders",
    "Reminders of reviews",
    "While a request to review has no answer, a review is due or late, or a discussion or a paper you shepherd waits for you.",
)
_LISTED = {
    "count": "how many papers, in words: “1 paper”",
    "papers": "the papers and how each stands, as a list; on a line of its own",
    "date": "which date it is about",
    "deadline": "the date, in words",
    "text": "the text of the reminder's rule in the call, may be empty; on a line of its own",
}
_LEFT = {"time_left": "how long is left, like “2 days”"}
_WHY = "You receive this because you were asked to review for {edition}."

OFFERED = LetterKind(
    "reminder_offered",
    "Reminder: a request to review without an answer",
    False,
    _LISTED,
    optional_group=GROUP.slug,
    why=_WHY,
    button="Accept or decline",
    about_paper=False,
)
DUE = LetterKind(
    "reminder_review",
    "Reminder: reviews are due",
    False,
    {**_LISTED, **_LEFT},
    optional_group=GROUP.slug,
    why=_WHY,
    button="Write the review",
    about_paper=False,
)
LATE = LetterKind(
    "reminder_review_late",
    "Reminder: reviews are late",
    False,
    _LISTED,
    optional_group=GROUP.slug,
    why=_WHY,
    button="Write the review",
    about_paper=False,
)
DISCUSSION = LetterKind(
    "reminder_discussion",
    "Reminder: a discussion waits for the reader",
    False,
    {**_LISTED, **_LEFT},
    optional_group=GROUP.slug,
    why="You receive this because you review for {edition}.",
    button="Open the discussion",
    about_paper=False,
)
SHEPHERD = LetterKind(
    "reminder_shepherd",
    "Reminder: conditions of an acceptance are not met",
    False,
    _LISTED,
    optional_group=GROUP.slug,
    why="You receive this because you look after the conditions of a paper at {edition}.",
    button="Say when they are met",
    about_paper=False,
)
RESPONSE = LetterKind(
    "reminder_response",
    "Reminder: the response to the reviews",
    False,
    {
        "words": "how many words a response may have",
        **{name: about for name, about in _LISTED.items() if name not in ("count", "papers")},
        **_LEFT,
    },
    optional_group="reminders",
    button="Read the reviews and respond",
)
KINDS = (OFFERED, DUE, LATE, DISCUSSION, SHEPHERD, RESPONSE)


def register() -> None:
    """Make the letters and their switch known."""
    mail_groups.groups[GROUP.slug] = GROUP
    for kind in KINDS:
        add(kind)


def how_many(count: int) -> str:
    return "1 paper" if count == 1 else f"{count} papers"
