"""By which letter fellow reviewers know each other: "Reviewer B"."""

import secrets

from django.db import transaction

from reviews.models import Assignment
from submissions.models import Paper

_random = secrets.SystemRandom()


def letter_at(place: int) -> str:
    """A, B, … Z, AA, AB, …: the letter at a place that counts from 0."""
    word = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        word = chr(ord("A") + rest) + word
    return word


def letters_of(paper: Paper) -> dict[int, str]:
    """The letter of each live assignment of `paper`, by its key. Missing ones are given now, in random order, and stay.

    Who joins later gets the next letters: one that was used is never given to another. Writes; a page only reads
    `Assignment.letter`, which is there as soon as a review was submitted or a comment written.
    """
    with transaction.atomic():
        # All rows, also of those who declined: their letters are taken.
        rows = list(
            Assignment.objects.select_for_update(of=("self",))
            .filter(paper=paper)
            .order_by("pk")
            .only("pk", "letter", "state", "paper")
        )
        live = [it for it in rows if it.state in Assignment.LIVE]
        waiting = [it for it in live if not it.letter]
        taken = {it.letter for it in rows}
        place = 0
        _random.shuffle(waiting)
        for row in waiting:
            while letter_at(place) in taken:
                place += 1
            row.letter = letter_at(place)
            taken.add(row.letter)
            row.save(update_fields=["letter"])
    return {it.pk: it.letter for it in live}
