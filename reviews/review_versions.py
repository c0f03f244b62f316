"""What changed between two states of a review, question by question and word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from reviews.domain.review_form import Answer, Question
from reviews.models import Review
from reviews.review_list import ShownAnswer

#: The time that matching takes grows with the square of their number. Beyond these, what changed is shown as a whole.
MOST_WORDS, MOST_LINES = 3000, 2000
#: Versions on the page of what changed: each costs a comparison.
MOST_VERSIONS = 20


@dataclass(frozen=True)
class Difference:
    """One question with another answer than before. `parts`: for texts, pairs of "same", "gone" or "new" and the words."""

    question: Question
    before: Answer | None
    after: Answer | None
    parts: Sequence[tuple[str, str]]

    @property
    def before_words(self) -> str:
        return in_words(self.question, self.before)

    @property
    def after_words(self) -> str:
        return in_words(self.question, self.after)


@dataclass(frozen=True)
class Step:
    """One version against the one before; `number` None: the draft against the last version."""

    number: int | None
    at: datetime
    differences: Sequence[Difference]


def in_words(question: Question, value: Answer | None) -> str:
    """An answer as one reads it: "4 – Weak accept"; "no answer"."""
    if value is None:
        return "no answer"
    if question.kind == "checkbox":
        return "yes" if value else "no"
    step = ShownAnswer(question, value).step if question.kind == "score" else ""
    return f"{value} – {step}" if step else str(value)


def differences(
    questions: Sequence[Question], before: Mapping[str, Answer], after: Mapping[str, Answer]
) -> list[Difference]:
    """The questions whose answer changed, in the order of the form."""
    found = []
    for it in questions:
        old, new = before.get(it.slug), after.get(it.slug)
        if old == new:
            continue
        parts = list(compared(str(old or ""), str(new or ""))) if it.kind == "text" else []
        found.append(Difference(it, old, new, parts))
    return found


def compared(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The way from one text to the other: by lines, and by words within lines that changed (difflib's matching)."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > MOST_LINES:
        old, new = [before], [after]
    words = MOST_WORDS
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        gone, came = "".join(old[a:b]), "".join(new[c:d])
        if kind == "equal":
            yield "same", gone
            continue
        pieces = re.findall(r"\S+\s*|\s+", gone), re.findall(r"\S+\s*|\s+", came)
        words -= sum(map(len, pieces))
        yield from _by_words(*pieces) if kind == "replace" and words >= 0 else _whole(gone, came)


def _by_words(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[a:b])
        else:
            yield from _whole("".join(old[a:b]), "".join(new[c:d]))


def _whole(gone: str, came: str) -> Iterator[tuple[str, str]]:
    if gone:
        yield "gone", gone
    if came:
        yield "new", came


def history(questions: Sequence[Question], review: Review) -> list[Step]:
    """Each of the latest versions against the one before it, the latest first; on top the draft where it differs. One query."""
    versions = list(review.versions.order_by("-number")[: MOST_VERSIONS + 1])[::-1]
    steps = []
    before: Mapping[str, Answer] = {}
    for place, it in enumerate(versions):
        if place or it.number == 1:
            steps.append(Step(it.number, it.at, differences(questions, before, it.answers) if place else []))
        before = it.answers
    if versions and review.answers != before:
        steps.append(Step(None, review.saved_at, differences(questions, before, review.answers)))
    return steps[::-1]
