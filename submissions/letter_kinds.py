"""Which letters there are, and what may stand in them. The texts are files in templates/submissions/letters/."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.mail_groups import OptionalGroup

#: Every letter has these.
COMMON = {
    "edition": "short name of the edition",
    "name": "the reader's name, or “colleague” where we do not know it",
    "contact": "the chairs' address",
}
#: Letters about one paper also have these.
ABOUT_PAPER = {
    "paper_number": "number of the paper, without #",
    "paper_title": "title of the paper",
}
MISSING = {"missing_list": "what the paper lacks, as a list; put it on a line of its own"}


@dataclass(frozen=True)
class LetterKind:
    """`required`: nobody can switch it off. Otherwise `optional_group` names the switch in a person's settings.

    `placeholders` are those of this letter alone; `offered` adds what every letter has. `personal`: the text is made
    for one chair's eyes, so that other chairs see on the mail page that it was sent, but not what it says.
    """

    slug: str
    label: str
    required: bool
    placeholders: Mapping[str, str] = field(default_factory=dict)
    optional_group: str = ""
    why: str = "You receive this because you are a contact of this paper at {edition}."
    button: str = "Open the paper"
    about_paper: bool = True
    personal: bool = False

    @property
    def offered(self) -> dict[str, str]:
        """All placeholders with their explanations."""
        return {**COMMON, **(ABOUT_PAPER if self.about_paper else {}), **self.placeholders}


GROUPS: dict[str, OptionalGroup] = {
    group.slug: group
    for group in (
        OptionalGroup(
            "reminders",
            "Reminders",
            "While something of your paper is missing and its deadline comes near.",
        ),
        OptionalGroup(
            "announcements",
            "Announcements from the chairs",
            "What the chairs of a workshop write to all contacts or to the committee.",
        ),
        OptionalGroup(
            "chair_digest",
            "Morning digest for chairs",
            "How an edition that you run stands, while a phase is open.",
        ),
    )
}

#: What the settings page says of the letters that are always sent.
REQUIRED_IN_WORDS = [
    "Receipts: your paper is submitted, changed, withdrawn or back",
    "Decisions of the chairs about your paper: accepted or not, more time, a waived limit, out of scope",
    "Changed dates of a call in which you have a paper",
]

_CLOSES = {"closes": "until when the paper can be changed, in words; empty when it is closed"}
_REMINDER = {
    "date": "which date it is about",
    "deadline": "the date, in words",
    "time_left": "how long is left, like “2 days”",
    "text": "the text of the reminder's rule in the call, may be empty; on a line of its own",
}

KINDS: dict[str, LetterKind] = {
    kind.slug: kind
    for kind in (
        LetterKind(
            "receipt",
            "Receipt: the paper is submitted",
            True,
            {"facts": "number, title, authors, category, file and SHA-256; on a line of its own", **_CLOSES},
        ),
        LetterKind(
            "receipt_updated",
            "Receipt after a change",
            True,
            {"facts": "number, title, authors, category, file and SHA-256; on a line of its own", **_CLOSES},
        ),
        LetterKind(
            "withdrawn",
            "The paper is withdrawn",
            True,
            {"by": "who withdrew it", "reason": "the reason given, may be empty", **_CLOSES},
        ),
        LetterKind(
            "revived", "The paper is a draft again", True, {"by": "who brought it back", **MISSING, **_CLOSES}
        ),
        LetterKind("out_of_scope", "Outside the scope of the call", True, {"reason": "the chairs' reason"}),
        LetterKind(
            "back_in_scope", "Back in scope", True, {"standing": "a sentence: how the paper stands now"}
        ),
        LetterKind(
            "extension",
            "More time for one paper",
            True,
            {"until": "the new time, in words", "reason": "the chairs' reason", **MISSING},
        ),
        LetterKind(
            "waiver",
            "The page limit is waived",
            True,
            {
                "reason": "the chairs' reason",
                "standing": "a sentence: that the paper is submitted; empty otherwise",
                **MISSING,
            },
        ),
        LetterKind(
            "deadline_moved",
            "A date of the call has changed",
            True,
            {
                "date": "which date",
                "before": "the former date, in words",
                "after": "the new date, in words",
                "reason": "what the chairs wrote about it, may be empty",
                "standing": "a sentence: that the paper is submitted; empty otherwise",
                **MISSING,
            },
        ),
        LetterKind(
            "reminder_incomplete",
            "Reminder: something is missing",
            False,
            {**MISSING, **_REMINDER},
            optional_group="reminders",
        ),
        LetterKind(
            "reminder_camera_ready",
            "Reminder: the final version",
            False,
            {**MISSING, **_REMINDER},
            optional_group="reminders",
        ),
        LetterKind(
            "chair_digest",
            "Morning digest for chairs",
            False,
            {
                "counts": "how many papers stand where, as a list; on a line of its own",
                "news": "what is new since the last digest, on a line of its own",
                "late": "what is late, on a line of its own",
                "failures": "whether letters could not be delivered",
                "standing": "how long is left until the date, or that it is over",
                **{name: about for name, about in _REMINDER.items() if name != "time_left"},
            },
            optional_group="chair_digest",
            why="You receive this each morning because you are a chair of {edition}.",
            button="Open the list of papers",
            about_paper=False,
            personal=True,
        ),
        LetterKind(
            "announcement",
            "Written by the chairs",
            False,
            {"papers": "the reader's papers, as a list; on a line of its own", **MISSING},
            optional_group="announcements",
            why="You receive this because the chairs of {edition} wrote to you.",
            button="Open the page",
            about_paper=False,
        ),
    )
}


def add(kind: LetterKind) -> LetterKind:
    """Register one more kind (the committee's letters come from the room above)."""
    KINDS[kind.slug] = kind
    return kind
