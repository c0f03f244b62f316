"""From a kind of letter and its values to a queued message. The one way by which this room writes to anybody."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts import letter_form, mail_wishes, outbox
from accounts.letter_form import Block, Frame, LetterError
from accounts.models import Message, User
from submissions.domain.deadlines import in_words, zone
from submissions.letter_kinds import KINDS, LetterKind
from submissions.letters import texts
from submissions.letters.texts import Text
from submissions.models import Edition, Paper

log = logging.getLogger(__name__)

NO_VALUES: Mapping[str, str] = {}
NO_TITLE = "(no title yet)"


@dataclass(frozen=True)
class Letter:
    """One letter with its values, ready for both parts of a mail and for a preview."""

    subject: str
    blocks: list[Block]
    frame: Frame

    @property
    def text(self) -> str:
        return letter_form.plain(self.blocks, self.frame)

    @property
    def html(self) -> str:
        return letter_form.html(self.blocks, self.frame)


def send(
    kind: str,
    *,
    edition: Edition,
    to: str,
    person: User | None,
    about: str,
    occasion: str,
    url: str,
    paper: Paper | None = None,
    values: Mapping[str, str] = NO_VALUES,
    due_at: datetime | None = None,
    wording: str = "",
    at_once: bool = False,
    also_about: Iterable[str] = (),
) -> Message | None:
    """Queue one letter to one person, once for each `occasion`. None when the reader has switched this kind off.

    `url` is the page the letter leads to, with or without the site's address. `values` are plain texts for the
    kind's own placeholders; what it lacks is taken for empty. `wording` names another text than the kind's own.
    `at_once`: it would come too late in the daily mail of a reader who wants one.
    A text of the edition that cannot be used never keeps a letter back: the default is sent, and the log says so.
    """
    it = KINDS[kind]
    if not it.required:
        reader = person or mail_wishes.owner_of(to)
        wishes = mail_wishes.wishes_of(address=to, person=reader)
        if wishes.refuses(it.optional_group):
            return None
    letter = compose(
        KINDS[wording or kind], edition=edition, to=to, person=person, url=url, paper=paper, values=values
    )
    # What was written for one pair of eyes is never joined with what others may read.
    daily = not it.required and not it.personal and not at_once and wishes.daily and reader is not None
    if daily:
        due_at = mail_wishes.next_morning(reader, due_at)
    return post(
        letter,
        kind=it,
        edition=edition,
        to=to,
        person=person,
        about=about,
        occasion=occasion,
        due_at=due_at,
        daily=daily,
        also_about=also_about,
    )


def post(
    letter: Letter,
    *,
    kind: LetterKind,
    edition: Edition,
    to: str,
    person: User | None,
    about: str,
    occasion: str,
    due_at: datetime | None = None,
    daily: bool = False,
    also_about: Iterable[str] = (),
    batch: UUID | None = None,
) -> Message:
    """Queue a composed letter under its key."""
    return outbox.post(
        key=f"{kind.slug}:{about}:{to}:{occasion}",
        kind=kind.slug,
        to=to,
        person=person,
        about=about,
        also_about=also_about,
        edition=edition.slug,
        reply_to=edition.contact_email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        due_at=due_at,
        optional_group=kind.optional_group,
        daily=daily,
        batch=batch,
    )


def compose(
    kind: LetterKind,
    *,
    edition: Edition,
    to: str,
    person: User | None,
    url: str,
    paper: Paper | None = None,
    values: Mapping[str, str] = NO_VALUES,
    text: Text | None = None,
    sample: bool = False,
) -> Letter:
    """The letter as this reader gets it. With a `text` given (by an editor) its errors are raised: LetterError.

    `sample`: for the eyes of somebody else, so without the reader's own link that stops such mail.
    """
    stop_url = ""
    if not kind.required:
        group = kind.optional_group
        stop_url = mail_wishes.OWN_LINK if sample else mail_wishes.stop_url(address=to, group=group)
    known = {**dict.fromkeys(kind.offered, ""), **common_values(edition, person, paper), **values}
    whole_url = url if url.startswith("http") else settings.SITE_URL + url
    if sample and mail_wishes.without_own_links(whole_url) != whole_url:
        whole_url = ""
    frame = Frame(
        heading=edition.short_name,
        url=whole_url,
        button=kind.button,
        why=letter_form.fill_line(kind.why, known),
        contact=edition.contact_email,
        stop_url=stop_url,
    )
    if text is not None:
        return _filled(text, known, frame)
    text = texts.of(edition, kind.slug)
    try:
        return _filled(text, known, frame)
    except LetterError:
        if not text.revision:
            raise
        log.exception("The text of “%s” of %s cannot be used; the default is sent.", kind.slug, edition.slug)
        return _filled(texts.default(kind.slug), known, frame)


def _filled(text: Text, values: Mapping[str, str], frame: Frame) -> Letter:
    return Letter(letter_form.fill_line(text.subject, values), letter_form.fill(text.body, values), frame)


def common_values(edition: Edition, person: User | None, paper: Paper | None) -> dict[str, str]:
    """What the placeholders of every letter stand for."""
    values = {
        "edition": edition.short_name,
        "name": str(person) if person else "colleague",
        "contact": edition.contact_email,
    }
    if paper is not None:
        values |= {"paper_number": str(paper.number), "paper_title": paper.title or NO_TITLE}
    return values


def moment_in_words(moment: datetime, edition: Edition, person: User | None) -> str:
    """A moment in the call's zone, and in the reader's own (UTC where it is not known) when that differs."""
    words, own = in_words(moment, edition.time_zone), (person.time_zone if person else "") or "UTC"
    if moment.astimezone(zone(own)).utcoffset() == moment.astimezone(zone(edition.time_zone)).utcoffset():
        return words
    return f"{words} ({in_words(moment, own)})"
