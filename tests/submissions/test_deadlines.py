"""Deadlines are judged by when a request arrived: in the call's zone, with grace and extensions."""

import socket
import time
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone as django_timezone
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.deadlines import AOE, Closing, DeadlineRow, closing, end_of_day
from submissions.models import Extension, Paper
from tests import factories
from tests.factories import Form, utc

CLOSES = utc(2021, 2, 2, 11, 59, 59)


@pytest.fixture
def call(db):
    return factories.edition(closes=CLOSES)


@pytest.fixture
def ada(db):
    return factories.person("Ada Author")


def test_a_day_ends_when_it_has_ended_everywhere_on_earth():
    assert end_of_day(date(2021, 2, 1), "AoE") == CLOSES
    assert end_of_day(date(2021, 2, 1), "Europe/Rome") == utc(2021, 2, 1, 22, 59, 59)
    assert CLOSES.astimezone(AOE).isoformat() == "2021-02-01T23:59:59-12:00"


def test_the_last_second_counts_and_the_next_does_not():
    end = Closing(at=CLOSES)
    assert end.open_at(CLOSES)
    assert end.open_at(CLOSES + timedelta(microseconds=999_999))
    assert not end.open_at(CLOSES + timedelta(seconds=1))


moments = st.datetimes(datetime(2020, 1, 1), datetime(2022, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
row_strategy = st.builds(
    DeadlineRow,
    at=moments,
    grace=st.timedeltas(timedelta(), timedelta(days=1)),
    category=st.sampled_from([None, "regular", "short"]),
    extended_until=st.none() | moments,
)


@given(st.lists(row_strategy, max_size=5), st.sampled_from([None, "regular", "short"]))
def test_an_extension_never_makes_a_deadline_earlier(rows, category):
    plain = [DeadlineRow(row.at, row.grace, row.category) for row in rows]
    with_it, without = closing(rows, category), closing(plain, category)
    assert (with_it is None) == (without is None)
    if with_it is not None:
        assert with_it.last_moment >= without.last_moment


@given(st.lists(row_strategy, min_size=1, max_size=5))
def test_a_categorys_own_date_comes_before_the_date_for_all(rows):
    own = [row for row in rows if row.category == "short"]
    found = closing(rows, "short")
    if own:
        assert found.last_moment in {max(row.at, row.extended_until or row.at) + row.grace for row in own}


@pytest.mark.parametrize(
    ("moment", "status"),
    [(CLOSES, "submitted"), (CLOSES + timedelta(seconds=1), None)],
    ids=["in the last second", "a second later"],
)
def test_the_moment_of_arrival_decides(call, ada, moment, status):
    with time_machine.travel(moment, tick=False):
        browser = factories.signed_in(ada)
        answer = browser.post(
            reverse("paper_new", args=[call.slug]), Form.filled(call, ada).with_file().fields
        )
    paper = Paper.objects.first()
    assert (paper and paper.state) == status
    if status is None:
        assert "the deadline has passed" in answer.content.decode()
        assert "Gradients on the Move" in answer.content.decode(), "what was typed is shown, not thrown away"


def test_grace_is_granted_silently(call, ada):
    call.deadlines.filter(kind="submission").update(grace_minutes=30)
    with time_machine.travel(CLOSES + timedelta(minutes=29), tick=False):
        browser = factories.signed_in(ada)
        page = browser.get(reverse("paper_new", args=[call.slug])).content.decode()
        assert "1 February 2021, 23:59 AoE" in page
        browser.post(reverse("paper_new", args=[call.slug]), Form.filled(call, ada).with_file().fields)
    assert Paper.objects.get().state == "submitted"


def test_after_the_deadline_the_paper_is_read_only_and_says_why(call, ada):
    with time_machine.travel(CLOSES - timedelta(days=1), tick=False):
        paper = factories.paper(call, ada)
        draft = factories.paper(call, ada, file=None)
    with time_machine.travel(CLOSES + timedelta(days=1), tick=False):
        browser = factories.signed_in(ada)
        assert browser.get(reverse("paper_edit", args=[call.slug, paper.number])).status_code == 302
        page = browser.get(paper.get_absolute_url()).content.decode()
        assert "The deadline (" in page
        assert "can no longer be changed" in page
        assert "This paper was not submitted" in browser.get(draft.get_absolute_url()).content.decode()
        answer = browser.post(
            reverse("paper_edit", args=[call.slug, paper.number]), Form.of(paper).but(title="Late").fields
        )
        assert answer.status_code == 422
        assert "The deadline has passed, so nothing was saved." in answer.content.decode()
    assert factories.fresh(paper).title == "Gradients on the Move"


def test_an_extension_reopens_one_paper_only(call, ada):
    with time_machine.travel(CLOSES - timedelta(days=1), tick=False):
        mine, other = factories.paper(call, ada, file=None), factories.paper(call, ada, file=None)
    Extension.objects.create(
        paper=mine,
        deadline=call.deadlines.get(kind="submission"),
        until=CLOSES + timedelta(days=3),
        reason="Flood",
    )
    with time_machine.travel(CLOSES + timedelta(days=2), tick=False):
        browser = factories.signed_in(ada)
        for paper, wanted in ((mine, 200), (other, 302)):
            edit = reverse("paper_edit", args=[call.slug, paper.number])
            assert browser.get(edit).status_code == wanted
        browser.post(
            reverse("paper_edit", args=[call.slug, mine.number]),
            Form.of(factories.fresh(mine)).with_file().fields,
        )
    assert factories.fresh(mine).state == "submitted"
    assert factories.fresh(other).state == "draft"


def test_categories_may_close_on_different_days(call, ada):
    factories.deadline(call, "submission", CLOSES + timedelta(days=10), category="short")
    with time_machine.travel(CLOSES + timedelta(days=5), tick=False):
        browser = factories.signed_in(ada)
        where = reverse("paper_new", args=[call.slug])
        late = browser.post(where, Form.filled(call, ada).with_file().fields)
        assert "The deadline for “Regular paper” has passed" in late.content.decode()
        browser.post(
            where, Form.filled(call, ada, category="short").with_file("genuine/ieee_letter_4p.pdf").fields
        )
    assert Paper.objects.filter(state="submitted").get().category.slug == "short"


def test_after_abstract_registration_no_new_paper_starts_but_old_ones_go_on(call, ada):
    factories.deadline(call, "registration", CLOSES - timedelta(days=7))
    with time_machine.travel(CLOSES - timedelta(days=8), tick=False):
        early = factories.paper(call, ada, file=None)
    with time_machine.travel(CLOSES - timedelta(days=2), tick=False):
        browser = factories.signed_in(ada)
        answer = browser.get(reverse("paper_new", args=[call.slug]))
        assert answer.status_code == 403
        assert "New papers are no longer taken" in answer.content.decode()
        browser.post(
            reverse("paper_edit", args=[call.slug, early.number]),
            Form.of(factories.fresh(early)).with_file().fields,
        )
    assert factories.fresh(early).state == "submitted"


def test_times_are_shown_in_the_calls_zone_and_the_readers_own(call, ada):
    ada.time_zone = "Asia/Kolkata"
    ada.save()
    with time_machine.travel(CLOSES - timedelta(days=1), tick=False):
        paper = factories.paper(call, ada)
        page = factories.signed_in(ada).get(paper.get_absolute_url()).content.decode()
    assert "1 February 2021, 23:59 AoE" in page
    assert "2 February 2021, 17:29 Asia/Kolkata" in page


def test_a_proxys_word_on_the_arrival_counts_only_where_it_is_trusted(call, ada, settings):
    before = (CLOSES - timedelta(minutes=2)).timestamp()
    for trusted, found in ((False, 0), (True, 1)):
        settings.TRUST_REQUEST_START = trusted
        with time_machine.travel(CLOSES + timedelta(minutes=5), tick=False):
            factories.signed_in(ada).post(
                reverse("paper_new", args=[call.slug]),
                Form.filled(call, ada).fields,
                headers={"X-Request-Start": f"t={before}"},
            )
        assert Paper.objects.count() == found


def _multipart(fields: dict, file: bytes) -> tuple[bytes, bytes]:
    """A form with a file, as a browser sends it: (content type, body)."""
    edge = b"----edge"
    parts = []
    for name, value in fields.items():
        parts += [
            b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (edge, name.encode(), str(item).encode())
            for item in (value if isinstance(value, list) else [value])
        ]
    parts.append(
        b'--%s\r\nContent-Disposition: form-data; name="file"; filename="paper.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%s\r\n--%s--\r\n" % (edge, file, edge)
    )
    return b"multipart/form-data; boundary=" + edge, b"".join(parts)


class SlowUpload:
    """A browser on a bad line: sends the head and half the body, then waits."""

    def __init__(self, server: str, path: str, client, fields: dict) -> None:
        where = urlsplit(server)
        token = "a" * 32
        kind, self.body = _multipart(
            {**fields, "csrfmiddlewaretoken": token},
            (factories.PDFS / "genuine/ieee_letter_8p.pdf").read_bytes(),
        )
        self.line = socket.create_connection((where.hostname, where.port), timeout=30)
        session = client.cookies["sessionid"].value
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: sessionid={session}; csrftoken={token}\r\n"
            f"Origin: {server}\r\nConnection: close\r\nContent-Length: {len(self.body)}\r\n"
        ).encode()
        self.line.sendall(head + b"Content-Type: " + kind + b"\r\n\r\n" + self.body[: len(self.body) // 2])

    def finish(self) -> bytes:
        self.line.sendall(self.body[len(self.body) // 2 :])
        answer = b""
        while more := self.line.recv(65536):
            answer += more
        return answer

    def cut(self) -> None:
        self.line.close()


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_begins_in_time_and_ends_late_is_in_time(live_server):
    closes = django_timezone.now().replace(microsecond=0) + timedelta(seconds=2)
    call, ada = factories.edition(closes=closes), factories.person("Ada Author")
    client = factories.signed_in(ada)
    upload = SlowUpload(
        live_server.url, reverse("paper_new", args=[call.slug]), client, Form.filled(call, ada).fields
    )
    time.sleep(max(0, (closes - django_timezone.now()).total_seconds()) + 1.2)
    assert b" 302 " in upload.finish().split(b"\r\n")[0]
    paper = Paper.objects.get()
    assert paper.state == "submitted"
    assert paper.manuscript.arrived_at <= closes < paper.manuscript.created_at
    assert paper.submitted_at == paper.manuscript.arrived_at, "the receipt names a moment in time"


@pytest.mark.django_db(transaction=True)
def test_an_upload_cut_half_way_changes_nothing(live_server):
    call, ada = factories.edition(), factories.person("Ada Author")
    paper = factories.paper(call, ada)
    upload = SlowUpload(
        live_server.url,
        reverse("paper_edit", args=[call.slug, paper.number]),
        factories.signed_in(ada),
        Form.of(paper).but(title="Cut off").fields,
    )
    upload.cut()
    time.sleep(0.5)
    now = factories.fresh(paper)
    assert (now.title, now.revision, now.manuscripts.count()) == (paper.title, paper.revision, 1)
