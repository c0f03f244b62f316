"""What is written to whom about papers. Each letter is composed here and queued in the caller's transaction."""

from submissions.letters.papers import (
    about,
    back_in_scope,
    deadline_moved,
    extended,
    missing_list,
    out_of_scope,
    readers_of_many,
    receipt,
    revived,
    updated_receipt,
    waived,
    withdrawn,
)
from submissions.letters.sending import Letter, compose, moment_in_words, send

__all__ = [
    "Letter",
    "about",
    "back_in_scope",
    "compose",
    "deadline_moved",
    "extended",
    "missing_list",
    "moment_in_words",
    "out_of_scope",
    "readers_of_many",
    "receipt",
    "revived",
    "send",
    "updated_receipt",
    "waived",
    "withdrawn",
]
