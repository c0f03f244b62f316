"""The style a paper should be set in, and what an author is told when the measured pages differ.

Plain Python. The numbers are those of the two-column IEEE conference style that calls ask for; they are held
against what most pages show, so one wide figure or one long table never causes a warning. Nothing here refuses.
"""

from __future__ import annotations

from dataclasses import dataclass

from submissions.domain.page_law import Finding

POINTS_PER_INCH = 72.0


@dataclass(frozen=True)
class Style:
    """A page style. Lengths in points; the text block is what the body text may cover on a page."""

    name: str
    columns: int
    body: float
    block_width: float
    block_height: float


IEEE_CONFERENCE = Style(
    "the IEEE conference style", columns=2, body=10.0, block_width=516.0, block_height=667.0
)

FONT_TOLERANCE = 0.3  # TeX's 10 pt is 9.96 of the PDF's points; 9.5 pt is a choice
LARGER_FONT_TOLERANCE = 0.5
BLOCK_SLACK = 15.0  # Word's margins are 7 pt wider than TeX's; glyphs stand out of their lines by 4 pt
MIN_LEADING = 1.08  # line distance per font size; solid-set journals have 1.1, templates 1.15 to 1.2
NORMAL_SHARE = 0.3  # a paper with long listings and references still has this much text in the body size


@dataclass(frozen=True)
class Measures:
    """What the body text of a file looks like, over all pages. None: too little text to tell. Points.

    normal_share   part of the text before the references that has the body size of the style
    wide, tall     pages whose body text is wider or taller than the style's block, with the largest extent
    """

    body_size: float | None = None
    normal_share: float = 0.0
    columns: int | None = None
    leading: float | None = None
    pages_measured: int = 0
    wide_pages: tuple[int, ...] = ()
    widest: float = 0.0
    tall_pages: tuple[int, ...] = ()
    tallest: float = 0.0
    numbered_pages: int = 0
    line_numbered_pages: int = 0
    pages: int = 0
    characters: int = 0


def judge_style(seen: Measures, style: Style = IEEE_CONFERENCE) -> list[Finding]:
    """Warnings about size, columns, leading and margins, notes about page and line numbers."""
    found = [finding for check in (_font, _columns, _leading, _block) if (finding := check(seen, style))]
    if seen.numbered_pages * 2 > seen.pages:
        found.append(
            _note(
                "page_numbers",
                "The pages are numbered. That is fine for review; leave the numbers out of the "
                "camera-ready paper, the proceedings add their own.",
            )
        )
    if seen.line_numbered_pages * 2 > seen.pages:
        found.append(
            _note(
                "line_numbers",
                "The lines are numbered. That is fine for review; switch it off for the camera-ready paper.",
            )
        )
    if seen.characters < 100:
        found.append(
            _note(
                "no_text",
                "Hardly any text was found in your PDF. If its pages are pictures, reviewers cannot "
                "search or copy text: export it from your editor instead.",
            )
        )
    return found


def _font(seen: Measures, style: Style) -> Finding | None:
    size = seen.body_size
    if size is None or seen.normal_share >= NORMAL_SHARE:
        return None
    if style.body - FONT_TOLERANCE <= size <= style.body + LARGER_FONT_TOLERANCE:
        return None
    return _warning(
        "font_size",
        f"Most of the text is set in {size:.1f} pt; {style.name} has {style.body:g} pt. Please "
        "use the template unchanged.",
    )


def _columns(seen: Measures, style: Style) -> Finding | None:
    if seen.columns is None or seen.columns == style.columns:
        return None
    words = {1: "one column", 2: "two columns"}
    return _warning(
        "columns",
        f"The text is set in {words[seen.columns]}; {style.name} has {words[style.columns]}. Please "
        "use the template.",
    )


def _leading(seen: Measures, style: Style) -> Finding | None:
    if seen.leading is None or seen.body_size is None or seen.leading >= MIN_LEADING * seen.body_size:
        return None
    return _warning(
        "leading",
        f"The lines stand {seen.leading:.1f} pt apart at a size of {seen.body_size:.1f} pt, closer "
        "than in the template. Please remove what changes the line spacing.",
    )


def _block(seen: Measures, style: Style) -> Finding | None:
    enough = max(1, seen.pages_measured // 4)
    wide, tall = len(seen.wide_pages) >= enough, len(seen.tall_pages) >= enough
    if not (wide or tall):
        return None
    parts, pages = [], set[int]()
    if wide:
        parts.append(f"{_inches(seen.widest)} wide (the style: {_inches(style.block_width)})")
        pages |= set(seen.wide_pages)
    if tall:
        parts.append(f"{_inches(seen.tallest)} high (the style: {_inches(style.block_height)})")
        pages |= set(seen.tall_pages)
    message = (
        f"The margins are smaller than in {style.name}: the text is up to {' and '.join(parts)} on {len(pages)} of "
        f"{seen.pages} pages. Please remove what changes the page layout."
    )
    return Finding("margins", "warn", message, min(pages))


def _inches(points: float) -> str:
    return f"{points / POINTS_PER_INCH:.2f} in"


def _warning(code: str, message: str) -> Finding:
    return Finding(code, "warn", message)


def _note(code: str, message: str) -> Finding:
    return Finding(code, "note", message)
