"""Counting pages by walking the page tree. `/Count` is never believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

MAX_DEPTH = 1000  # deeper than any viewer follows (PDFium stops at 1,024)


class TooManyPages(Exception):
    """The walk met more leaves or nodes than the limit."""


class BadPageTree(Exception):
    """The tree runs in a circle, is too deep, or is no tree at all."""


@dataclass
class Walk:
    """Every page met, in order, and what was odd on the way."""

    pages: list[DictionaryObject] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)


def walk(catalog: DictionaryObject, max_pages: int) -> Walk:
    """Walk the page tree. Raises TooManyPages or BadPageTree; never follows a node into itself."""
    found = Walk()
    nodes = 0
    # The path from the root to the node at hand, as identities: a node below itself is a circle.
    on_path: set[Any] = set()
    stack: list[tuple[Any, int, bool]] = [(catalog.raw_get("/Pages"), 0, False)]
    while stack:
        item, depth, leaving = stack.pop()
        identity = (item.idnum, item.generation) if isinstance(item, IndirectObject) else id(item)
        if leaving:
            on_path.discard(identity)
            continue
        if identity in on_path:
            raise BadPageTree("the page tree contains itself")
        node = item.get_object() if isinstance(item, IndirectObject) else item
        kids = _kids(node)
        if kids is None:
            _leaf(node, found)
            if len(found.pages) > max_pages:
                raise TooManyPages
            continue
        nodes += 1
        if nodes > 10 * max_pages:
            raise TooManyPages
        if depth > MAX_DEPTH:
            raise BadPageTree("the page tree is too deep")
        if len(kids) > 20 * max_pages:
            raise TooManyPages
        on_path.add(identity)
        stack.append((item, depth, True))
        stack.extend((kid, depth + 1, False) for kid in reversed(kids))
    return found


def _kids(node: Any) -> ArrayObject | None:
    """The children of a node of the tree, None for a leaf."""
    if not isinstance(node, DictionaryObject) or node.get("/Kids") is None:
        return None
    kids = node["/Kids"]
    if not isinstance(kids, ArrayObject):
        raise BadPageTree("a node's children are not a list")
    return kids


def _leaf(node: Any, found: Walk) -> None:
    if not isinstance(node, DictionaryObject):
        found.oddities.append("a page is missing")
    elif node.get("/Type") == "/Page" or (node.get("/Type") is None and "/Parent" in node):
        found.pages.append(node)
    else:
        found.oddities.append("something in the page tree is not a page")
