"""What those need who break into the rooms of reviews: a desk to break into, and eyes for what an answer tells."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from reviews.models import Assignment, Comment, CommitteeSettings, Guest
from reviews.services import discussion, guests
from tests import factories
from tests.access.test_committee_break_in import bare
from tests.reviews import assigning, reviewing
from tests.reviews.reviewing import Desk

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
WHO = {"name": "Gus Guest", "email": "gus@elsewhere.example", "affiliation": "Elsewhere College", "note": ""}


def say(desk: Desk, who: User, text: str, **more: Any) -> Comment:
    return discussion.post(
        actor=who, paper=desk.paper, text=text, key=uuid4(), arrived_at=timezone.now(), **more
    )


def seen_by(client: Client, places: tuple[str, ...]) -> dict[str, str]:
    """What each address answers: status, headers, bytes, and how much the database was asked."""
    found = {}
    for where in places:
        cache.clear()
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            answer = client.get(where)
            text = bare(answer)
            transaction.set_rollback(True)
        if where.endswith("?download"):
            text = re.sub(r'"last_seen_at": "[^"]+"', "", text)
        found[where] = f"{text}\n{headers_of(answer)}\n{len(asked)} queries"
    return found


def headers_of(answer: HttpResponseBase) -> dict[str, str]:
    changing = ("X-Request-ID", "Date", "Content-Length", "Content-Security-Policy", "Set-Cookie")
    return {name: value for name, value in answer.items() if name not in changing}


def leave(desk: Desk, how: str) -> None:
    """The first reviewer may no longer know of the paper."""
    if how == "conflict":
        assigning.conflict(desk.members[0], desk.paper)
    elif how == "declared":
        role = factories.role(desk.call, "pc_member", desk.user(0))
        desk.paper.declared_conflicts.create(role=role)
    else:
        Assignment.objects.filter(pk=desk.rows[0].pk).update(state="withdrawn")


def guest_of(desk: Desk, **who: str) -> tuple[Client, str]:
    """A guest of the first reviewer who said yes, and their link."""
    CommitteeSettings.objects.update_or_create(edition=desk.call, defaults={"guests_need_approval": False})
    guests.propose(actor=desk.user(0), assignment=desk.rows[0], **{**WHO, **who})
    link = reverse("guest", args=["2021", Guest.objects.latest("pk").key])
    browser = Client()
    assert browser.post(link, {"answer": "accept"}).status_code == 302
    return browser, link


def fields(**more: Any) -> dict[str, Any]:
    return {f"q-{slug}": value for slug, value in (reviewing.ANSWERS | more).items()}
