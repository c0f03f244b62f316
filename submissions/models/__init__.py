from submissions.models.call import Category, Deadline, Edition, ExtraField, ResearchDirection, Role, Topic
from submissions.models.manuscript import Manuscript
from submissions.models.paper import Author, DeclaredConflict, ExtraAnswer, Extension, Paper, Waiver

__all__ = [
    "Author",
    "Category",
    "Deadline",
    "DeclaredConflict",
    "Edition",
    "ExtraAnswer",
    "ExtraField",
    "Extension",
    "Manuscript",
    "Paper",
    "ResearchDirection",
    "Role",
    "Topic",
    "Waiver",
]
