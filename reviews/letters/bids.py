"""What members are told about bidding. The text is a file in templates/reviews/letters/."""

from accounts.mail_groups import OptionalGroup
from submissions.letter_kinds import LetterKind

WORK = OptionalGroup(
    "committee_reminders",
    "Reminders of the committee's work",
    "While bids are missing and their date comes near.",
)
REMINDER = LetterKind(
    "reminder_bids",
    "Reminder: bids are missing",
    False,
    {
        "good": "how many bids are a good number for this member",
        "date": "which date it is about",
        "deadline": "the date, in words",
        "time_left": "how long is left, like “2 days”",
        "text": "the text of the reminder's rule in the call, may be empty; on a line of its own",
    },
    optional_group=WORK.slug,
    why="You receive this because you are a member of the committee of {edition}.",
    button="Bid on papers",
    about_paper=False,
)
