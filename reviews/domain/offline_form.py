"""A review form as a text file that reads like a letter, to be filled in with any editor, and back.

    Review of #17, “Sparse Gradients over Slow Links”
    Form: demo / 17 / rita@example.org / 4

    ==== Overall merit [merit] ====
    :: Required. The authors read this.
    :: 1  strong reject
    :: 2  reject

    Answer: 2

Lines between a heading and the answer that begin with "::" explain and are not read. In a text answer, a line that
would be taken for a heading or an explanation has a backslash in front of it, so the way there and back changes nothing;
any other backslash is the reviewer's own (LaTeX). The `Form:` line says whose review of what this is and which saved revision it was made from.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reviews.domain.review_form import Answer, Question, normal, value_of

#: A file with every text at its longest is still smaller.
LONGEST_FILE = 2_000_000

_RULE = "===="
#: What stands between the rules of a heading.
_HEADING = re.compile(r"[^\[\]]*\[(?P<slug>[^\[\]]*)\]\s*")
_FORM = re.compile(
    r"\s*Form:\s*(?P<edition>[^/\s]+)\s*/\s*#?(?P<paper>[0-9]{1,9})\s*/\s*(?P<member>[^/\s]+)\s*/\s*(?P<revision>[0-9]{1,9})\s*",
    re.IGNORECASE,
)
_READERS = {
    "authors": "The authors read this.",
    "committee": "Reviewers and chairs read this, the authors do not.",
    "chairs": "Only the chairs read this.",
}
_HOW = {
    "score": "Write the number after “Answer:”.",
    "choice": "Write the words, or the number in front of them, after “Answer:”.",
    "checkbox": "Write yes or no after “Answer:”.",
    "text": "Write as much as you like below; Markdown and $\\LaTeX$ mathematics are shown as such.",
}


@dataclass(frozen=True)
class Header:
    """Whose review of which paper a file is, and the saved revision it was made from. `line`: where a file says so."""

    edition: str
    paper: int
    member: str
    revision: int
    line: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a file; `line` counts from 1."""

    line: int
    message: str


@dataclass
class Reading:
    """What a file says. With `mistakes` nothing of it may be used."""

    header: Header | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


def write(
    questions: Sequence[Question],
    answers: Mapping[str, Answer],
    header: Header,
    *,
    title: str,
    contact: str = "",
) -> str:
    """The form as text, with what was answered so far."""
    lines = [
        f"Review of #{header.paper}, “{' '.join(title.split())}”",
        f"Form: {header.edition} / {header.paper} / {header.member} / {header.revision}",
        "",
        "Fill in this file with any editor and upload it on your page of reviews. Please leave the line",
        "above and the lines with ==== as they are; lines that begin with :: explain and are not read.",
    ]
    if contact:
        lines.append(f"Questions? {contact}")
    for question in questions:
        lines += ["", *_section(question, answers.get(question.slug))]
    return "\n".join(lines) + "\n"


def _section(question: Question, answer: Answer | None) -> Iterator[str]:
    label = " ".join(question.label.replace("[", "(").replace("]", ")").split())
    yield f"==== {label} [{question.slug}] ===="
    yield f":: {'Required.' if question.required else 'Optional.'} {_READERS[question.visible_to]}"
    for line in question.help.splitlines():
        yield f":: {line.strip()}"
    for number, choice in enumerate(question.choices, start=1):
        yield f":: {number}  {choice}"
    yield f":: {_HOW[question.kind]}"
    yield ""
    if question.kind == "text":
        yield from (_escaped(line) for line in str(answer or "").split("\n"))
    else:
        yield f"Answer: {_shown(answer)}".rstrip()


def _shown(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)


def _looks_like_heading(line: str) -> bool:
    """Whether `line` stands between rules. By hand: a pattern takes forever on a line of nothing but "="."""
    bare = line.strip()
    return len(bare) >= 2 * len(_RULE) and bare.startswith(_RULE) and bare.endswith(_RULE)


def _is_special(line: str) -> bool:
    """Whether `line` would be read as something else than text, were it not escaped (any number of times)."""
    bare = line.lstrip("\\")
    return bare.lstrip().startswith("::") or _looks_like_heading(bare)


def _escaped(line: str) -> str:
    return f"\\{line}" if _is_special(line) else line


def _unescaped(line: str) -> str:
    return line[1:] if line.startswith("\\") and _is_special(line) else line


def decode(data: bytes) -> str:
    """The text of a file from any editor: UTF-8 or UTF-16 with its mark, else UTF-8, else Windows-1252.

    Raises ValueError with a sentence for what is no text, or too long.
    """
    if len(data) > LONGEST_FILE:
        raise ValueError(f"The file has {len(data):,} bytes; a review form has at most {LONGEST_FILE:,}.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[:2000].count(0) > len(data[:2000]) // 4:
        # UTF-16 without its mark: every other byte of a Latin text is zero.
        encodings = ["utf-16-be" if data[:1] == b"\x00" else "utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ValueError("This is not a text file. Save the form as plain text (UTF-8) and upload it again.")


def read(text: str, questions: Sequence[Question]) -> Reading:
    """What a filled-in form says, with every mistake found. Sections that are not there leave their answer empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = Reading()
    by_slug = {question.slug: question for question in questions}
    starts = [number for number, line in enumerate(lines) if _looks_like_heading(line)]
    found.header = _header(lines[: starts[0] if starts else len(lines)], found.mistakes)
    if not starts:
        found.mistakes.append(Mistake(1, "No question was found. Download the form again and fill it in."))
    answered: dict[str, int] = {}
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(lines)
        try:
            question = _question(lines[start], by_slug, answered)
        except ValueError as error:
            found.mistakes.append(Mistake(start + 1, str(error)))
            continue
        answered[question.slug] = start + 1
        _answer(question, lines, start + 1, end, found)
    return found


def _question(heading: str, known: Mapping[str, Question], answered: Mapping[str, int]) -> Question:
    """The question that `heading` names. Raises ValueError with a sentence."""
    match = _HEADING.fullmatch(heading.strip().strip("="))
    if match is None:
        raise ValueError(
            f"“{_short(heading)}” looks like a heading without its [key]. Restore it, or put a \\ in front of it."
        )
    slug = match["slug"].strip()
    if slug not in known:
        raise ValueError(f"There is no question “{_short(slug)}”. The form asks for: {', '.join(known)}.")
    if slug in answered:
        raise ValueError(
            f"“{known[slug].label}” was answered before, in line {answered[slug]}. Keep one of the two."
        )
    return known[slug]


def _header(lines: Sequence[str], mistakes: list[Mistake]) -> Header | None:
    matches = [
        (number, match) for number, line in enumerate(lines, start=1) if (match := _FORM.fullmatch(line))
    ]
    if not matches:
        mistakes.append(
            Mistake(
                1,
                "The line “Form: …” near the top is missing or was changed. It says which paper this is about: restore it.",
            )
        )
        return None
    for number, _ in matches[1:]:
        mistakes.append(Mistake(number, "There is a second line “Form: …”. One file is one review."))
    line, match = matches[0]
    return Header(
        match["edition"], int(match["paper"]), match["member"].casefold(), int(match["revision"]), line
    )


def _answer(question: Question, lines: Sequence[str], begin: int, end: int, found: Reading) -> None:
    """Read lines[begin:end], the part below one heading."""
    at = begin
    while at < end and (not lines[at].strip() or lines[at].lstrip().startswith("::")):
        at += 1
    body = lines[at:end]
    if question.kind == "text":
        raw = normal("\n".join(_unescaped(line) for line in body))
    else:
        said = [
            (at + number, line.strip())
            for number, line in enumerate(body)
            if line.strip() and not line.lstrip().startswith("::")
        ]
        if len(said) > 1:
            found.mistakes.append(
                Mistake(
                    said[1][0] + 1,
                    f"“{question.label}” takes one line after “Answer:”; “{_short(said[1][1])}” is a second one.",
                )
            )
            return
        raw = re.sub(r"^answer\s*:", "", said[0][1], flags=re.IGNORECASE).strip() if said else ""
        raw = _by_number(question, raw)
        at = said[0][0] if said else at
    try:
        value = value_of(question, raw)
    except ValueError as error:
        found.mistakes.append(Mistake(at + 1, str(error)))
        return
    if value is not None:
        found.answers[question.slug] = value


def _by_number(question: Question, raw: str) -> str:
    """A choice may be named by the number in front of it."""
    if question.kind == "choice" and raw.isascii() and raw.isdigit() and raw not in question.choices:
        number = int(raw[:6])
        if 1 <= number <= len(question.choices):
            return question.choices[number - 1]
    return raw


def _short(text: str) -> str:
    text = " ".join(text.split())
    return f"{text[:60]}…" if len(text) > 60 else text
