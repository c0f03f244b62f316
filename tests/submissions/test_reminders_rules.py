"""The rules of reminding, as plain functions: laws that hold for any rule and any night, and refusals in sentences."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.call_facts import DATE_KINDS, Call
from submissions.domain.call_schema import CallError, parse
from submissions.domain.call_toml import dump
from submissions.domain.deadlines import zone
from submissions.domain.reminders import AUDIENCES, AudienceFacts, Course, in_words, misfit, offset, time_left
from tests.factories import utc

CLOSES = utc(2021, 2, 2, 11, 59, 59)
LONG_AGO = utc(2020, 1, 1)
HOUR = timedelta(hours=1)
ZONES = ("AoE", "Europe/Rome", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu")


def course(
    *when: str, reader: str = "Europe/Rome", since: datetime = LONG_AGO, recorded: tuple = ()
) -> Course:
    return Course(when, CLOSES, reader, since, recorded)


def due(now: datetime, *when: str, **more) -> str | None:
    found = course(*when, **more).due(now)
    return found.name if found else None


# One reader, one rule


def test_it_is_due_from_its_time_until_the_next_one_or_the_deadline():
    when = ("-7d", "-2d", "-6h")
    assert due(CLOSES - timedelta(days=7, seconds=1), *when) is None
    assert due(CLOSES - timedelta(days=7), *when) == "-7d"
    assert due(CLOSES - timedelta(days=3), *when) == "-7d", "nobody sent it for four days"
    assert due(CLOSES - timedelta(days=2), *when) == "-2d", "the latest one only"
    assert due(CLOSES - timedelta(hours=5), *when) == "-6h"
    assert due(CLOSES, *when) is None
    assert due(CLOSES - timedelta(days=3), *when, recorded=("-7d",)) is None


def test_when_the_latest_was_sent_an_earlier_one_is_not_made_up_for():
    assert due(CLOSES - timedelta(days=1, hours=20), "-7d", "-2d", recorded=("-2d",)) is None


def test_work_that_began_later_has_missed_nothing():
    began = CLOSES - timedelta(days=6)
    assert due(CLOSES - timedelta(days=5), "-7d", "-2d", since=began) is None
    assert due(CLOSES - timedelta(days=2), "-7d", "-2d", since=began) == "-2d"


def local(moment: datetime, reader: str) -> str:
    return f"{moment.astimezone(zone(reader)):%a %H:%M}"


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("Europe/Rome", "Tue 12:59"),  # day: as it is
        ("AoE", "Mon 19:00"),  # 23:59 there: that evening
        ("America/Los_Angeles", "Tue 08:00"),  # 03:59 there: that morning
    ],
)
def test_with_days_to_go_it_comes_by_day(reader, expected):
    (planned,) = course("-7d", reader=reader).occasions()
    assert local(planned.at, reader) == expected


def test_six_hours_before_comes_at_any_hour():
    (planned,) = course("-6h", reader="America/Los_Angeles").occasions()
    assert planned.at == CLOSES - 6 * HOUR
    assert due(planned.at, "-6h", reader="America/Los_Angeles") == "-6h"
    assert local(planned.at, "America/Los_Angeles") == "Mon 21:59"


def test_what_is_late_at_night_waits_for_the_morning_unless_that_is_too_late():
    night = utc(2021, 1, 30, 2)  # 03:00 in Rome, three days to go
    assert due(night, "-7d") is None
    assert course("-7d").waiting(night) is not None
    assert local(course("-7d").coming(night)[0].at, "Europe/Rome") == "Sat 08:00"
    assert due(utc(2021, 1, 30, 7), "-7d") == "-7d"
    assert due(utc(2021, 2, 2, 2), "-7d") == "-7d", "ten hours to go: now or never"


def test_after_the_deadline_only_what_speaks_of_the_time_after():
    assert due(CLOSES + timedelta(days=1), "-2d", "+1d") == "+1d"
    assert due(CLOSES + timedelta(hours=1), "-2d", "+1d") is None
    assert due(CLOSES + timedelta(days=11), "+1d") == "+1d", "after ten days without a worker"
    assert due(CLOSES + timedelta(days=20), "+1d") is None, "too old to be of use"


def test_digests_come_each_morning_and_last_on_the_first_after_the_deadline():
    assert due(utc(2021, 1, 20, 6, 59), "daily", recorded=("2021-01-19",)) is None
    assert due(utc(2021, 1, 20, 7), "daily", recorded=("2021-01-19",)) == "2021-01-20"
    assert due(utc(2021, 1, 30, 12), "daily", recorded=("2021-01-20",)) == "2021-01-30", "ten are left out"
    assert due(utc(2021, 2, 3, 7), "daily") == "2021-02-03"
    assert due(utc(2021, 2, 4, 7), "daily", recorded=("2021-02-03",)) is None


def test_weekly_goes_on_after_the_last_other_time_until_a_year_has_passed():
    when = ("+1d", "+3d", "weekly")
    at = {days: CLOSES + timedelta(days=days) for days in (3, 9, 10, 17, 360, 367, 374)}
    assert due(at[3], *when) == "+3d"
    assert due(at[9], *when, recorded=("+3d",)) is None
    assert due(at[10], *when, recorded=("+3d",)) == "+10d"
    assert due(at[17], *when, recorded=("+3d", "+10d")) == "+17d", "an outage of a week or more loses no week"
    assert due(at[360], *when) == "+360d"
    assert due(at[374] + timedelta(days=1), *when) is None
    assert due(CLOSES + timedelta(days=7), "weekly") == "+7d", "alone it counts from the date"
    assert due(CLOSES + timedelta(days=7, hours=6), "+6h", "weekly", recorded=("+6h",)) == "+174h"


def test_of_what_goes_on_weekly_the_next_one_is_shown():
    found = course("-2d", "+1d", "weekly").coming(CLOSES - timedelta(days=3))
    assert [it.name for it in found] == ["-2d", "+1d", "+8d"]


def test_nothing_is_due_or_comes_once_its_time_is_over():
    ends = CLOSES + timedelta(days=2)
    short = Course(("+1d", "+3d"), CLOSES, "Europe/Rome", LONG_AGO, until=ends)
    assert [it.name for it in short.coming(CLOSES)] == ["+1d"]
    assert short.due(ends - HOUR) is not None
    assert short.due(ends) is None


def test_weekly_fits_those_who_are_written_to_after_the_date():
    after = AudienceFacts("late", "late ones", ("submission",), before=False, after=True)
    assert misfit("weekly", after) == ""
    assert "goes on after the date" in misfit("weekly", AUDIENCES["incomplete"])
    assert "write daily" in misfit("weekly", AUDIENCES["chairs"])
    assert misfit("daily", after).endswith("like +1d")
    assert in_words("weekly") == "then each week"


# Laws

offsets = st.builds(
    lambda sign, number, unit: f"{sign}{number}{unit}",
    st.sampled_from("-+"),
    st.integers(1, 60),
    st.sampled_from("dh"),
)
rules = st.lists(offsets, min_size=1, max_size=5, unique=True)
moments = st.integers(0, 181 * 24 * 60).map(lambda minutes: utc(2020, 11, 1) + timedelta(minutes=minutes))
steps = st.lists(st.integers(1, 400), min_size=1, max_size=60)


def run(
    when: list[str], reader: str, since: datetime, start: datetime, gaps: list[int]
) -> list[tuple[datetime, str]]:
    """What a worker sends that looks after each of these gaps (in hours)."""
    sent: list[tuple[datetime, str]] = []
    now = start
    for gap in gaps:
        found = Course(when, CLOSES, reader, since, {name for _, name in sent}).due(now)
        if found:
            sent.append((now, found.name))
        now += gap * HOUR
    return sent


@given(rules, st.sampled_from(ZONES), moments, moments, steps)
def test_never_twice_never_backwards_never_too_late(when, reader, since, start, gaps):
    sent = run(when, reader, since, start, gaps)
    names = [name for _, name in sent]
    assert len(names) == len(set(names)), "never twice"
    assert names == sorted(names, key=offset), "never an earlier one after a later one"
    for now, name in sent:
        assert CLOSES + offset(name) >= since, "nothing from before the work began"
        assert (offset(name) < timedelta()) == (now < CLOSES), "before speaks before, after speaks after"


@given(rules, st.sampled_from(ZONES), moments)
def test_one_look_sends_one_letter_and_a_second_look_none(when, reader, now):
    found = Course(when, CLOSES, reader, LONG_AGO).due(now)
    if found:
        assert Course(when, CLOSES, reader, LONG_AGO, {found.name}).due(now) is None, "no burst"


@given(rules, st.sampled_from(ZONES), moments)
def test_with_a_day_to_go_nobody_is_woken(when, reader, now):
    if Course(when, CLOSES, reader, LONG_AGO).due(now) and not timedelta() < CLOSES - now < timedelta(days=1):
        assert "08:00" <= f"{now.astimezone(zone(reader)):%H:%M}" <= "20:00"


@given(rules, st.sampled_from(ZONES), moments)
def test_what_is_planned_is_what_is_sent(when, reader, now):
    """At the time that the plan shows for the next one, it is due."""
    coming = Course(when, CLOSES, reader, LONG_AGO).coming(now)
    before = [it for it in coming if it.before]
    if before:
        first = min(before, key=lambda it: it.at)
        found = Course(when, CLOSES, reader, LONG_AGO).due(first.at)
        assert found is not None
        assert offset(found.name) >= offset(first.name)


# Words and refusals


def test_words():
    assert [in_words(it) for it in ("-7d", "-1d", "+1h", "daily")] == [
        "7 days before",
        "1 day before",
        "1 hour after",
        "each morning",
    ]
    assert time_left(CLOSES, CLOSES - timedelta(days=7, hours=-5)) == "7 days"
    assert time_left(CLOSES, CLOSES - 6 * HOUR) == "6 hours"
    assert time_left(CLOSES, CLOSES - timedelta(minutes=50)) == "50 minutes"
    assert time_left(CLOSES, CLOSES) == "no time"


AFTER_ONLY = AudienceFacts("presenters", "who gave a talk", ("event",), before=False, after=True)


def test_a_time_before_the_event_is_refused_for_those_who_exist_only_after_it():
    assert misfit("-7d", AFTER_ONLY) == (
        "is before the date, yet “presenters” exist only after it: write +7d"
    )


CALL = """
[edition]
slug = "2031"
series = "W"
name = "Workshop"
short_name = "W 2031"

[[dates]]
kind = "submission"
label = "Papers"
at = 2031-02-01

[[dates]]
kind = "event"
label = "Workshop"
at = 2031-05-01
"""


def rule(**values: object) -> str:
    given = {"deadline": '"submission"', "audience": '"incomplete"', "when": '["-7d"]', **values}
    return "\n[[reminders]]\n" + "\n".join(f"{name} = {value}" for name, value in given.items()) + "\n"


def read(*rules: str) -> Call:
    return parse(CALL + "".join(rules), countries={})


def problems(*rules: str) -> list[str]:
    with pytest.raises(CallError) as error:
        read(*rules)
    return [str(it) for it in error.value.problems]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"deadline": '"submision"'}, "reminders[1].deadline = “submision” is not a date of this call. Did you mean “submission”?"),
        ({"audience": '"everybody"'}, "reminders[1].audience = “everybody” is not an audience. Known: incomplete, camera_ready, chairs, "),
        ({"deadline": '"event"'}, "reminders[1].audience = “incomplete” does not fit a date of the kind event. It fits dates of the kind submission."),
        ({"when": "[]"}, "reminders[1].when is empty. Say when"),
        ({"when": '"-7d"'}, "reminders[1].when = “-7d” is not a list."),
        ({"when": '["-7d", "-7d"]'}, "names “-7d” twice"),
        ({"when": '["7d"]'}, "reminders[1].when[1] = “7d” is not a time before or after a deadline. Write it like -7d, -6h or +1d."),
        ({"when": '["-2d", "--1d"]'}, "reminders[1].when[2] = “--1d” is not a time before or after a deadline."),
        ({"when": '["-0d"]'}, "“-0d” is not a time"),
        ({"when": '["-1w"]'}, "“-1w” is not a time"),
        ({"when": '["-7 d"]'}, "“-7 d” is not a time"),
        ({"when": '["-٣d"]'}, "“-٣d” is not a time"),
        ({"when": '["-9999d"]'}, "“-9999d” is more than a year away from the deadline. Choose a nearer time."),
        ({"when": '["+1d"]'}, "“+1d” is after the date, when nothing is left to do for “incomplete”. Write -1d."),
        ({"when": '["daily"]'}, "“daily” is for digests. Say how long before the date, like -7d."),
        ({"audience": '"chairs"'}, "“-7d” does not fit “chairs”, whom a digest reaches each morning. Write daily."),
        ({"active": '"yes"'}, "reminders[1].active = “yes” is neither true nor false."),
        ({"colour": '"red"'}, "reminders[1].colour is not a key of a call file."),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_with_its_value_and_what_to_do(values, sentence):
    (found,) = problems(rule(**values))
    assert sentence in found
    assert found.startswith("line ")


def test_the_same_rule_twice_and_a_second_digest_are_refused():
    assert "stands here twice" in problems(rule(), rule(when='["-2d"]'))[0]
    poster = '\n[[dates]]\nkind = "submission"\nslug = "late"\nlabel = "Late"\nat = 2031-03-01\ncategory = "poster"\n'
    poster += '\n[[categories]]\nslug = "poster"\nname = "Poster"\n'
    digest = {"audience": '"chairs"', "when": '["daily"]'}
    assert "has a digest already" in problems(poster, rule(**digest), rule(deadline='"late"', **digest))[0]


def test_a_rule_of_a_date_that_is_itself_broken_is_not_blamed():
    broken = '\n[[dates]]\nkind = "camera_ready"\nlabel = "Final"\nat = "soon"\n'
    found = problems(broken, rule(deadline='"camera-ready"', audience='"camera_ready"'))
    assert len(found) == 1
    assert "“soon”" in found[0]


@given(st.lists(offsets.filter(lambda it: it[0] == "-"), min_size=1, max_size=4, unique=True), st.booleans())
def test_a_rule_survives_the_way_through_a_file(when, active):
    written = ", ".join(f'"{it}"' for it in when)
    found = read(rule(when=f"[{written}]", active=str(active).lower(), text='"Come."'))
    assert parse(dump(found), countries={}) == found


def test_every_audience_fits_a_kind_of_date_that_exists():
    assert AUDIENCES
    for facts in AUDIENCES.values():
        assert set(facts.kinds) <= set(DATE_KINDS)
