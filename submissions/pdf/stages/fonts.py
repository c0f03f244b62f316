"""Fonts that make trouble in print: those not inside the file, and bitmap fonts (Type 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf.generic import DictionaryObject, StreamObject

from submissions.domain.page_law import Finding

MAX_OBJECTS = 5000
MAX_DEPTH = 6
FILES = ("/FontFile", "/FontFile2", "/FontFile3")


@dataclass
class _Fonts:
    """Names of troublesome fonts, with the first page each was met on."""

    type3: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    sound: int = 0

    def __bool__(self) -> bool:
        return bool(self.type3 or self.missing or self.sound)


def font_findings(pages: list[DictionaryObject]) -> list[Finding]:
    """Warnings about fonts of the text, notes about fonts that only figures use."""
    text, figures, seen = _Fonts(), _Fonts(), set[int]()
    for number, page in enumerate(pages, start=1):
        for depth, font in _fonts_of(page, seen):
            _sort(font, number, text if depth == 0 else figures)
    if not text:  # the pages are imposed: all their text is inside forms
        text, figures = figures, _Fonts()
    findings = []
    if text.type3:
        findings.append(
            _finding(
                "type3",
                "warn",
                "The text uses bitmap (Type 3) fonts",
                text.type3,
                "They look poor on screen and in print: set the paper with scalable fonts",
            )
        )
    elif figures.type3:
        findings.append(
            _finding(
                "type3",
                "note",
                "Figures use Type 3 fonts",
                figures.type3,
                "The proceedings may refuse them (in Matplotlib: pdf.fonttype 42)",
            )
        )
    if text.missing:
        findings.append(
            _finding(
                "not_embedded",
                "warn",
                "Fonts are not embedded",
                text.missing,
                "The paper will look different elsewhere: export it with all fonts embedded",
            )
        )
    elif figures.missing:
        findings.append(
            _finding(
                "not_embedded",
                "note",
                "Figures use fonts that are not embedded",
                figures.missing,
                "The proceedings may refuse them: export the figures with fonts embedded",
            )
        )
    return findings


def _finding(code: str, severity: Any, what: str, fonts: dict[str, int], advice: str) -> Finding:
    names = ", ".join(sorted(fonts)[:5]) + (" and others" if len(fonts) > 5 else "")
    return Finding(code, severity, f"{what}: {names}. {advice}.", min(fonts.values()))


def _sort(font: DictionaryObject, page: int, into: _Fonts) -> None:
    name = str(font.get("/BaseFont") or font.get("/Name") or "without a name").lstrip("/")[:60]
    if font.get("/Subtype") == "/Type3":
        into.type3.setdefault(name, page)
    elif _embedded(font):
        into.sound += 1
    else:
        into.missing.setdefault(name, page)


def _embedded(font: DictionaryObject) -> bool:
    descendants = _plain(font.get("/DescendantFonts"))
    if font.get("/Subtype") == "/Type0" and isinstance(descendants, list) and descendants:
        font = _dictionary(descendants[0])
    descriptor = _plain(font.get("/FontDescriptor"))
    return isinstance(descriptor, DictionaryObject) and any(descriptor.get(key) is not None for key in FILES)


def _fonts_of(page: DictionaryObject, seen: set[int]) -> Iterator[tuple[int, DictionaryObject]]:
    """The fonts a page's resources name, with the depth of forms around them; each object once a file."""
    stack: list[tuple[int, Any]] = [(0, _resources(page))]
    while stack:
        depth, resources = stack.pop()
        if not isinstance(resources, DictionaryObject) or len(seen) > MAX_OBJECTS:
            continue
        for font in _values(resources.get("/Font")):
            if id(font) not in seen:
                seen.add(id(font))
                yield depth, font
        if depth >= MAX_DEPTH:
            continue
        for form in _values(resources.get("/XObject")):
            if isinstance(form, StreamObject) and form.get("/Subtype") == "/Form" and id(form) not in seen:
                seen.add(id(form))
                stack.append((depth + 1, _plain(form.get("/Resources"))))


def _resources(page: DictionaryObject) -> Any:
    node: Any = page
    for _ in range(1000):
        if not isinstance(node, DictionaryObject) or "/Resources" in node:
            break
        node = _plain(node.get("/Parent"))
    return _plain(node.get("/Resources")) if isinstance(node, DictionaryObject) else None


def _values(named: Any) -> Iterator[DictionaryObject]:
    found = _plain(named)
    for key in list(found)[:MAX_OBJECTS] if isinstance(found, DictionaryObject) else ():
        value = _plain(found.get(key))
        if isinstance(value, DictionaryObject):
            yield value


def _dictionary(value: Any) -> DictionaryObject:
    found = _plain(value)
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _plain(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value
