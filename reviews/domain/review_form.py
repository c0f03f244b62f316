"""The questions of a review and what counts as an answer.

A form is a sequence of `Question`. Answers are kept as `{slug: value}`: a score is an int (1 is the first step of its
scale), a choice the chosen text, a checkbox a bool, a text a str. What was not answered is not in the mapping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Answer: TypeAlias = int | str | bool
Kind = Literal["score", "choice", "checkbox", "text"]
Reader = Literal["authors", "committee", "chairs"]

#: Longest text answer, in characters: some forty pages. Longer ones are attached files pasted by mistake.
LONGEST_TEXT = 100_000
#: Who may read what is visible to whom: chairs read everything, authors only what is meant for them.
READS: dict[Reader, frozenset[str]] = {
    "authors": frozenset({"authors"}),
    "committee": frozenset({"authors", "committee"}),
    "chairs": frozenset({"authors", "committee", "chairs"}),
}
_YES = frozenset({"yes", "y", "x", "[x]", "true", "1", "on", "checked", "ja", "oui", "si", "sì"})
_NO = frozenset({"no", "n", "[ ]", "[]", "false", "0", "off", "nein", "non"})


@dataclass(frozen=True)
class Question:
    """One question. `choices`: a score's steps from the lowest up, or the texts of a choice."""

    slug: str
    label: str
    kind: Kind
    required: bool = True
    choices: tuple[str, ...] = ()
    visible_to: Reader = "committee"
    help: str = ""

    @property
    def lowest(self) -> int:
        return 1

    @property
    def highest(self) -> int:
        return len(self.choices)


@dataclass(frozen=True)
class Problem:
    """What is wrong with the answer to one question, as a sentence for the reviewer."""

    slug: str
    message: str


def readable_by(questions: Sequence[Question], reader: Reader) -> list[Question]:
    """The questions whose answers `reader` may see."""
    return [question for question in questions if question.visible_to in READS[reader]]


def clean(questions: Sequence[Question], raw: Mapping[str, Any]) -> tuple[dict[str, Answer], list[Problem]]:
    """What `raw` (a posted form, a file) says, and what in it cannot be an answer. Empty answers are left out.

    Questions that `raw` does not name have no answer. Required ones that are empty are not a problem here: a draft
    may be incomplete (`missing`).
    """
    answers: dict[str, Answer] = {}
    problems: list[Problem] = []
    for question in questions:
        try:
            value = value_of(question, raw.get(question.slug))
        except ValueError as error:
            problems.append(Problem(question.slug, str(error)))
            continue
        if value is not None:
            answers[question.slug] = value
    return answers, problems


def missing(questions: Sequence[Question], answers: Mapping[str, Answer]) -> list[Question]:
    """Required questions without an answer. A checkbox is never missing: not ticked is an answer."""
    return [it for it in questions if it.required and it.kind != "checkbox" and it.slug not in answers]


def value_of(question: Question, raw: Any) -> Answer | None:
    """The answer that `raw` stands for; None when it is empty. Raises ValueError with a sentence."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if question.kind == "text":
        return _text(question, raw)
    if question.kind == "checkbox":
        return _tick(question, raw)
    if question.kind == "score":
        return _score(question, raw)
    return _choice(question, raw)


def _text(question: Question, raw: Any) -> str | None:
    if not isinstance(raw, str):
        raise ValueError(f"“{question.label}” takes a text, not {_shown(raw)}.")
    if "\x00" in raw:
        raise ValueError(
            f"“{question.label}” contains a NUL character. Remove it; it is invisible, so retype the passage."
        )
    text = normal(raw)
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"“{question.label}” has {len(text):,} characters; at most {LONGEST_TEXT:,} fit. Shorten it."
        )
    return text or None


def normal(text: str) -> str:
    """`text` with Unix line ends, without empty lines around it and without blanks at its end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:]).rstrip()


def _tick(question: Question, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"“{question.label}” takes yes or no, not {_shown(raw)}.")


def _score(question: Question, raw: Any) -> int:
    scale = f"a number from {question.lowest} to {question.highest}"
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueError(f"“{question.label}” takes {scale}, not {_shown(raw)}.")
    if isinstance(raw, int):
        number = raw
    else:
        # "3", "3 weak accept", "3. weak accept", or the step's own words.
        word = raw.strip()
        first = word.split(maxsplit=1)[0].rstrip(".:)")
        if first.isascii() and first.removeprefix("-").isdigit() and len(first) <= 6:
            number = int(first)
        else:
            number = _place(question.choices, word) + 1
    if not question.lowest <= number <= question.highest:
        raise ValueError(f"“{question.label}” takes {scale}, not {_shown(raw)}.")
    return number


def _choice(question: Question, raw: Any) -> str:
    place = _place(question.choices, str(raw).strip())
    if place < 0:
        offered = ", ".join(f"“{choice}”" for choice in question.choices)
        raise ValueError(f"“{question.label}” takes one of {offered}, not {_shown(raw)}.")
    return question.choices[place]


def _place(choices: Sequence[str], word: str) -> int:
    """Where `word` stands among `choices`, whatever its case; -1 where it does not."""
    folded = [" ".join(choice.split()).casefold() for choice in choices]
    word = " ".join(word.split()).casefold()
    return folded.index(word) if word in folded else -1


def _shown(raw: Any) -> str:
    text = " ".join(str(raw).split())
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def words(text: str) -> int:
    """How many words `text` has, as a word processor counts them."""
    return len(text.split())
