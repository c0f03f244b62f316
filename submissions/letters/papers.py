"""What is written to the contacts of a paper when something happened to it."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from accounts import mail_wishes, outbox
from accounts.models import Message, User
from submissions import queries
from submissions.domain.workflow import State
from submissions.letter_kinds import KINDS
from submissions.letters.sending import NO_TITLE, compose, moment_in_words, send
from submissions.models import Deadline, Extension, Paper

#: Changes of a submitted paper within this time are announced by one mail.
JOIN_CHANGES = timedelta(minutes=10)


def receipt(paper: Paper) -> None:
    """The paper is in: tell every contact at once."""
    _tell(paper, "receipt", lambda person: _receipt_values(paper, person))


def updated_receipt(paper: Paper) -> None:
    """A paper that was in has changed: one receipt for all changes within ten minutes, with its latest facts."""
    waiting = {
        message.to: message
        for message in Message.objects.filter(
            about=about(paper), kind="receipt", state=Message.State.QUEUED, due_at__gt=timezone.now()
        )
    }
    found = readers(paper)
    for address in set(waiting) - set(found):
        outbox.call_off(about=about(paper), kind="receipt", to=address)  # no longer a contact
    for address, person in found.items():
        values = _receipt_values(paper, person)
        message = waiting.get(address)
        if message is not None:
            letter = compose(
                KINDS["receipt_updated"],
                edition=paper.edition,
                to=address,
                person=person,
                url=paper.get_absolute_url(),
                paper=paper,
                values=values,
            )
            if outbox.rewrite(message=message, subject=letter.subject, text=letter.text, html=letter.html):
                continue
        send(
            "receipt",
            wording="receipt_updated",
            edition=paper.edition,
            to=address,
            person=person,
            about=about(paper),
            occasion=f"{paper.revision}-updated",
            url=paper.get_absolute_url(),
            paper=paper,
            values=values,
            due_at=timezone.now() + JOIN_CHANGES,
        )


def withdrawn(paper: Paper, *, by: User, as_chair: bool) -> None:
    outbox.call_off(about=about(paper), kind="receipt")
    who = "the chairs on your behalf" if as_chair else str(by)
    _tell(
        paper,
        "withdrawn",
        lambda person: {"by": who, "reason": paper.closed_reason, "closes": _closes(paper, person)},
    )


def revived(paper: Paper, *, by: User) -> None:
    """Withdrawn and now a draft again, with things missing."""
    missing = missing_list(paper)
    _tell(
        paper,
        "revived",
        lambda person: {"by": str(by), "missing_list": missing, "closes": _closes(paper, person)},
    )


def out_of_scope(paper: Paper, *, by: User) -> None:
    outbox.call_off(about=about(paper), kind="receipt")
    _tell(paper, "out_of_scope", lambda _: {"reason": paper.closed_reason})


def back_in_scope(paper: Paper, *, by: User) -> None:
    standing = (
        "It is submitted and will be considered like any other."
        if paper.state == State.SUBMITTED
        else "It is a draft again."
    )
    _tell(paper, "back_in_scope", lambda _: {"standing": standing})


def extended(extension: Extension, *, by: User) -> None:
    paper = extension.paper
    missing = "" if paper.state == State.SUBMITTED else missing_list(paper)
    _tell(
        paper,
        "extension",
        lambda person: {
            "until": moment_in_words(extension.until, paper.edition, person),
            "reason": extension.reason,
            "missing_list": missing,
        },
    )


def waived(paper: Paper, *, by: User) -> None:
    standing, manuscript = "", paper.manuscript
    if paper.state == State.SUBMITTED:
        version = f" with version {manuscript.version} ({manuscript.pages} pages)" if manuscript else ""
        standing = f"The paper is submitted{version}."
    missing = "" if standing else missing_list(paper)
    _tell(
        paper,
        "waiver",
        lambda _: {"reason": paper.waiver.reason, "standing": standing, "missing_list": missing},
    )


def deadline_moved(paper: Paper, *, deadline: Deadline, before: datetime, reason: str) -> None:
    """An edition-wide deadline moved: once per paper, contact and move."""
    standing = (
        f"Your paper #{paper.number}, “{paper.title}”, is submitted; nothing is needed from you. You may change it "
        "until then."
        if paper.state == State.SUBMITTED
        else ""
    )
    missing = "" if standing else missing_list(paper)
    _tell(
        paper,
        "deadline_moved",
        lambda person: {
            "date": deadline.label,
            "before": moment_in_words(before, paper.edition, person),
            "after": moment_in_words(deadline.at, paper.edition, person),
            "reason": reason,
            "standing": standing,
            "missing_list": missing,
        },
        occasion=f"{deadline.slug}-{deadline.revision}",
    )


def readers(paper: Paper) -> dict[str, User | None]:
    """The contacts of the paper, as `readers_of_many` finds them."""
    return readers_of_many([paper])[paper.pk]


def readers_of_many(papers: Iterable[Paper]) -> dict[int, dict[str, User | None]]:
    """{key of the paper: its contacts}, with the account of whoever has proven the address. One query.

    Somebody who is a contact of a paper under two addresses of theirs is written to at the first.
    """
    contacts = {paper.pk: queries.contacts(paper) for paper in papers}
    owners = mail_wishes.owners_of(address for addresses in contacts.values() for address in addresses)
    found: dict[int, dict[str, User | None]] = {pk: {} for pk in contacts}
    for pk, addresses in contacts.items():
        for address, person in addresses.items():
            owner = person or owners.get(address)
            if owner is None or owner not in found[pk].values():
                found[pk][address] = owner
    return found


def about(paper: Paper) -> str:
    """How a message says that it is about this paper."""
    return f"paper:{paper.pk}"


def missing_list(paper: Paper) -> str:
    """What the paper lacks, for the placeholder of that name."""
    return "\n".join(f"- {item.message}" for item in queries.missing_items(paper))


def facts(paper: Paper, person: User | None) -> str:
    """The facts of a receipt, a line each. Values are one line, so that a title cannot pose as another fact."""
    manuscript = paper.manuscript
    rows = {
        "Paper": f"#{paper.number}",
        "Title": paper.title or NO_TITLE,
        "Authors": ", ".join(author.name or author.email for author in paper.authors.all()),
        "Category": str(paper.category or ""),
    }
    if manuscript:
        rows |= {
            "File": f"{manuscript.download_name} ({manuscript.original_name})",
            "Pages": str(manuscript.pages),
            "SHA-256": manuscript.sha256,
        }
    rows["Received"] = moment_in_words(paper.changed_at, paper.edition, person)
    return "\n".join(f"{label}: {' '.join(value.split())}" for label, value in rows.items() if value)


def _receipt_values(paper: Paper, person: User | None) -> dict[str, str]:
    return {"facts": facts(paper, person), "closes": _closes(paper, person)}


def _closes(paper: Paper, person: User | None) -> str:
    closing = queries.closing_of(paper)
    return moment_in_words(closing.at, paper.edition, person) if closing else ""


def _tell(
    paper: Paper, kind: str, values: Callable[[User | None], dict[str, str]], *, occasion: str = ""
) -> None:
    for address, person in readers(paper).items():
        send(
            kind,
            edition=paper.edition,
            to=address,
            person=person,
            about=about(paper),
            occasion=occasion or str(paper.revision),
            url=paper.get_absolute_url(),
            paper=paper,
            values=values(person),
        )
