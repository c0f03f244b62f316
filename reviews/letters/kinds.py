"""The kinds of letters about invitations. Their texts are files in templates/reviews/letters/."""

from accounts.mail_groups import OptionalGroup
from submissions.letter_kinds import LetterKind

NEWS = OptionalGroup(
    "committee_news",
    "News of the committee",
    "For chairs: somebody whom you invited declined, and whom they suggest instead.",
)
WAITING = OptionalGroup(
    "invitation_reminders",
    "Reminders of invitations",
    "While you have not answered an invitation to a committee and its time runs out.",
)
REQUIRED_IN_WORDS = ["Invitations to the committee of a workshop"]

_ASKED = {
    "role": "what the person is asked to be",
    "answer_by": "until when the invitation holds, in words",
    "workshop": "the full name of the edition",
}

INVITATION = LetterKind(
    "invitation",
    "Invitation to the committee",
    True,
    {
        **_ASKED,
        "event": "where and with what the workshop is held, may be empty",
        "load": "how many papers are expected, as a sentence; empty for places without reviews",
        "dates": "the dates of the committee's work, as a list; on a line of its own",
        "again": "a sentence, when an earlier invitation is replaced; empty otherwise",
    },
    why="You receive this because the chairs of {edition} would like to have you in their committee.",
    button="See what is asked, and answer",
    about_paper=False,
)
REMINDER = LetterKind(
    "reminder_invitation",
    "Reminder: an invitation without an answer",
    False,
    {
        **_ASKED,
        "time_left": "how long is left, like “2 days”",
        "text": "the text of the reminder's rule in the call, may be empty; on a line of its own",
        "date": "which date it is about",
        "deadline": "the date, in words",
    },
    optional_group=WAITING.slug,
    why="You receive this because the chairs of {edition} invited you to their committee.",
    button="Answer the invitation",
    about_paper=False,
)
DECLINED = LetterKind(
    "invitation_declined",
    "For chairs: somebody declined",
    False,
    {
        "person": "who declined",
        "role": "what they were asked to be",
        "reason": "their reason, may be empty",
        "substitute": "whom they suggest, may be empty",
    },
    optional_group=NEWS.slug,
    why="You receive this because you are a chair of {edition}.",
    button="Open the list of the committee",
    about_paper=False,
)
KINDS = (INVITATION, REMINDER, DECLINED)
