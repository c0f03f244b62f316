"""Runs every cell of the access table through real HTTP, and insists that every address is in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase as fnmatch
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import mail_wishes
from accounts.models import Message
from reviews.models import Conflict, Member
from tests import factories
from tests.access.table import KNOWS, MAY_READ, PEOPLE, TABLE
from tests.access.world import INVITATION_KEY, PLAN_KEY, RELEASE_KEY, SECRETS, World, build

PHASES = ("open", "closed")
#: For whom hidden and missing are compared byte by byte and query by query. The others are strangers under other names:
#: the policy asks for an office or an authorship, and they have neither.
COMPARED = ("stranger", "unclaimed", "member", "conflicted", "outsider")
METHODS = ("GET", "POST")


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    cells: tuple[str, ...]

    def expected(self, phase: str) -> dict[str, str]:
        found = {}
        for who, cell in zip(PEOPLE, self.cells, strict=True):
            first, _, second = cell.partition("/")
            found[who] = (second or first) if phase == "closed" else first
        return found


def rows() -> list[Row]:
    lines = [line.split() for line in TABLE.strip().splitlines() if line.strip()]
    head, *body = lines
    assert tuple(head[2:]) == PEOPLE, "the table's heading names the people in order"
    return [
        Row(name, method, _filled(cells))
        for name, methods, *cells in body
        for method in (METHODS if methods == "-" else (methods,))
    ]


def _filled(cells: list[str]) -> tuple[str, ...]:
    """`200…` at the end of a line stands for 200 in all columns that are left."""
    if cells[-1].endswith("…"):
        last = cells.pop()[:-1]
        cells += [last] * (len(PEOPLE) - len(cells))
    return tuple(cells)


def patterns() -> dict[str, URLPattern]:
    """Every address of the site by its full name (`admin:index`)."""

    def walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                inner = f"{space}{entry.namespace}:" if entry.namespace else space
                yield from walk(entry, inner)
            else:
                yield f"{space}{entry.name or entry.pattern}", entry

    return dict(walk(get_resolver(), ""))


ROWS = rows()


def row_for(name: str, method: str) -> Row | None:
    exact = [row for row in ROWS if (row.name, row.method) == (name, method)]
    general = [row for row in ROWS if "*" in row.name and fnmatch(name, row.name) and row.method == method]
    return (exact or sorted(general, key=lambda row: -len(row.name)) or [None])[0]


def test_every_address_is_in_the_table() -> None:
    lacking = [
        f"{method} {name}" for name in patterns() for method in METHODS if row_for(name, method) is None
    ]
    assert not lacking, "Add a row to tests/access/table.py for: " + ", ".join(lacking)


def test_no_row_is_left_over() -> None:
    names = set(patterns())
    stale = [row.name for row in ROWS if not any(fnmatch(name, row.name) for name in names)]
    assert not stale, f"These rows belong to no address: {stale}"


#: What fills the gaps of an address so that it names something that exists, and something that does not.
REAL = {
    "edition": "2021",
    "number": 1,
    "version": 1,
    "field": "data",
    "deadline": "submission",
    "rule": 1,
    "occasion": "daily",
    "kind": "receipt",
    "batch": UUID(int=3),
    "pk": 1,
    "key": UUID(int=1),
    "content_type_id": 1,
}
MISSING = {
    "edition": "nowhere",
    "number": 4711,
    "version": 4711,
    "field": "nothing",
    "deadline": "nothing",
    "rule": 4711,
    "occasion": "-9d",
    "kind": "nothing",
    "batch": UUID(int=4711),
    "message": 4711,
    "member": 4711,
    "pk": 4711,
    "conflict": 4711,
    "key": UUID(int=4711),
}

#: Addresses without a name of their own, or with a pattern that is no name.
PATHS = {
    "admin:(?P<url>.*)$": "/admin/nothing-here/",
    "admin:view_on_site": "/admin/r/1/1/",
    "admin:app_list": "/admin/submissions/",
    "admin:<path:object_id>/": "/admin/accounts/user/1/",
    "account_reset_password_from_key": "/account/password/reset/key/1-no-such-key/",
}


def arguments(name: str) -> dict[str, Any]:
    if name in PATHS:
        return {}
    wanted = patterns()[name].pattern.converters
    given = {gap: value for gap, value in REAL.items() if gap in wanted}
    if "message" in wanted:
        given["message"] = Message.objects.get(key="receipt:access").pk
    if "member" in wanted:
        given["member"] = Member.objects.get(user__name="Mona Member").pk
    if "conflict" in wanted:
        given["conflict"] = Conflict.objects.get(rule=Conflict.Rule.SAME_INSTITUTION).pk
    if name == "chair_member_remove":  # who reviews a paper cannot be removed
        given["member"] = Member.objects.get(name="Ivo Invited").pk
    if name == "invitation":
        given["key"] = INVITATION_KEY
    if name.startswith("chair_plan") and "key" in wanted:
        given["key"] = PLAN_KEY
    if name.startswith("chair_release") and "key" in wanted:
        given["key"] = RELEASE_KEY
    if "token" in wanted:
        given["token"] = mail_wishes.stop_url(address="somebody@example.org", group="reminders").split("/")[
            -2
        ]
    if "object_id" in wanted:
        given["object_id"] = _some_row(name)
    return given


def _some_row(name: str) -> int:
    """The id of any row of the model that an administration page is about."""
    app, _, model = name.removeprefix("admin:").rpartition("_")[0].partition("_")
    if not model:
        return 1
    row = apps.get_model(app, model)._base_manager.first()
    return row.pk if row is not None else 1


def address(name: str, arguments: dict[str, Any]) -> str:
    if name in PATHS:
        return PATHS[name]
    if "/" in name:
        return f"/account/{name}"  # allauth's old addresses have no names
    return reverse(name, kwargs=arguments)


def cases() -> list[Any]:
    return [
        pytest.param(name, method, phase, id=f"{name}-{method}-{phase}", marks=_marks(name))
        for name in patterns()
        for method in METHODS
        for phase in phases_of(name, method)
        if row_for(name, method) is not None
    ]


def _marks(name: str) -> list[pytest.MarkDecorator]:
    """Django makes five addresses for each model by one rule: of those that nobody but the administrator reaches, lists and
    rows are asked always, the others with --thorough.
    """
    rare = name.startswith("admin:") and name.endswith(("_add", "_delete", "_history", "_password_change"))
    return [pytest.mark.thorough] if rare else []


def phases_of(name: str, method: str) -> tuple[str, ...]:
    """Both phases where the table says that they differ; otherwise the one in which the room's work is done.

    PostgreSQL answers the same filters as SQLite: there one phase is enough for everything, and the pages that come
    with Django and allauth are left out.
    """
    row, before, after = row_for(name, method), PHASES[:1], PHASES[1:]
    differs = row is not None and any("/" in cell for cell in row.cells)
    usual = after if patterns()[name].callback.__module__.startswith("reviews.") else before
    if connection.vendor == "postgresql":
        of_libraries = name.startswith(("admin:", "account", "mfa", "social", "usersessions"))
        return () if of_libraries else usual
    return PHASES if differs else usual


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world a phase for all rows: every request is undone, so they cannot disturb each other.

    Whose parameter is of the module as well: one of a single test would make the world anew for each row.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        made = build(request.param)
        for who, person in made.people.items():
            if person is not None:
                made.sessions[who] = factories.signed_in(person).cookies["sessionid"].value
        yield made
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method", "world"), cases(), indirect=["world"], scope="module")
def test_the_site_answers_as_the_table_says(name: str, method: str, world: World, settings: Any) -> None:
    settings.MAILBOX_PAGE = False  # as in production
    phase = world.phase
    row = row_for(name, method)
    assert row is not None
    given = arguments(name)
    wrong = []
    for who, wanted in row.expected(phase).items():
        client = _client(world, who)
        answer, body, queries = _ask(client, world, name, method, given)
        got = _in_words(answer)
        if got != wanted:
            wrong.append(f"{who}: wanted {wanted}, got {got} {answer.get('Location', '')}")
        if who not in KNOWS:
            leaked = [word for word in SECRETS if word.encode() in body]
            own = str(world.people[who].email) if world.people[who] else ""
            readers, words = MAY_READ.get(name, (set(), set()))
            leaked = [word for word in leaked if word not in own and not (who in readers and word in words)]
            if leaked:
                wrong.append(f"{who}: reads {leaked}")
        if wanted == "404" and who in COMPARED:
            wrong += _differences_from_missing(
                client, world, name, method, given, (answer, body, queries), who
            )
    assert not wrong, f"{method} {address(name, given)}, {phase}:\n" + "\n".join(wrong)


def _client(world: World, who: str) -> Client:
    """A browser of this person, signed in once a world: the requests are undone, the session of the world stays."""
    client = Client()
    if who in world.sessions:
        client.cookies["sessionid"] = world.sessions[who]
        client.get("/account/login/")  # what a first request does once must not look like a difference
    return client


def _ask(
    client: Client, world: World, name: str, method: str, given: dict[str, Any]
) -> tuple[Any, bytes, int]:
    """One request, undone afterwards."""
    data = world.payload(name) if method == "POST" else {}
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            where = address(name, given)
            answer = client.post(where, data) if method == "POST" else client.get(where)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer, body, len(captured)


def _in_words(answer: Any) -> str:
    if answer.status_code in (301, 302, 303):
        if answer["Location"].startswith((reverse("account_login"), reverse("admin:login"))):
            return "login"
        if answer["Location"].startswith(reverse("mfa_activate_totp")):
            return "2fa"
        return "go"
    return str(answer.status_code)


def _differences_from_missing(
    client: Client,
    world: World,
    name: str,
    method: str,
    given: dict[str, Any],
    hidden: tuple[Any, bytes, int],
    who: str,
) -> list[str]:
    """What would tell this person that the thing exists."""
    found = []
    for gap in given:
        if gap in ("version", "field") and who not in KNOWS:
            continue  # a missing version of a hidden paper is a hidden paper
        absent = {**given, gap: MISSING[gap]}
        answer, body, queries = _ask(client, world, name, method, absent)
        for what, one, other in [
            ("status", hidden[0].status_code, answer.status_code),
            ("bytes", _comparable(hidden[1]), _comparable(body)),
            ("headers", _headers(hidden[0]), _headers(answer)),
        ]:
            if one != other:
                found.append(f"{who}: {what} differ from those for a missing {gap}")
        if hidden[2] != queries:
            found.append(f"{who}: {hidden[2]} queries, but {queries} for a missing {gap}")
    return found


def _comparable(body: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", body)


def _headers(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.items() if name not in ("X-Request-ID", "Date")}
