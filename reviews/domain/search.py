"""The search language of the chairs' table of papers: words and `key:value` terms with and, or, not and parentheses.

    #17  au:rossi  re:rita  cat:short  topic:federated  score:merit>=3  late:yes  dec:none  has:conflict
    topic:federated (score:merit>=3 or tag:award) -dec:reject

Terms side by side are joined by "and", which binds tighter than "or", as in HotCRP's searches where the two overlap.
`parse` knows nothing of papers: it gives a tree of `Term`, `Not`, `And`, `Or`. What a term means, and on which papers
this person may ask it, is for the query to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

LONGEST = 500
#: Deeper nesting than people write.
DEEPEST = 30

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Term:
    """One condition. `key` is "" for plain words; `field` and `number` are set for scores (score:merit>=3)."""

    key: str
    value: str
    at: int
    field: str = ""
    operator: Operator = "="
    number: float | None = None


@dataclass(frozen=True)
class Not:
    inner: "Node"


@dataclass(frozen=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    parts: tuple["Node", ...]


Node: TypeAlias = Term | Not | And | Or


@dataclass(frozen=True)
class Key:
    """A word that may stand before a colon. `values`: the only ones there are; empty for any text."""

    name: str
    explanation: str
    example: str
    values: tuple[str, ...] = ()
    comparing: bool = False


YES_NO = ("yes", "no")
KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("ti", "words of the title", "ti:gradient"),
        Key("ab", "words of the abstract", "ab:straggler"),
        Key("au", "an author's name, address or affiliation", "au:rossi"),
        Key("re", "a reviewer's name or address", "re:rita"),
        Key("cat", "the category, by its key or a word of its name", "cat:short"),
        Key("topic", "a topic, by its key or a word of its name", "topic:federated"),
        Key("score", "how a review answers a question of the form with a scale: any one review", "score:merit>=3", comparing=True),
        Key("mean", "the mean of a score over a paper's reviews", "mean:merit>=2.5", comparing=True),
        Key("reviews", "how many reviews are in", "reviews<3", comparing=True),
        Key("late", "a review is late", "late:yes", YES_NO),
        Key("dec", "the decision: none, accept, conditional, reject, desk, or any", "dec:none",
            ("none", "any", "accept", "conditional", "reject", "desk")),
        Key("has", "there is such a thing", "has:conflict",
            ("conflict", "comment", "response", "decision", "finding", "review", "tag", "shepherd", "waiver")),
        Key("tag", "a tag of the chairs", "tag:award"),
        Key("chair", "the handling chair's name", "chair:chiara"),
        Key("group", "how the reviews look", "group:discuss", ("accept", "reject", "discuss", "incomplete")),
    )
}  # fmt: skip
#: Other names people know.
ALIASES = {
    "title": "ti",
    "abstract": "ab",
    "author": "au",
    "authors": "au",
    "reviewer": "re",
    "category": "cat",
    "decision": "dec",
}


class SearchError(ValueError):
    """What cannot be understood. `at` counts characters from 0; `str(error)` is a sentence."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\()|(?P<close>\))
    | (?P<minus>-(?=[\w"#(]))
    | (?P<key>[A-Za-z_]+)(?P<colon>:|(?=[<>]=?|!=|=))(?P<value>"[^"]*"|[^\s()"]*)
    | (?P<quoted>"[^"]*")
    | (?P<number>\#[^\s()]*)
    | (?P<word>[^\s()"]+)
    | (?P<broken>")
    )""",
    re.VERBOSE,
)
_COMPARISON = re.compile(r"(?P<field>[A-Za-z0-9_-]*)(?P<operator><=|>=|!=|=|<|>|:)(?P<number>.*)", re.DOTALL)


def parse(text: str) -> Node | None:
    """The tree of `text`; None when it is empty. Raises SearchError with the place of the mistake."""
    if len(text) > LONGEST:
        raise SearchError(
            LONGEST, f"The search has {len(text)} characters; at most {LONGEST} are read. Shorten it."
        )
    reader = _Reader(list(_tokens(text)), len(text))
    if reader.peek() is None:
        return None
    node = reader.either(0)
    rest = reader.peek()
    if rest is not None:
        raise SearchError(rest.at, "This “)” closes nothing. Remove it, or open one before it.")
    return node


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:  # a lone character that begins nothing
            raise SearchError(at, f"“{text[at:].strip()[:1]}” cannot stand here.")
        kind = next(
            name
            for name in ("open", "close", "minus", "key", "quoted", "number", "word", "broken")
            if match[name] is not None
        )
        begin = match.start(kind)
        if kind == "broken":
            raise SearchError(begin, "This quotation mark is not closed.")
        whole = text[begin : match.end()]
        if kind == "word" and whole.lower() in ("and", "or", "not"):
            kind = whole.lower()
        yield _Token(kind, whole, begin)
        at = match.end()


class _Reader:
    """Recursive descent: either := both (or both)*, both := one+ , one := not one | ( either ) | term."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self.tokens, self.end, self.next = tokens, end, 0

    def peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def take(self) -> _Token:
        self.next += 1
        return self.tokens[self.next - 1]

    def either(self, depth: int) -> Node:
        parts = [self.both(depth)]
        while (token := self.peek()) is not None and token.kind == "or":
            self.take()
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.one(depth)]
        while (token := self.peek()) is not None and token.kind not in ("or", "close"):
            if token.kind == "and":
                self.take()
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def one(self, depth: int) -> Node:
        token = self.peek()
        if token is None:
            raise SearchError(self.end, "The search ends where a condition is expected.")
        if depth > DEEPEST:
            raise SearchError(token.at, "The search is nested too deeply.")
        if token.kind in ("not", "minus"):
            self.take()
            return Not(self.one(depth + 1))
        if token.kind == "open":
            return self._group(depth)
        if token.kind in ("and", "or", "close"):
            raise SearchError(token.at, f"A condition is expected here, not “{token.text}”.")
        return _term(self.take())

    def _group(self, depth: int) -> Node:
        opened = self.take()
        node = self.either(depth + 1)
        token = self.peek()
        if token is None:
            raise SearchError(opened.at, "This “(” is never closed.")
        self.take()
        return node


def _term(token: _Token) -> Term:
    if token.kind == "number":
        return _paper_number(token)
    if token.kind != "key":
        return Term("", token.text.strip('"'), token.at)
    match = _TOKEN.match(token.text)
    assert match is not None  # noqa: S101 - the same expression cut the token
    name = ALIASES.get(match["key"].lower(), match["key"].lower())
    key = KEYS.get(name)
    if key is None:
        offered = ", ".join(f"{known}:" for known in KEYS)
        raise SearchError(
            token.at, f"“{match['key']}:” is not something to search by. There is {offered} and #17."
        )
    rest, place = match["colon"] + match["value"], token.at + len(match["key"])
    if key.comparing:
        return _comparison(key, rest, token.at, place)
    value = rest.removeprefix(":").strip('"')
    if not rest.startswith(":"):
        raise SearchError(place, f"“{name}” is followed by a colon, as in {key.example}.")
    if not value:
        raise SearchError(place + 1, f"What should “{name}:” look for? For example {key.example}.")
    if key.values and value.lower() not in key.values:
        raise SearchError(place + 1, f"“{name}:” takes {_any_of(key.values)}, not “{value}”.")
    return Term(name, value.lower() if key.values else value, token.at)


def _paper_number(token: _Token) -> Term:
    digits = token.text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise SearchError(token.at, f"“{token.text}” is not the number of a paper. Write it like #17.")
    return Term("#", digits, token.at, number=int(digits))


def _comparison(key: Key, rest: str, at: int, place: int) -> Term:
    """score:merit>=3, score:merit:3 (the same as =), reviews<3, reviews:3."""
    names_field = key.name != "reviews"
    match = _COMPARISON.fullmatch(rest.removeprefix(":") if names_field else rest)
    if match is None or names_field != bool(match["field"]):
        raise SearchError(place, f"“{key.name}” compares with a number, as in {key.example}.")
    try:
        number = float(match["number"])
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e6:
        raise SearchError(place, f"“{match['number']}” is not a number. Write for example {key.example}.")
    sign = match["operator"].replace(":", "=")
    operator: Operator = next(it for it in ("=", "!=", "<", "<=", ">", ">=") if it == sign)
    return Term(key.name, match["number"], at, match["field"].lower(), operator, number)


def _any_of(values: tuple[str, ...]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}" if len(values) > 1 else values[0]
