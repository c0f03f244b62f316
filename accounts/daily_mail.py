"""One mail a day for those who want it: what waits for the same reader at the same time is joined before it leaves."""

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import mail_wishes, outbox
from accounts.letter_form import SIGNATURE, html_of, split_signature
from accounts.models import Message, MessageAbout


def join_due(now: datetime) -> None:
    """Make one mail of the messages that the same reader wants once a day. A single one goes as it is."""
    together: dict[tuple[str, str], list[Message]] = {}
    for message in Message.objects.due(now).filter(daily=True, attempts=0).order_by("due_at", "pk"):
        together.setdefault((message.to, message.edition), []).append(message)
    for parts in together.values():
        if len(parts) > 1:
            _join(parts)


def _join(parts: list[Message]) -> None:
    first, rows = parts[0], Message.objects.filter(pk__in=[part.pk for part in parts])
    with transaction.atomic():
        if rows.filter(state=Message.State.QUEUED).update(state=Message.State.JOINED) != len(parts):
            transaction.set_rollback(True)  # another worker is at it
            return
        prefix = re.match(r"\[[^\]]+\] ", first.subject)
        subject = f"{prefix[0] if prefix else ''}{len(parts)} messages of the day"
        bodies = [f"{part.subject}\n\n{split_signature(part.text)[0]}" for part in parts]
        foot = (
            "You receive this as one mail because you chose so. "
            f"Change it: {settings.SITE_URL}{reverse('account_mail')}"
        )
        text = f"\n\n{'–' * 20}\n\n".join(bodies) + f"\n{SIGNATURE}{foot}\n"
        groups = {part.optional_group for part in parts}
        joined = outbox.post(
            key=f"daily:{first.pk}:{first.to}:{first.due_at:%Y-%m-%d}",
            kind="daily",
            to=first.to,
            person=first.person,
            subject=subject,
            text=text,
            html=html_of(text, heading=subject),
            edition=first.edition,
            reply_to=first.reply_to,
            optional_group=groups.pop() if len(groups) == 1 else mail_wishes.ALL,
            also_about=[part.about for part in parts if part.about]
            + list(MessageAbout.objects.filter(message__in=rows).values_list("about", flat=True)),
        )
        rows.update(joined_into=joined)
