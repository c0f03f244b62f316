"""What is written to whom about papers. Each letter is rendered here and queued in the caller's transaction."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.models import Message, User
from submissions import queries
from submissions.domain.deadlines import in_words, zone
from submissions.models import Deadline, Edition, Extension, Paper

#: Changes of a submitted paper within this time are announced by one mail.
JOIN_CHANGES = timedelta(minutes=10)


def receipt(paper: Paper) -> None:
    """The paper is in: tell every contact at once."""
    for address, person in queries.contacts(paper).items():
        _post(paper, "receipt", address, person, occasion=str(paper.revision))


def updated_receipt(paper: Paper) -> None:
    """A paper that was in has changed: one receipt for all changes within ten minutes, with its latest facts."""
    waiting = {
        message.to: message
        for message in Message.objects.filter(
            about=_about(paper), kind="receipt", state=Message.State.QUEUED, due_at__gt=timezone.now()
        )
    }
    for address, person in queries.contacts(paper).items():
        subject, text = render("receipt", paper, person, {"updated": True})
        message = waiting.get(address)
        if message is not None and outbox.rewrite(message=message, subject=subject, text=text):
            continue
        _post(
            paper,
            "receipt",
            address,
            person,
            occasion=f"{paper.revision}-updated",
            due_at=timezone.now() + JOIN_CHANGES,
            extra={"updated": True},
        )


def withdrawn(paper: Paper, *, by: User, as_chair: bool) -> None:
    outbox.call_off(about=_about(paper), kind="receipt")
    _tell(paper, "withdrawn", by=by, as_chair=as_chair)


def revived(paper: Paper, *, by: User) -> None:
    """Withdrawn and now a draft again, with things missing."""
    _tell(paper, "revived", by=by)


def out_of_scope(paper: Paper, *, by: User) -> None:
    outbox.call_off(about=_about(paper), kind="receipt")
    _tell(paper, "out_of_scope", by=by)


def back_in_scope(paper: Paper, *, by: User) -> None:
    _tell(paper, "back_in_scope", by=by)


def extended(extension: Extension, *, by: User) -> None:
    _tell(extension.paper, "extension", by=by, extension=extension)


def waived(paper: Paper, *, by: User) -> None:
    _tell(paper, "waiver", by=by)


def deadline_moved(paper: Paper, *, deadline: Deadline, before: datetime, reason: str) -> None:
    """An edition-wide deadline moved: once per paper, contact and move."""
    for address, person in queries.contacts(paper).items():
        _post(
            paper,
            "deadline_moved",
            address,
            person,
            occasion=f"{deadline.slug}-{deadline.revision}",
            extra={
                "label": deadline.label,
                "before": _in_words(before, paper.edition, person),
                "after": _in_words(deadline.at, paper.edition, person),
                "reason": reason,
            },
        )


def _tell(paper: Paper, kind: str, **extra: Any) -> None:
    for address, person in queries.contacts(paper).items():
        _post(paper, kind, address, person, occasion=str(paper.revision), extra=extra)


def _post(
    paper: Paper,
    kind: str,
    address: str,
    person: User | None,
    *,
    occasion: str,
    due_at: datetime | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    subject, text = render(kind, paper, person, extra or {})
    outbox.post(
        key=f"{kind}:{_about(paper)}:{address}:{occasion}",
        kind=kind,
        to=address,
        person=person,
        about=_about(paper),
        edition=paper.edition.slug,
        reply_to=paper.edition.contact_email,
        subject=subject,
        text=text,
        due_at=due_at,
    )


def render(kind: str, paper: Paper, person: User | None, extra: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a letter: the template's first line is the subject."""
    edition = paper.edition
    closing = queries.closing_of(paper)
    context = {
        "paper": paper,
        "edition": edition,
        "person": person,
        "url": settings.SITE_URL + paper.get_absolute_url(),
        "account_url": settings.SITE_URL + reverse("account_home"),
        "received": _in_words(paper.changed_at, edition, person),
        "closes": _in_words(closing.at, edition, person) if closing else "",
        "authors": [author.name or author.email for author in paper.authors.all()],
        "manuscript": paper.manuscript,
        "missing": queries.missing_items(paper),
        **extra,
    }
    extension = extra.get("extension")
    if extension is not None:
        context["until"] = _in_words(extension.until, edition, person)
    subject, _, text = render_to_string(f"submissions/letters/{kind}.txt", context).strip().partition("\n")
    return subject.strip(), text.strip() + "\n"


def _in_words(moment: datetime, edition: Edition, person: User | None) -> str:
    """A moment in the call's zone, and in the reader's own (UTC where it is not known) when that differs."""
    words, own = in_words(moment, edition.time_zone), (person.time_zone if person else "") or "UTC"
    if moment.astimezone(zone(own)).utcoffset() == moment.astimezone(zone(edition.time_zone)).utcoffset():
        return words
    return f"{words} ({in_words(moment, own)})"


def _about(paper: Paper) -> str:
    return f"paper:{paper.pk}"
