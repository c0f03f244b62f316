from submissions.models.call import (
    Category,
    Deadline,
    Edition,
    ExtraField,
    ResearchDirection,
    ReviewField,
    Role,
    Topic,
)
from submissions.models.letter_text import LetterText
from submissions.models.manuscript import Manuscript
from submissions.models.paper import Author, DeclaredConflict, Extension, ExtraAnswer, Paper, Waiver
from submissions.models.reminder import Reminder, ReminderRule

__all__ = [
    "Author",
    "Category",
    "Deadline",
    "DeclaredConflict",
    "Edition",
    "Extension",
    "ExtraAnswer",
    "ExtraField",
    "LetterText",
    "Manuscript",
    "Paper",
    "Reminder",
    "ReminderRule",
    "ResearchDirection",
    "ReviewField",
    "Role",
    "Topic",
    "Waiver",
]
