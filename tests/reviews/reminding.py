"""Rules of reminders in the review phase, and the letters they brought, for the tests of both."""

from datetime import timedelta
from typing import Any

from accounts.models import Message
from submissions.models import Edition, ReminderRule
from tests.factories import utc

#: Ten in the morning for everybody here: nothing of these tests is about nights.
NOW = utc(2021, 2, 8, 10)
DUE = utc(2021, 3, 1, 10)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def rule(call: Edition, audience: str, *when: str, kind: str = "reviews", **fields: Any) -> ReminderRule:
    return ReminderRule.objects.create(
        edition=call,
        deadline=call.deadlines.get(kind=kind),
        audience=audience,
        when=list(when),
        active_since=NOW,
        **fields,
    )


def letters(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind).order_by("created_at", "pk"))


def lines(message: Message) -> list[str]:
    return [it[2:] for it in message.text.splitlines() if it.startswith("- ")]


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())
