"""LaTeX of a bibliography as plain text: accents, dashes and quotes become the letters they stand for.

`latexcodec` knows the letters; it reads only the commands, each with what it applies to, as it takes a microsecond or more a sign.
Formatting is left out, of mathematics the words remain.
"""

from __future__ import annotations

import codecs
import html
import re
from functools import lru_cache
from typing import Any

#: A command, with the group or the letter that an accent applies to.
_ACCENT = re.compile(
    r"""\\(?:[`'^"~=.]|[cdbkrtuvH](?![A-Za-z]))\s*(?:\{\s*(\\?[A-Za-z])\s*\}|(\\[ij](?![A-Za-z])|[A-Za-z]))"""
)
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?[ \t\n]*|\\(.)", re.DOTALL)
#: What says how its argument looks, and nothing else.
_LOOKS = re.compile(
    r"emph|text(bf|it|sl|tt|sc|rm|sf|up|md|normal|superscript|subscript)?|math(rm|bf|it|cal|bb|sf|tt|frak)|boldsymbol"
    r"|bm|it|bf|tt|sc|em|rm|sf|sl|url|href|mbox|hbox|ensuremath|operatorname|underline|uppercase|lowercase"
    r"|left|right|bigl?|bigr|displaystyle|noopsort|protect|relax|small|large|tiny|footnote(size)?"
    r"|begin|end|item|par|newline|linebreak"
)
_SPACES = frozenset({",", ";", ":", "!", "/", "\\", " ", "\n", "quad", "qquad"})


def plain(text: str) -> str:
    """The text that a reader sees, in one line."""
    if "\\" in text:
        # An accent stands for a letter; braces around it only hold it together.
        text = _ACCENT.sub(_accented, text)
        text = _COMMAND.sub(_command, text)
    text = html.unescape(text)  # publishers' exports have “&amp;”
    for written, meant in (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("~", " ")):
        text = text.replace(written, meant)
    text = re.sub(r"[{}$]", "", text).translate(_BACK)
    return " ".join(text.split())


def verbatim(text: str) -> str:
    """An address or a number, in which only a few signs are escaped."""
    return re.sub(r"\\([_%&#{}])", r"\1", text).replace("{", "").replace("}", "")


#: Signs that were written with a backslash, kept out of the way until the bare ones are gone.
_AWAY = {"{": "\ue000", "}": "\ue001", "$": "\ue002", "~": "\ue003"}
_BACK = str.maketrans({away: sign for sign, away in _AWAY.items()})


def _accented(found: re.Match[str]) -> str:
    # The dotless letters take their accents like the others.
    return _decoded(found.group().replace(r"\i", "i").replace(r"\j", "j"))


def _command(found: re.Match[str]) -> str:
    name, sign = found.groups()
    if sign is not None:
        return " " if sign in _SPACES else "" if sign in "-@()[]" else _AWAY.get(sign, sign)
    if _LOOKS.fullmatch(name):
        return ""
    if name in _SPACES:
        return " "
    after = found.string[found.end() : found.end() + 1]
    for command in (f"\\{name}", f"$\\{name}$"):
        letter = _decoded(command)
        if not letter.startswith("\\"):
            return letter
    # Unknown: what stands before a group says how it looks; what stands alone is a word.
    return "" if after == "{" else name + (" " if found.group()[-1].isspace() else "")


@lru_cache(maxsize=4096)
def _decoded(command: str) -> str:
    import latexcodec  # noqa: F401  registers the codec

    decode: Any = codecs.lookup(
        "ulatex"
    ).decode  # this one takes text, which the type of codecs does not foresee
    return str(decode(command)[0]).strip("{}$ ")
