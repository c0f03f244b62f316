"""Letters in an edition's own words."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit, letter_form
from accounts.models import User
from submissions import policy
from submissions.letter_kinds import KINDS, LetterKind
from submissions.letters import texts
from submissions.letters.texts import Text
from submissions.models import Edition, LetterText
from submissions.services.errors import NotAllowed, Refused, Stale

MAX_SUBJECT, MAX_BODY = 200, 20_000
#: A placeholder may stand for a list of many lines: a text of nothing else would make letters of many megabytes.
MAX_PLACEHOLDERS = 50
STALE = (
    "Somebody else changed this letter in the meantime. Nothing was saved; compare the two and save again."
)


def check(kind: LetterKind, subject: str, body: str) -> dict[str, str]:
    """What is wrong with a text, as {field: sentence}; empty when it can be used."""
    problems = {}
    for name, value, most in (("subject", subject, MAX_SUBJECT), ("body", body, MAX_BODY)):
        try:
            if not value.strip():
                raise letter_form.LetterError(f"The {'subject' if name == 'subject' else 'text'} is empty.")
            if len(value) > most:
                raise letter_form.LetterError(
                    f"This has {len(value)} characters; at most {most} are possible. It begins “{value[:40]}…”."
                )
            if name == "subject" and ("\n" in value or "\r" in value):
                raise letter_form.LetterError(
                    "The subject is one line; this one has a line break after "
                    f"“{value.splitlines()[0][:60]}”."
                )
            letter_form.check(value, kind.offered)
            if (number := len(letter_form.placeholders(value))) > MAX_PLACEHOLDERS:
                raise letter_form.LetterError(
                    f"This has {number} placeholders; at most {MAX_PLACEHOLDERS} are possible. Put each in once."
                )
        except letter_form.LetterError as error:
            problems[name] = str(error)
    return problems


def save(*, actor: User, edition: Edition, kind: str, subject: str, body: str, expected: int) -> bool:
    """Set the text of a letter. `expected` is the revision the actor saw (0: the default). False: no difference.

    Raises NotAllowed, Refused (with the sentences of `check`), Stale.
    """
    it = _letter(actor, edition, kind)
    if problems := check(it, subject, body):
        raise Refused(" ".join(problems.values()))
    subject, body = subject.strip(), body.strip()
    with transaction.atomic():
        former = texts.of(edition, kind)
        if former.revision != expected:
            raise Stale(STALE)
        if (former.subject, former.body) == (subject, body):
            return False
        values = {
            "subject": subject,
            "body": body,
            "revision": expected + 1,
            "changed_at": timezone.now(),
            "changed_by": actor,
        }
        _write(edition, kind, expected, values)
        _record(actor, edition, it, former, Text(subject, body))
    return True


def back_to_default(*, actor: User, edition: Edition, kind: str, expected: int) -> bool:
    """Forget the edition's own text. False: there was none. Raises NotAllowed, Stale."""
    it = _letter(actor, edition, kind)
    with transaction.atomic():
        former = texts.of(edition, kind)
        if former.revision != expected:
            raise Stale(
                "Somebody else changed this letter in the meantime, and it stays so. Look at it again."
            )
        if not LetterText.objects.filter(edition=edition, kind=kind, revision=expected).delete()[0]:
            return False
        _record(actor, edition, it, former, texts.default(kind))
    return True


def _write(edition: Edition, kind: str, expected: int, values: dict[str, object]) -> None:
    if expected:
        if not LetterText.objects.filter(edition=edition, kind=kind, revision=expected).update(**values):
            raise Stale(STALE)
        return
    try:
        with transaction.atomic():
            LetterText.objects.create(edition=edition, kind=kind, **values)
    except IntegrityError as error:
        raise Stale(STALE) from error


def _letter(actor: User, edition: Edition, kind: str) -> LetterKind:
    if kind not in KINDS or not policy.may_chair(actor, edition):
        raise NotAllowed("There is no such letter.")
    return KINDS[kind]


def _record(actor: User, edition: Edition, kind: LetterKind, before: Text, after: Text) -> None:
    audit.record(
        actor=actor,
        verb="letter.changed",
        subject=edition,
        edition=edition.slug,
        data={
            "letter": kind.slug,
            "subject": [before.subject, after.subject],
            "body": [before.body, after.body],
        },
    )
