"""The facts of a call for papers, as plain values: what a call file says and what the database holds.

A `Call` made from a file and one read from the rows compare field by field (`call_diff`), and either can be written
as a call file (`call_toml`). `KEYS` states for every key its type, limits, default and meaning; the reader and the
reference in docs/call-format.md follow it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from submissions.domain.deadlines import end_of_day, zone

#: A day (it ends with the day, in the call's zone) or a moment (local time in the call's zone, without zone).
When = date | datetime

FORMATS = ("in_person", "virtual", "hybrid")
ANONYMITY = ("single", "double")
DATE_KINDS = (
    "registration",
    "submission",
    "bids",
    "reviews",
    "response",
    "discussion",
    "notification",
    "camera_ready",
    "event",
    "other",
)
#: Dates after which the system refuses something; only these have grace.
CLOSING_KINDS = ("registration", "submission", "camera_ready")
FIELD_KINDS = ("text", "choice", "checkbox", "file")
VISIBLE_TO = ("chairs", "committee")
QUESTION_KINDS = ("score", "choice", "checkbox", "text")
ANSWERS_VISIBLE_TO = ("authors", "committee", "chairs")
PARTS = ("references", "appendices")
ROLES = (
    "general_chair",
    "programme_chair",
    "logistics_web_chair",
    "publicity_chair",
    "pc_member",
    "steering",
)
#: First parts of addresses that belong to the site itself.
RESERVED_SLUGS = frozenset(
    {
        *(
            "about",
            "account",
            "accounts",
            "admin",
            "api",
            "docs",
            "healthz",
            "help",
            "home",
            "jobs",
            "login",
            "logout",
        ),
        *(
            "mail",
            "mailbox",
            "media",
            "metrics",
            "privacy",
            "search",
            "series",
            "signup",
            "static",
            "styleguide",
        ),
    }
)


@dataclass(frozen=True)
class EditionFacts:
    slug: str
    series: str
    name: str
    short_name: str
    file_prefix: str
    host_event: str = ""
    place: str = ""
    format: str = "in_person"
    format_note: str = ""
    site_url: str = ""
    contact_email: str = ""
    time_zone: str = "AoE"
    anonymity: str = "single"
    summary: str = ""
    scope: str = ""
    instructions: str = ""
    style_name: str = ""
    style_url: str = ""
    title_max_chars: int = 250
    abstract_min_words: int = 0
    abstract_max_words: int = 300
    max_topics: int | None = None
    max_file_mb: int = 20


@dataclass(frozen=True)
class DateFacts:
    slug: str
    kind: str
    label: str
    at: When
    starts: When | None = None
    originally: When | None = None
    category: str | None = None
    grace_minutes: int = 0

    @property
    def date_only(self) -> bool:
        return not isinstance(self.at, datetime)


@dataclass(frozen=True)
class ReminderFacts:
    """Who is reminded of a date, and when (submissions/domain/reminders.py)."""

    deadline: str
    audience: str
    when: tuple[str, ...]
    text: str = ""
    active: bool = True


@dataclass(frozen=True)
class CategoryFacts:
    slug: str
    name: str
    description: str = ""
    needs_file: bool = True
    min_pages: int | None = None
    max_pages: int | None = None
    excludes: tuple[str, ...] = ()
    max_total_pages: int | None = None


@dataclass(frozen=True)
class TopicFacts:
    slug: str
    name: str
    group: str = ""


@dataclass(frozen=True)
class DirectionFacts:
    title: str
    text: str = ""


@dataclass(frozen=True)
class FieldFacts:
    slug: str
    label: str
    kind: str
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    max_chars: int | None = None
    visible_to: str = "chairs"


@dataclass(frozen=True)
class QuestionFacts:
    """One question of the review form. `choices`: a score's steps from the lowest up, or the answers of a choice."""

    slug: str
    label: str
    kind: str
    help: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    visible_to: str = "committee"


@dataclass(frozen=True)
class RoleFacts:
    role: str
    name: str
    affiliation: str = ""
    country: str = ""
    email: str = ""


@dataclass(frozen=True)
class Call:
    edition: EditionFacts
    dates: tuple[DateFacts, ...] = ()
    reminders: tuple[ReminderFacts, ...] = ()
    categories: tuple[CategoryFacts, ...] = ()
    topics: tuple[TopicFacts, ...] = ()
    directions: tuple[DirectionFacts, ...] = ()
    extra_fields: tuple[FieldFacts, ...] = ()
    review_form: tuple[QuestionFacts, ...] = ()
    committee: tuple[RoleFacts, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The call as JSON-ready values: a mapping for the edition and a list of mappings for each kind of row."""
        data: dict[str, Any] = {"edition": _json(self.edition)}
        for field in fields(self)[1:]:
            data[field.name] = [_json(row) for row in getattr(self, field.name)]
        return data


def _json(row: Any) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        return list(value) if isinstance(value, tuple) else value

    return {name: plain(value) for name, value in asdict(row).items()}


def last_moment(when: When, zone_name: str) -> datetime:
    """When `when` is over, in UTC: a day ends with its last second in the zone."""
    if isinstance(when, datetime):
        return when.replace(tzinfo=zone(zone_name)).astimezone(UTC)
    return end_of_day(when, zone_name)


def first_moment(when: When, zone_name: str) -> datetime:
    """When `when` begins, in UTC."""
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    return last_moment(when, zone_name)


def local(moment: datetime, zone_name: str, *, date_only: bool) -> When:
    """`moment` as the call writes it: the reverse of `last_moment` and `first_moment`."""
    there = moment.astimezone(zone(zone_name)).replace(tzinfo=None, fold=0)
    return there.date() if date_only else there


KeyType = Literal[
    "line", "text", "slug", "url", "email", "zone", "integer", "boolean", "choice", "list", "when", "country"
]


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED = _Required()


@dataclass(frozen=True)
class Key:
    """One key of a call file. `maximum`: characters of a text, or the largest number."""

    name: str
    type: KeyType
    about: str
    default: Any = REQUIRED
    maximum: int = 200
    minimum: int = 0
    choices: tuple[str, ...] = ()


EDITION_KEYS = (
    Key("slug", "slug", "First part of the edition's addresses", maximum=50),
    Key("series", "line", "The workshop without the year"),
    Key("name", "line", "The full name", maximum=300),
    Key("short_name", "line", "For headings and mail subjects", maximum=60),
    Key("file_prefix", "slug", "First part of download names", default="", maximum=30),
    Key("host_event", "line", "The conference it is part of", default=""),
    Key("place", "line", "City and country", default=""),
    Key("format", "choice", "How it is held", default="in_person", choices=FORMATS),
    Key("format_note", "text", "More on how it is held (Markdown)", default="", maximum=5000),
    Key("site_url", "url", "The workshop's own site", default="", maximum=300),
    Key("contact_email", "email", "Where questions go; public", default="", maximum=254),
    Key("time_zone", "zone", "In which the dates are meant", default="AoE", maximum=64),
    Key(
        "anonymity", "choice", "Whether reviewers see who wrote a paper", default="single", choices=ANONYMITY
    ),
    Key("summary", "text", "One or two sentences, plain text", default="", maximum=1000),
    Key("scope", "text", "What the workshop is about (Markdown)", default="", maximum=20000),
    Key("instructions", "text", "How to prepare a paper (Markdown)", default="", maximum=20000),
    Key("style_name", "line", "Name of the document style", default="", maximum=100),
    Key("style_url", "url", "Where its templates are", default="", maximum=300),
)
SUBMISSION_KEYS = (
    Key("title_max_chars", "integer", "Longest title", default=250, minimum=10, maximum=500),
    Key("abstract_min_words", "integer", "Shortest abstract", default=0, maximum=5000),
    Key("abstract_max_words", "integer", "Longest abstract; 0 is no limit", default=300, maximum=5000),
    Key("max_topics", "integer", "Most topics of one paper", default=None, minimum=1, maximum=1000),
    Key("max_file_mb", "integer", "Largest PDF, in megabytes", default=20, minimum=1, maximum=100),
)
DATE_KEYS = (
    Key("slug", "slug", "Key of the date; by default the kind, with the category", default="", maximum=50),
    Key("kind", "choice", "What the date means", choices=DATE_KINDS),
    Key("label", "line", "As printed"),
    Key("at", "when", "The day or the moment; of something longer, its end"),
    Key("starts", "when", "First day or moment, where it lasts longer", default=None),
    Key("originally", "when", "As first announced, when it was moved", default=None),
    Key("category", "slug", "Only for this category", default=None, maximum=50),
    Key("grace_minutes", "integer", "Late requests still accepted; never shown", default=0, maximum=10080),
)
REMINDER_KEYS = (
    Key("deadline", "slug", "Slug of the date it belongs to", maximum=50),
    Key("audience", "slug", "Who is reminded", maximum=50),
    Key("when", "list", "How long before or after the date, or daily"),
    Key("text", "text", "A paragraph of your own in the letter, plain text", default="", maximum=2000),
    Key("active", "boolean", "Whether it is sent", default=True),
)
CATEGORY_KEYS = (
    Key("slug", "slug", "Key of the category", maximum=50),
    Key("name", "line", "In the singular", maximum=100),
    Key("description", "text", "Plain text", default="", maximum=2000),
    Key("needs_file", "boolean", "Whether a PDF belongs to it", default=True),
    Key("min_pages", "integer", "Fewest pages", default=None, minimum=1, maximum=2000),
    Key("max_pages", "integer", "Most pages that count", default=None, minimum=1, maximum=2000),
    Key("excludes", "list", "Parts that do not count", default=(), choices=PARTS),
    Key(
        "max_total_pages",
        "integer",
        "Most pages in all, when parts do not count",
        default=None,
        minimum=1,
        maximum=2000,
    ),
)
TOPIC_GROUP_KEYS = (
    Key("group", "line", "Heading above these topics", default=""),
    Key("names", "list", "The topics, in order"),
)
TOPIC_KEYS = (
    Key("name", "line", "As printed"),
    Key("slug", "slug", "Key of the topic; by default made from the name", default="", maximum=80),
)
DIRECTION_KEYS = (
    Key("title", "line", "As printed"),
    Key("text", "text", "Markdown", default="", maximum=5000),
)
FIELD_KEYS = (
    Key("slug", "slug", "Key of the field", maximum=50),
    Key("label", "line", "The question"),
    Key("kind", "choice", "How it is answered", choices=FIELD_KINDS),
    Key("help", "text", "Below the question", default="", maximum=2000),
    Key("required", "boolean", "Whether a paper is incomplete without it", default=False),
    Key("choices", "list", "The answers to choose from", default=()),
    Key("max_chars", "integer", "Longest text", default=None, minimum=1, maximum=100000),
    Key(
        "visible_to",
        "choice",
        "Who sees the answers besides the authors",
        default="chairs",
        choices=VISIBLE_TO,
    ),
)
QUESTION_KEYS = (
    Key("slug", "slug", "Key of the question", maximum=50),
    Key("label", "line", "The question"),
    Key("kind", "choice", "How it is answered", choices=QUESTION_KINDS),
    Key("help", "text", "Below the question", default="", maximum=2000),
    Key("required", "boolean", "Whether a review is incomplete without it", default=True),
    Key(
        "choices",
        "list",
        "Of a score: what each step means, from the lowest up. Of a choice: the answers",
        default=(),
    ),
    Key("visible_to", "choice", "Who reads the answers", default="committee", choices=ANSWERS_VISIBLE_TO),
)
ROLE_KEYS = (
    Key("role", "choice", "Place in the committee", choices=ROLES),
    Key("name", "line", "As printed"),
    Key("affiliation", "line", "As printed", default=""),
    Key("country", "country", "ISO code or English name", default=""),
    Key(
        "email",
        "email",
        "Never shown; gives the account that verifies it the role's rights",
        default="",
        maximum=254,
    ),
)
#: The tables of a call file with their keys. Those in LISTS are written [[like this]], one for each row.
KEYS: dict[str, tuple[Key, ...]] = {
    "edition": EDITION_KEYS,
    "submission": SUBMISSION_KEYS,
    "dates": DATE_KEYS,
    "reminders": REMINDER_KEYS,
    "categories": CATEGORY_KEYS,
    "topics": TOPIC_GROUP_KEYS,
    "directions": DIRECTION_KEYS,
    "extra_fields": FIELD_KEYS,
    "review_form": QUESTION_KEYS,
    "committee": ROLE_KEYS,
}
LISTS = (
    "dates",
    "reminders",
    "categories",
    "topics",
    "directions",
    "extra_fields",
    "review_form",
    "committee",
)
