"""How texts of reviewers are shown: Markdown with LaTeX mathematics, made safe."""

from typing import TYPE_CHECKING

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from submissions.templatetags.call import TAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

register = template.Library()

#: What opens a formula and what ends it. static/js/math.js knows the same ones.
PAIRS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
#: A formula is at most this long, in characters; math.js shows longer ones as they were written as well.
LONGEST = 2000
#: How far headings move down: a review stands under headings of the page.
SHIFT = 3


def _formula(state: "StateInline", silent: bool) -> bool:
    """Keep a formula as it was written: Markdown would take its backslashes, stars and underscores for its own."""
    text, at = state.src, state.pos
    if text[at] not in "$\\":
        return False
    for opens, ends in PAIRS:
        if not text.startswith(opens, at):
            continue
        begin = at + len(opens)
        end = _end(text, begin, min(state.posMax, begin + LONGEST), ends)
        if end < 0 or not _is_formula(text, at, begin, end, opens):
            continue
        if not silent:
            state.push("formula", "", 0).content = text[at : end + len(ends)]
        state.pos = end + len(ends)
        return True
    return False


def _end(text: str, begin: int, most: int, ends: str) -> int:
    """Where the formula's end stands, not counting one behind a backslash; -1 where there is none."""
    at = text.find(ends, begin, most)
    while at > begin and ends[0] == "$" and text[at - 1] == "\\":
        at = text.find(ends, at + 1, most)
    return at


def _is_formula(text: str, at: int, begin: int, end: int, opens: str) -> bool:
    """Whether it is one: not empty, and a single dollar not one of money ("from $5 to $10")."""
    if end <= begin or not text[begin:end].strip():
        return False
    if opens != "$":
        return True
    before, after = text[at - 1 : at], text[end + 1 : end + 2]
    tight = not text[begin].isspace() and not text[end - 1].isspace()
    return (
        tight
        and not before.isalnum()
        and before not in ("_", "$", "\\")
        and not after.isdigit()
        and after != "$"
    )


def _displayed(state: "StateBlock", start: int, last: int, silent: bool) -> bool:
    """Lines from `$$` to `$$` are one formula, whatever its lines would mean in Markdown ("= b" is no heading)."""
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", begin) or state.is_code_block(start):
        return False
    line = start
    first = state.src[begin + 2 : state.eMarks[start]]
    if "$$" in first:
        return False  # it ends in its own line: the inline rule reads it
    while not state.src[state.bMarks[line] : state.eMarks[line]].rstrip().endswith("$$") or line == start:
        line += 1
        if line >= last or line - start > 60 or state.isEmpty(line):
            return False
    if silent:
        return True
    content = state.getLines(start, line + 1, state.tShift[start], False).strip()
    state.line = line + 1
    state.push("paragraph_open", "p", 1).map = [start, state.line]
    state.push("formula", "", 0).content = content
    state.push("paragraph_close", "p", -1)
    return True


def _as_written(
    renderer: "RendererHTML", tokens: "Sequence[Token]", place: int, options: "OptionsDict", env: "EnvType"
) -> str:
    return escapeHtml(tokens[place].content)


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    reader.inline.ruler.before("escape", "formula", _formula)
    reader.block.ruler.before("fence", "displayed", _displayed, {"alt": ["paragraph", "blockquote", "list"]})
    reader.add_render_rule("formula", _as_written)
    return reader


MARKDOWN = _reader()


@register.filter
def prose(text: str) -> SafeString:
    """What a reviewer, an author or a chair wrote, as HTML that can do no harm. Put it into an element with `data-math`.

    No raw HTML, no images (they would tell another site who reads it), links only to the web and mail.
    """
    tokens = MARKDOWN.parse(text or "")
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + SHIFT)}"
        elif token.type == "table_open":
            token.attrSet("class", "table table--compact")
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}, "table": {"class"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - sanitised by nh3 above
