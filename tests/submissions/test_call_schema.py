"""Reading call files: every problem is told, and what is read can be written again."""

import json
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from submissions.domain import call_facts as facts
from submissions.domain.call_clone import clone_file, default_shift
from submissions.domain.call_facts import KEYS, SUBMISSION_KEYS, TOPIC_KEYS, Call
from submissions.domain.call_lines import lines
from submissions.domain.call_schema import CallError, parse
from submissions.domain.call_toml import dump
from submissions.domain.call_values import clean_text
from submissions.domain.page_law import describe
from submissions.models import Category, Deadline, Edition, ExtraField, ReviewField, Role

ROOT = Path(__file__).parents[2]
SCADL = (ROOT / "calls" / "scadl-2021.toml").read_text(encoding="utf-8")
COUNTRIES = {"US": "United States of America", "IT": "Italy", "IN": "India", "GB": "United Kingdom"}
HEAD = '[edition]\nslug = "2031"\nseries = "W"\nname = "Workshop"\nshort_name = "W 2031"\n'


def read(text: str | bytes) -> Call:
    return parse(text, countries=COUNTRIES)


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(CallError) as error:
        read(text)
    return [str(problem) for problem in error.value.problems]


def test_the_scadl_call_says_what_the_seed_says() -> None:
    call = read(SCADL)
    assert (call.edition.slug, call.edition.time_zone, call.edition.format) == ("2021", "AoE", "hybrid")
    committee = [("reviews", date(2021, 3, 1)), ("discussion", date(2021, 3, 8))]
    assert [(row.kind, row.at) for row in call.dates if (row.kind, row.at) not in committee] == [
        ("submission", date(2021, 2, 1)),
        ("notification", date(2021, 3, 15)),
        ("camera_ready", date(2021, 3, 30)),
        ("event", date(2021, 5, 21)),
    ]
    assert [(row.slug, row.min_pages, row.max_pages, row.excludes) for row in call.categories] == [
        ("regular", 8, 10, ()),
        ("short", 4, 4, ()),
        ("abstract", 1, 1, ()),
    ]
    assert len(call.topics) == 16
    assert len(call.directions) == 3
    assert [(row.role, row.name) for row in call.committee] == [
        ("general_chair", "Parijat Dube"),
        ("general_chair", "Stacy Patterson"),
        ("programme_chair", "Danilo Ardagna"),
        ("programme_chair", "Yogish Sabharwal"),
        ("logistics_web_chair", "Jayaram K. R."),
        ("publicity_chair", "Anirban Das"),
        ("publicity_chair", "Federica Filippini"),
        ("steering", "Vinod Muthusamy"),
        ("steering", "Ashish Verma"),
    ]
    assert all(row.affiliation and row.country and not row.email for row in call.committee)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('slug = "2021"', 'slug = "admin"', "is an address of the site itself"),
        ('slug = "2021"', 'slug = "Year 1"', "for example “year-1”"),
        ("min_pages = 8", "min_pages = 12", "categories[1].min_pages = 12 is more than max_pages = 10"),
        ("min_pages = 8", "min_pages = -8", "= -8 is out of range"),
        ("min_pages = 8", 'min_pages = "8"', "= “8” is not a whole number"),
        ("min_pages = 8", "min_pages = true", "= true is not a whole number"),
        ("min_pages = 8", "max_total_pages = 14", "means nothing without excludes"),
        ("min_pages = 8", "minpages = 8", "Did you mean “min_pages”?"),
        ('slug = "short"', 'slug = "regular"', "stands here twice (first on line"),
        ('name = "Short paper"', 'name = "regular  Paper"', "stands here twice"),
        ('"Efficient and scalable inference"', '"Asynchronous SGD for Training DNNs"', "stands here twice"),
        ('"Efficient and scalable inference"', "7", "topics[1].names[15].name = 7 is not text"),
        ('time_zone = "AoE"', 'time_zone = "Europe/Roma"', "Did you mean “Europe/Rome”?"),
        ('format = "hybrid"', 'format = "hybrd"', "Did you mean “hybrid”?"),
        ('"https://2021.scadl.org"', '"javascript:alert(1)"', "is not a web address"),
        ('"https://2021.scadl.org"', '"https://"', "is not a web address"),
        ('country = "IN"', 'country = "Indja"', "Did you mean “India”?"),
        ('name = "Vinod Muthusamy"', 'name = "Ashish  Verma"', "stands here twice"),
        ('name = "Vinod Muthusamy"', 'name = "V"\nemail = "v@"', "is not an e-mail address"),
        ("at = 2021-03-15", "at = 2021-01-15", "Correct one of the two"),
        ("at = 2021-03-15", 'at = "2021-03-15"', "without quotes"),
        ("at = 2021-03-15", "at = 2021-03-15\ngrace_minutes = 5", "grace_minutes does not fit"),
        ("at = 2021-03-15", 'at = 2021-03-15\ncategory = "poster"', "Known: regular, short, abstract."),
        ("at = 2021-03-15", "at = 0021-03-15", "is not a plausible year"),
        ("at = 2021-05-21", "at = 2021-05-21\nstarts = 2021-05-22", "is before its start, 2021-05-22"),
        ("at = 2021-05-21", "at = 2021-05-21\nstarts = 2021-05-20T10:00:00", "is written otherwise than at"),
        ('kind = "notification"', 'kind = "submission"\nslug = "b"', "has two dates"),
        ('label = "Workshop"', 'label = "Work\\u0007shop"', "control character U+0007"),
        ('style_name = "IEEE conference style"', "", "has no style_name"),
        ("abstract_max_words = 300", "abstract_max_words = 300\nabstract_min_words = 301", "is more than"),
    ],
)
def test_what_is_wrong_is_told_with_place_value_and_remedy(old: str, new: str, expected: str) -> None:
    assert old in SCADL
    text = SCADL.replace(old, new, 1)
    told = problems(text)
    # A date or key that others refer to is wrong in each of these places.
    assert 1 <= len(told) <= 3
    assert any(expected in it for it in told)
    assert all(it.startswith("line ") for it in told)


def test_a_problem_names_the_line_it_stands_on() -> None:
    text = SCADL.replace('"Efficient and scalable inference"', '""')
    line = next(number for number, row in enumerate(text.splitlines(), 1) if row.strip() == '"",')
    assert problems(text)[0].startswith(f"line {line}: topics[1].names[15]")


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        SCADL.replace('time_zone = "AoE"', 'time_zone = "Nowhere"')
        .replace("min_pages = 8", "min_pages = 12")
        .replace('slug = "2021"', 'slug = "static"')
        .replace('country = "IN"', 'country = "??"')
        .replace(
            '[[committee]]\nrole = "steering"\nname = "Ashish Verma"', '[[committee]]\nrole = "sterring"'
        )
    )
    told = problems(text)
    assert [
        word
        for word in ("static", "Nowhere", "min_pages", "??", "sterring", "has no name")
        if word in str(told)
    ] == [*("static", "Nowhere", "min_pages", "??", "sterring", "has no name")]
    numbers = [int(problem.split(":")[0].removeprefix("line ")) for problem in told]
    assert numbers == sorted(numbers)


def test_other_workshops_calls_can_be_stated() -> None:
    call = read(
        HEAD
        + """
time_zone = "Europe/Rome"
anonymity = "double"
[[dates]]
kind = "registration"
label = "Abstracts"
at = 2031-02-01
[[dates]]
kind = "submission"
label = "Papers"
at = 2031-02-08T17:00:00
grace_minutes = 30
[[dates]]
kind = "submission"
category = "poster"
label = "Posters"
at = 2031-03-01
[[dates]]
kind = "other"
slug = "rebuttal"
label = "Authors answer the reviews"
starts = 2031-03-10
at = 2031-03-12
[[categories]]
slug = "full"
name = "Full paper"
max_pages = 12
excludes = ["references", "appendices"]
max_total_pages = 14
[[categories]]
slug = "poster"
name = "Poster"
needs_file = false
[[extra_fields]]
slug = "artifact"
label = "Is there an artifact?"
kind = "choice"
choices = ["yes", "no"]
required = true
visible_to = "committee"
[[extra_fields]]
slug = "supplement"
label = "Supplement"
kind = "file"
"""
    )
    assert [row.slug for row in call.dates] == ["registration", "submission", "submission-poster", "rebuttal"]
    assert call.dates[1].at == datetime(2031, 2, 8, 17, 0)  # noqa: DTZ001 - local time of the call
    full = call.categories[0]
    law = Category(
        name=full.name, slug=full.slug, max_pages=12, excludes=list(full.excludes), max_total_pages=14
    ).law()
    assert (
        describe(law) == "at most 12 pages, not counting references and appendices, at most 14 pages in all"
    )


QUESTION = '[[review_form]]\nslug = "merit"\nlabel = "Merit"\nkind = "score"\n'


def test_a_review_form_is_read_and_written_back() -> None:
    call = read(HEAD + QUESTION + 'choices = ["reject", "accept"]\nvisible_to = "authors"\n')
    assert call.review_form == (
        facts.QuestionFacts(
            "merit", "Merit", "score", choices=("reject", "accept"), visible_to="authors", required=True
        ),
    )
    assert read(dump(call)) == call


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (QUESTION, "offers no choice"),
        (QUESTION + 'choices = ["one"]', "at least two steps"),
        (QUESTION + 'choices = ["Good", "good "]', "names the same answer twice"),
        (QUESTION.replace("score", "text") + 'choices = ["a", "b"]', "does not fit kind = “text”"),
        (QUESTION.replace("score", "stars"), "stars"),
        (QUESTION + 'choices = ["a", "b"]\nvisible_to = "everybody"', "everybody"),
        (2 * (QUESTION + 'choices = ["a", "b"]\n'), "merit"),
    ],
)
def test_a_review_form_that_cannot_be_is_refused(question: str, sentence: str) -> None:
    assert any(sentence in told for told in problems(HEAD + question))


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    text = (
        HEAD
        + 'time_zone = "Europe/Rome"\n[[dates]]\nkind = "submission"\nlabel = "P"\nat = 2031-03-30T02:30:00\n'
    )
    assert "does not exist in Europe/Rome" in problems(text)[0]


def test_a_moment_with_an_offset_is_read_in_the_calls_zone() -> None:
    call = read(HEAD + '[[dates]]\nkind = "submission"\nlabel = "P"\nat = 2031-03-02T11:30:00Z\n')
    assert call.dates[0].at == datetime(2031, 3, 1, 23, 30)  # noqa: DTZ001 - local time of the call


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xfe", b"[edition", "a = 1\na = 2", "x = " + "[" * 5000, "edition = 3", "[[edition]]", "topics = 3\n" + HEAD,
     "x = 0x" + "f" * 6000, HEAD + "[submission]\nmax_file_mb = 0x" + "f" * 6000, "", "[edition]\nslug = [1]",
     HEAD + "[[topics]]\nnames = [[[]]]", HEAD + "[[categories]]\nslug = {a = 1}", "#" * 1_000_001],
    ids=str,
)  # fmt: skip
def test_garbage_is_refused_with_a_sentence(garbage: str | bytes) -> None:
    assert all(len(told) > 20 for told in problems(garbage))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(), st.binary(), st.lists(st.sampled_from(SCADL.splitlines()), max_size=40).map("\n".join)
    )
)
def test_whatever_it_is_given_it_reads_it_or_says_why_not(source: str | bytes) -> None:
    try:
        call = read(source)
    except CallError as error:
        assert error.problems  # noqa: PT017 - either outcome is right, anything else is not
    else:
        assert read(dump(call)) == call


PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r\u2028"), max_size=200
)
NAMES = PLAIN.map(lambda text: f"n{text}")


MIN, MAX = datetime(2000, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001 - local times of the call


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call file with arbitrary texts, made by hand-escaping nothing: JSON strings are TOML strings."""

    def quoted(text: str) -> str:
        # JSON writes astral characters as surrogate pairs, which TOML does not know: leave them as they are.
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    parts = [HEAD, f"scope = {quoted(draw(TEXTS))}", f"place = {quoted(draw(PLAIN))}"]
    for index, name in enumerate(draw(st.lists(NAMES, max_size=4))):
        low = draw(st.none() | st.integers(1, 20))
        parts += ["[[categories]]", f'slug = "c{index}"', f"name = {quoted(f'{index} {name}')}"]
        parts += [f"min_pages = {low}"] if low else []
        parts += [f"max_pages = {draw(st.integers(low or 1, 40))}"] if draw(st.booleans()) else []
    for index, name in enumerate(draw(st.lists(NAMES, max_size=4))):
        parts += ["[[topics]]", f"group = {quoted(draw(PLAIN))}"]
        parts += [f"names = [{{ slug = 't{index}', name = {quoted(f'{index} {name}')} }}]"]
    for index, name in enumerate(draw(st.lists(NAMES, max_size=4))):
        at = draw(st.dates(date(2000, 1, 1), date(2090, 1, 1)) | st.datetimes(MIN, MAX))
        when = at.isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()
        parts += [
            "[[dates]]",
            'kind = "other"',
            f'slug = "d{index}"',
            f"label = {quoted(name)}",
            f"at = {when}",
        ]
    return "\n".join(parts)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(calls())
def test_what_is_read_and_written_is_the_same_call(text: str) -> None:
    call = read(text)
    assert read(dump(call)) == call


@settings(max_examples=60, deadline=None)
@given(TEXTS.filter(lambda text: len(text.strip()) > 0))
def test_any_text_survives_being_written(text: str) -> None:
    call = read(SCADL)
    changed = replace(call, edition=replace(call.edition, scope=clean_text(text)))
    assert read(dump(changed)) == changed


def test_lines_are_found_in_nested_values() -> None:
    text = '[a]\nx = """\n[not.a.table]\n"""\ny = [\n  1, # two\n  [2,\n 3],\n]\n[[b]]\n"q.r" = {s = 1}\n[[b]]\nz = 1\n'
    found = lines(text)
    assert found["a", "x"] == 2
    assert found["a", "y", 1] == 7
    assert found["a", "y", 1, 1] == 8
    assert found["b", 0, "q.r", "s"] == 11
    assert found["b", 1, "z"] == 13


def test_no_edition_can_take_an_address_of_the_site() -> None:
    firsts = {
        str(entry.pattern).partition("/")[0]
        for entry in get_resolver().url_patterns
        if "/" in str(entry.pattern)
    }
    inner = [entry for entry in get_resolver().url_patterns if not str(entry.pattern)]
    firsts |= {
        str(it.pattern).partition("/")[0] for entry in inner for it in getattr(entry, "url_patterns", [])
    }
    fixed = {first for first in firsts if first and "<" not in first and "^" not in first}
    assert {"account", "admin"} <= fixed
    assert fixed <= facts.RESERVED_SLUGS | {"static"}


def test_the_choices_are_those_of_the_rows() -> None:
    assert tuple(Role.Kind.values) == facts.ROLES
    assert tuple(Deadline.Kind.values) == facts.DATE_KINDS
    assert tuple(Edition.Format.values) == facts.FORMATS
    assert tuple(Edition.Anonymity.values) == facts.ANONYMITY
    assert tuple(ExtraField.Kind.values) == facts.FIELD_KINDS
    assert tuple(ExtraField.VisibleTo.values) == facts.VISIBLE_TO
    assert tuple(ReviewField.Kind.values) == facts.QUESTION_KINDS
    assert tuple(ReviewField.VisibleTo.values) == facts.ANSWERS_VISIBLE_TO


def test_no_value_can_be_longer_than_its_column() -> None:
    names = {
        "categories": Category,
        "dates": Deadline,
        "extra_fields": ExtraField,
        "review_form": ReviewField,
        "committee": Role,
        "edition": Edition,
    }
    compared = 0
    for section, model in names.items():
        columns = {field.name: getattr(field, "max_length", None) for field in model._meta.fields}
        for key in KEYS[section]:
            if key.type in {"line", "slug", "url", "email", "zone"} and columns.get(key.name):
                assert key.maximum <= columns[key.name], f"{section}.{key.name}"
                compared += 1
    assert compared > 20


def test_defaults_of_keys_and_facts_agree() -> None:
    types = {"edition": facts.EditionFacts, "dates": facts.DateFacts, "categories": facts.CategoryFacts,
             "extra_fields": facts.FieldFacts, "review_form": facts.QuestionFacts, "committee": facts.RoleFacts}  # fmt: skip
    for section, cls in types.items():
        said = {field.name: field.default for field in fields(cls)}
        for key in KEYS[section] + (SUBMISSION_KEYS if section == "edition" else ()):
            if key.default is not facts.REQUIRED and key.name not in {"slug", "file_prefix"}:
                assert said[key.name] == key.default, f"{section}.{key.name}"


def test_every_key_is_explained() -> None:
    text = (ROOT / "docs" / "call-format.md").read_text(encoding="utf-8")
    for section, keys in {**KEYS, "topics": KEYS["topics"] + TOPIC_KEYS}.items():
        part = text.partition(f"`[[{section}]]`" if section in facts.LISTS else f"`[{section}]`")[
            2
        ].partition("\n## ")[0]
        missing = [key.name for key in keys if f"`{key.name}`" not in part]
        assert part, f"{section} is not explained"
        assert not missing, f"not explained in {section}: {missing}"


def test_next_years_call_is_marked_and_gives_nobody_rights() -> None:
    text = SCADL.replace('name = "Danilo Ardagna"', 'name = "Danilo Ardagna"\nemail = "chair@example.org"')
    text = text.replace("at = 2021-02-01", "at = 2021-02-01\noriginally = 2021-01-25")
    cloned = clone_file(read(text), slug="2022", shift_days=default_shift("2021", "2022"))
    call = read(cloned)
    assert [row.at.isoformat() for row in call.dates] == [
        "2022-01-31",
        "2022-02-28",
        "2022-03-07",
        "2022-03-14",
        "2022-03-29",
        "2022-05-20",
    ]
    assert [row.at.weekday() for row in call.dates] == [row.at.weekday() for row in read(text).dates]
    assert [row.name for row in call.committee] == [row.name for row in read(text).committee]
    assert not any(row.email for row in call.committee)
    assert '# email = "chair@example.org"' in cloned
    assert not any(row.originally for row in call.dates)
    assert "at = 2022-01-31  # check: Monday; was Monday 2021-02-01" in cloned
    assert (call.edition.short_name, call.edition.site_url) == ("ScaDL 2022", "https://2022.scadl.org")
