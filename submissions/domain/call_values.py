"""Reading single values of a call file: the right type, within its limits, or a problem with a remedy."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from submissions.domain.call_facts import REQUIRED, Key, When, first_moment, local
from submissions.domain.call_lines import Path
from submissions.domain.call_problems import Problems
from submissions.domain.deadlines import zone

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
#: What people write although neither code nor the official short name.
COUNTRY_ALIASES = {
    "usa": "US",
    "united states": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "great britain": "GB",
    "korea": "KR",
}
YEARS = range(1990, 2101)


class _Bad:
    """Stands where a value was wrong: the problem is noted, the row cannot be built."""

    def __repr__(self) -> str:
        return "BAD"


BAD = _Bad()


def clean_text(value: str) -> str:
    """Running text as it is kept: line ends as \\n, no blank ends, composed characters."""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def clean_line(value: str) -> str:
    """A single line as it is kept: every run of blanks is one space."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def slug_from(name: str) -> str:
    """A key made from a name: "Model/data compression" gives "model-data-compression"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) > 80:
        slug = slug[:80].rpartition("-")[0] or slug[:80]
    # A name without any Latin letter still needs a key that stays the same.
    return slug or f"x{zlib.crc32(name.encode()):08x}"


class Values:
    """Reads values by their `Key`; wrong ones are noted in `problems` and come back as BAD."""

    def __init__(self, problems: Problems, countries: Mapping[str, str]) -> None:
        self.problems = problems
        self.countries = countries
        self.codes_by_name = {name.casefold(): code for code, name in countries.items()} | COUNTRY_ALIASES
        self.zone_name = "AoE"

    def read(self, raw: Mapping[str, Any], path: Path, key: Key) -> Any:
        if key.name not in raw:
            if key.default is not REQUIRED:
                return key.default
            self.problems.add(
                path, f"has no {key.name}", f"Add {key.name}: {key.about[0].lower()}{key.about[1:]}."
            )
            return BAD
        readers: dict[str, Callable[[Any, Path, Key], Any]] = {
            "line": self.text,
            "text": self.text,
            "slug": self.slug,
            "url": self.url,
            "email": self.email,
            "zone": self.zone,
            "integer": self.integer,
            "boolean": self.boolean,
            "choice": self.choice,
            "list": self.sequence,
            "when": self.when,
            "country": self.country,
        }
        return readers[key.type](raw[key.name], (*path, key.name), key)

    def bad(self, path: Path, message: str, remedy: str, value: Any) -> _Bad:
        self.problems.add(path, message, remedy, value)
        return BAD

    def text(self, value: Any, path: Path, key: Key) -> Any:
        if not isinstance(value, str):
            return self.bad(path, "is not text", "Put it in quotes.", value)
        text = clean_line(value) if key.type != "text" else clean_text(value)
        odd = next((c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"), None)
        if odd is not None:
            return self.bad(path, f"holds the control character U+{ord(odd):04X}", "Remove it.", value)
        if len(text) > key.maximum:
            over = f"has {len(text)} characters, {len(text) - key.maximum} too many"
            return self.bad(path, over, f"Shorten it to {key.maximum}.", text)
        if not text and key.default is REQUIRED:
            return self.bad(path, "is empty", f"{key.about}: write it.", value)
        return text

    def slug(self, value: Any, path: Path, key: Key) -> Any:
        text = self.text(value, path, key)
        if text is BAD or not text:
            return text
        if not SLUG.fullmatch(text):
            advice = f"Use small letters, digits and hyphens, for example “{slug_from(text)[: key.maximum]}”."
            return self.bad(path, "is not usable as a key", advice, text)
        return text

    def url(self, value: Any, path: Path, key: Key) -> Any:
        text = self.text(value, path, key)
        if text is BAD or not text:
            return text
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
            good = good and parts.username is None and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good or re.search(r"[\s<>\"\\^`{|}]", text):
            return self.bad(path, "is not a web address", "Write it in full, beginning with https://.", text)
        return text

    def email(self, value: Any, path: Path, key: Key) -> Any:
        text = self.text(value, path, key)
        if text is BAD or not text:
            return text
        if not EMAIL.fullmatch(text.lower()):
            return self.bad(path, "is not an e-mail address", "Write it like name@example.org.", text)
        return text.lower()

    def zone(self, value: Any, path: Path, key: Key) -> Any:
        text = self.text(value, path, key)
        if text is BAD:
            return BAD
        try:
            zone(text)
        except ValueError:
            near = get_close_matches(text, ["AoE", *sorted(available_timezones())], n=1)
            advice = f"Did you mean “{near[0]}”?" if near else "Write AoE, or a name such as Europe/Rome."
            return self.bad(path, "is not a time zone", advice, text)
        return text

    def integer(self, value: Any, path: Path, key: Key) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return self.bad(path, "is not a whole number", "Write it in digits, without quotes.", value)
        if not key.minimum <= value <= key.maximum:
            return self.bad(path, "is out of range", f"It can be {key.minimum} to {key.maximum}.", value)
        return value

    def boolean(self, value: Any, path: Path, key: Key) -> Any:
        if not isinstance(value, bool):
            return self.bad(path, "is neither true nor false", "Write true or false, without quotes.", value)
        return value

    def choice(self, value: Any, path: Path, key: Key) -> Any:
        if isinstance(value, str) and value in key.choices:
            return value
        near = get_close_matches(str(value), key.choices, n=1)
        advice = f"Did you mean “{near[0]}”?" if near else f"It can be {', '.join(key.choices)}."
        return self.bad(path, "is not one of the choices", advice, value)

    def sequence(self, value: Any, path: Path, key: Key) -> Any:
        if not isinstance(value, list):
            return self.bad(path, "is not a list", 'Write it in square brackets: ["…", "…"].', value)
        if key.name == "names":  # each topic is read by its own keys
            return tuple(value)
        items: list[Any] = []
        for index, item in enumerate(value):
            where = (*path, index)
            items.append(
                self.choice(item, where, key)
                if key.choices
                else self.text(item, where, Key("", "line", "An item"))
            )
        if BAD in items:
            return BAD
        repeated = next((item for item in items if items.count(item) > 1), None)
        if repeated is not None:
            return self.bad(path, f"names “{repeated}” twice", "Keep one of them.", value)
        return tuple(items)

    def when(self, value: Any, path: Path, key: Key) -> Any:
        if not isinstance(value, date):
            advice = "Write a day like 2021-02-01 or a moment like 2021-02-01T17:00:00, without quotes."
            return self.bad(path, "is not a date", advice, value)
        if value.year not in YEARS:
            return self.bad(
                path, "is not a plausible year", f"Years from {YEARS[0]} to {YEARS[-1]} are known.", value
            )
        return self.moment(value, path) if isinstance(value, datetime) else value

    def moment(self, value: datetime, path: Path) -> Any:
        value = value.replace(microsecond=0)
        if value.tzinfo is not None:
            return local(value, self.zone_name, date_only=False)
        written: When = local(first_moment(value, self.zone_name), self.zone_name, date_only=False)
        if written != value:
            advice = "The clocks are put forward then: choose another hour."
            return self.bad(path, f"does not exist in {self.zone_name}", advice, value)
        return value

    def country(self, value: Any, path: Path, key: Key) -> Any:
        text = self.text(value, path, key)
        if text is BAD or not text:
            return text
        code = text.upper() if text.upper() in self.countries else self.codes_by_name.get(text.casefold())
        if code is None or code not in self.countries:
            near = get_close_matches(text, self.countries.values(), n=1)
            advice = f"Did you mean “{near[0]}”?" if near else "Write the two-letter code, like US or IT."
            return self.bad(path, "is not a country we know", advice, text)
        return code
