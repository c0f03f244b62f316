"""What changed between two states of a review, question by question and word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from reviews.domain.review_form import Answer, Question
from reviews.models import Review
from reviews.review_list import ShownAnswer

#: Longer texts are compared line by line: the time that words take grows with the square of their number.
MOST_WORDS = 6000


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
    """The way from one text to the other, by words (Ratcliff and Obershelp's matching, as in difflib)."""
    old, new = _pieces(before, after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[a:b])
            continue
        if b > a:
            yield "gone", "".join(old[a:b])
        if d > c:
            yield "new", "".join(new[c:d])


def _pieces(before: str, after: str) -> tuple[list[str], list[str]]:
    words = [re.findall(r"\s+|\S+", it) for it in (before, after)]
    if max(map(len, words)) > MOST_WORDS:
        return before.splitlines(keepends=True), after.splitlines(keepends=True)
    return words[0], words[1]


def history(questions: Sequence[Question], review: Review) -> list[Step]:
    """Every version against the one before it, the latest first; on top the draft where it differs. One query."""
    versions = list(review.versions.order_by("number"))
    steps = []
    before: Mapping[str, Answer] = {}
    for place, it in enumerate(versions):
        steps.append(Step(it.number, it.at, differences(questions, before, it.answers) if place else []))
        before = it.answers
    if versions and review.answers != before:
        steps.append(Step(None, review.saved_at, differences(questions, before, review.answers)))
    return steps[::-1]
