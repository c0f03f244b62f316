"""From one letter text to the plain and the HTML part of a mail. Plain Python and one template; no rows are read.

A letter text is what a person would type: paragraphs, lists (`- item`), facts (two or more lines `Label: value`), and
placeholders such as `{paper_title}`. A placeholder stands for a plain value and nothing else: there are no attributes,
indexes, formats or conditions. `{{` and `}}` are literal braces. Two rules make conditions unnecessary:

- a placeholder alone on its line may hold several lines (a list, facts); elsewhere its value becomes one line;
- a paragraph is left out when a placeholder alone on a line of it is empty, or all its placeholders are.

Values are put in once and never looked at again, so a title like `{name}` stays what it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ALONE = re.compile(r"\s*\{([^{}]+)\}\s*")
_FACT = re.compile(r"\s*([^\s:-][^:]{0,30}):\s+(\S.*)")
_ITEM = re.compile(r"\s*[-•]\s+(.*)")
#: Mail readers take what follows this line for the signature, and so do we.
SIGNATURE = "\n-- \n"


class LetterError(ValueError):
    """The text of a letter cannot be used. `str(error)` is a sentence for whoever wrote it."""


class UnknownPlaceholder(LetterError):
    """The text names a placeholder that this letter does not have."""


@dataclass(frozen=True)
class Block:
    """One part of a letter. `kind` is `p` (lines), `ul` (lines are the items) or `dl` (pairs)."""

    kind: str
    lines: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def text(self) -> str:
        """As it stands in the plain part."""
        if self.kind == "dl":
            width = max(len(label) for label, _ in self.pairs) + 1
            return "\n".join(f"{label + ':':<{width}} {value}" for label, value in self.pairs)
        return "\n".join(f"- {line}" for line in self.lines) if self.kind == "ul" else "\n".join(self.lines)

    def html_lines(self) -> list[SafeString]:
        return [_linked(line) for line in self.lines]

    def html_pairs(self) -> list[tuple[str, SafeString]]:
        return [(label, _linked(value)) for label, value in self.pairs]


def placeholders(text: str) -> list[str]:
    """The names of the placeholders in `text`, as often as they stand there."""
    return [piece[1] for piece in _PIECE.finditer(text) if piece[1] is not None]


def check(text: str, known: Mapping[str, str]) -> None:
    """Raise UnknownPlaceholder or LetterError when `text` cannot be filled with values for the names in `known`."""
    for piece in _PIECE.finditer(text):
        name = piece[1]
        if name is not None and name not in known:
            offer = ", ".join(f"{{{it}}}" for it in known)
            raise UnknownPlaceholder(
                f"“{{{name[:60]}}}” is not a placeholder of this letter. There are: {offer}. "
                "For a brace that is meant as one, write it twice."
            )
        if piece[0] in "{}":
            line = text.count("\n", 0, piece.start()) + 1
            raise LetterError(
                f"In line {line} a “{piece[0]}” has no partner. For a brace that is meant as one, write it twice: "
                f"“{piece[0] * 2}”."
            )


def fill_line(text: str, values: Mapping[str, str]) -> str:
    """`text` with its values, as one line: for subjects. Unknown names raise UnknownPlaceholder."""
    check(text, values)
    return " ".join(_filled(text, values).split())


def fill(text: str, values: Mapping[str, str]) -> list[Block]:
    """The blocks of a letter with its values. Raises UnknownPlaceholder, LetterError."""
    check(text, values)
    return parse("\n\n".join(_paragraphs(text, values)))


def parse(text: str) -> list[Block]:
    """The blocks of a text without placeholders."""
    return [block for chunk in re.split(r"\n[ \t]*\n", text.strip("\n")) for block in _blocks(chunk)]


def as_text(blocks: list[Block]) -> str:
    """The plain part. A list follows its introduction directly, as one would type it."""
    out = ""
    for before, block in zip([None, *blocks], blocks, strict=False):
        close = (
            before is not None and before.kind == "p" and block.kind == "ul" and before.lines[-1][-1:] == ":"
        )
        out += ("" if before is None else "\n" if close else "\n\n") + block.text()
    return out


@dataclass(frozen=True)
class Frame:
    """What stands around the text of every letter."""

    heading: str
    url: str = ""
    button: str = "Open the page"
    why: str = ""
    contact: str = ""
    stop_url: str = ""

    @property
    def foot(self) -> list[str]:
        """Why one gets this, whom to ask, how to stop it."""
        return [
            line
            for line in (
                self.why,
                f"Questions: {self.contact}, or reply to this message." if self.contact else "",
                f"To stop messages of this kind: {self.stop_url}" if self.stop_url else "",
            )
            if line
        ]


def plain(blocks: list[Block], frame: Frame) -> str:
    """The whole plain part: the letter, the link, and the foot below the signature line."""
    text = as_text(blocks) + (f"\n\n{frame.url}" if frame.url else "") + "\n"
    return text + SIGNATURE + "\n".join(frame.foot) + "\n" if frame.foot else text


def html(blocks: list[Block], frame: Frame) -> str:
    """The whole HTML part. Nothing in it is loaded from anywhere, so nobody learns that it was read."""
    return render_to_string(
        "mail/frame.html", {"blocks": blocks, "frame": frame, "site_name": settings.SITE_NAME}
    )


def split_signature(text: str) -> tuple[str, str]:
    """A plain part as body and foot."""
    body, _, foot = text.partition(SIGNATURE)
    return body.rstrip("\n"), foot.strip("\n")


def html_of(text: str, *, heading: str) -> str:
    """An HTML part for a plain part that was written as it is (sign-in codes, notices)."""
    body, foot = split_signature(text)
    return html(parse(body), Frame(heading=heading, why=foot))


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(piece: re.Match[str]) -> str:
        if piece[0] in ("{{", "}}"):
            return piece[0][0]
        return " ".join(values[piece[1]].split())

    return _PIECE.sub(value, text)


def _paragraphs(text: str, values: Mapping[str, str]) -> Iterator[str]:
    for paragraph in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = paragraph.split("\n")
        alone = {line: found[1] for line in lines if (found := _ALONE.fullmatch(line))}
        names = placeholders(paragraph)
        empty = [name for name in names if not values[name].strip()]
        if names and (len(empty) == len(names) or any(name in empty for name in alone.values())):
            continue
        yield "\n".join(
            values[alone[line]].strip("\n") if line in alone else _filled(line, values) for line in lines
        )


def _blocks(chunk: str) -> Iterator[Block]:
    lines = [line.rstrip() for line in chunk.split("\n") if line.strip()]
    while lines:
        if facts := _leading(lines, _FACT):
            if len(facts) > 1:
                yield Block("dl", pairs=tuple((fact[1].strip(), fact[2].strip()) for fact in facts))
                lines = lines[len(facts) :]
                continue
        elif items := _leading(lines, _ITEM):
            yield Block("ul", lines=tuple(item[1].strip() for item in items))
            lines = lines[len(items) :]
            continue
        size = 1
        while (
            size < len(lines) and not _ITEM.fullmatch(lines[size]) and len(_leading(lines[size:], _FACT)) < 2
        ):
            size += 1
        yield Block("p", lines=tuple(line.strip() for line in lines[:size]))
        lines = lines[size:]


def _leading(lines: list[str], shape: re.Pattern[str]) -> list[re.Match[str]]:
    found = []
    for line in lines:
        if (match := shape.fullmatch(line)) is None:
            break
        found.append(match)
    return found


def _linked(line: str) -> SafeString:
    """Escaped, with the addresses of this site as links; other addresses stay text: authors may have typed them."""
    parts: list[Any] = re.split(rf"({re.escape(settings.SITE_URL)}/[^\s<>\"]*[^\s<>\".,;:!?)])", line)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="{0}">{0}</a>', part) if place % 2 else part,)
            for place, part in enumerate(parts)
        ),
    )
