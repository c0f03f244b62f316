from submissions.models.call import Category, Deadline, Edition, ExtraField, ResearchDirection, Role, Topic
from submissions.models.manuscript import Manuscript
from submissions.models.paper import Author, DeclaredConflict, Extension, ExtraAnswer, Paper, Waiver

__all__ = [
    "Author",
    "Category",
    "Deadline",
    "DeclaredConflict",
    "Edition",
    "Extension",
    "ExtraAnswer",
    "ExtraField",
    "Manuscript",
    "Paper",
    "ResearchDirection",
    "Role",
    "Topic",
    "Waiver",
]
