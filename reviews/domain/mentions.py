"""“@Chiara Chair, what do you think?”: who is meant by an @ in a text."""

import re
from collections.abc import Iterable, Mapping


def _pattern(handles: Iterable[str]) -> re.Pattern[str] | None:
    """Any of the handles behind an @, the longest first: “@Anna Bell-Crane” is not “@Anna Bell”. Blanks may be line ends."""
    words = sorted({" ".join(it.split()) for it in handles if it.strip()}, key=len, reverse=True)
    if not words:
        return None
    any_of = "|".join(r"\s+".join(map(re.escape, it.split())) for it in words)
    return re.compile(rf"(?<![\w@.])@({any_of})(?![\w-])", re.IGNORECASE)


def _key(handle: str) -> str:
    return " ".join(handle.split()).casefold()


def mentioned(text: str, handles: Mapping[str, Iterable[int]]) -> set[int]:
    """The keys behind the handles that stand in `text` with an @ before them. One handle may stand for several people."""
    pattern = _pattern(handles)
    if pattern is None:
        return set()
    known = {_key(handle): set(keys) for handle, keys in handles.items()}
    return {key for hit in pattern.finditer(text) for key in known.get(_key(hit[1]), ())}


def renamed(text: str, names: Mapping[str, str]) -> str:
    """`text` with each mention by one of `names` written with the other handle instead."""
    pattern = _pattern(names)
    if pattern is None:
        return text
    known = {_key(name): handle for name, handle in names.items()}
    return pattern.sub(lambda hit: f"@{known.get(_key(hit[1]), hit[1])}", text)
