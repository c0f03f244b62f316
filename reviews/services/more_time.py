"""“I need until Friday”: a reviewer asks for a later date, a chair grants or refuses it. Reminders are silent meanwhile."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import policy, queries
from reviews.domain.review_form import normal
from reviews.letters import more_time as letters
from reviews.models import Assignment, MoreTime
from reviews.services import reviews
from submissions import policy as papers_policy
from submissions.domain.deadlines import end_of_day, in_words, zone
from submissions.domain.workflow import State
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused, Stale

REASON_MAX_CHARS = 1000
#: Nobody needs longer; who does should give the paper back.
LONGEST = timedelta(days=60)


def ask(*, actor: User, assignment: Assignment, day: date, reason: str) -> MoreTime:
    """Ask for a date: until the end of `day` in the call's zone. Asking again changes what still waits.

    Raises NotAllowed; Refused when the review is in or closed, for a day that is over, not later or too far away.
    """
    reason = _short(reason, "Nothing was sent")
    with transaction.atomic():
        Assignment.objects.select_for_update(of=("self",)).filter(pk=assignment.pk).first()
        rows = Assignment.objects.filter(policy.own_assignments(actor), pk=assignment.pk)
        row = rows.select_related("paper__edition", "member__user").first()
        if row is None:
            raise NotAllowed("There is no such paper among those you review.")
        until = _until(row, day)
        waiting = MoreTime.objects.filter(assignment=row, state=MoreTime.State.ASKED).first()
        if waiting is not None and (waiting.until, waiting.reason) == (until, reason):
            return waiting
        asked = waiting or MoreTime(assignment=row)
        asked.until, asked.reason, asked.asked_at = until, reason, timezone.now()
        asked.save()
        _record(actor, "more_time.asked", asked, until=until.isoformat())
        letters.asked(asked)
    return asked


def answer(*, actor: User, request: int, expected: str, grant: bool, words: str) -> MoreTime:
    """A chair grants the date or refuses it; the reviewer is told. A refusal says why.

    Raises NotAllowed, Refused, Stale (another chair was faster, or the reviewer asked for another date than that of the
    page, whose stamp is `expected`).
    """
    words = _short(words, "Nothing was sent")
    if not grant and not words:
        raise Refused("Say why, so that the reviewer knows what to do. Nothing was sent.")
    with transaction.atomic():
        found = MoreTime.objects.filter(pk=request).select_related("assignment__paper").first()
        if found is None:
            raise NotAllowed("There is no such request.")
        Paper.objects.select_for_update(of=("self",)).filter(pk=found.assignment.paper_id).first()
        row = Assignment.objects.select_for_update(of=("self",)).get(pk=found.assignment_id)
        if not papers_policy.may_handle(actor, found.assignment.paper):
            raise NotAllowed("There is no such request.")
        asked = MoreTime.objects.select_related("assignment__paper__edition", "assignment__member__user").get(
            pk=request
        )
        if asked.state != MoreTime.State.ASKED:
            raise Stale(f"It was answered already: {asked.get_state_display()}. Nothing was changed.")
        if stamp(asked) != expected:
            raise Stale(f"{row.member} asks for another date now. Look at it again: nothing was changed.")
        if row.state not in Assignment.LIVE:
            raise Refused("The review is no longer asked for, so there is nothing to answer.")
        asked.state = MoreTime.State.GRANTED if grant else MoreTime.State.REFUSED
        asked.answered_by, asked.answered_at, asked.answer = actor, timezone.now(), words
        asked.save(update_fields=["state", "answered_by", "answered_at", "answer"])
        if grant:
            row.due_at = asked.until
            row.save(update_fields=["due_at"])
        _record(actor, f"more_time.{asked.state}", asked, until=asked.until.isoformat())
        letters.answered(asked)
    return asked


def stamp(request: MoreTime) -> str:
    """Equal as long as the request asks for the same."""
    return request.asked_at.isoformat()


def waiting(user: User, edition: str) -> Any:
    """Requests that wait for an answer, about papers `user` handles; the earliest first. One query."""
    rows = MoreTime.objects.filter(
        state=MoreTime.State.ASKED,
        assignment__state__in=Assignment.LIVE,
        assignment__review__submitted_at__isnull=True,
        assignment__paper__in=_handled(user, edition).filter(state=State.SUBMITTED).values("pk"),
    )
    return rows.select_related("assignment__paper", "assignment__member").order_by("until", "pk")


def find(user: User, edition: str, pk: int) -> MoreTime | None:
    """A request about a paper that `user` handles, whatever became of it."""
    return MoreTime.objects.filter(pk=pk, assignment__paper__in=_handled(user, edition).values("pk")).first()


def _handled(user: User, edition: str) -> Any:
    return Paper.objects.filter(papers_policy.papers_handled_by(user), edition__slug=edition)


def _until(row: Assignment, day: date) -> datetime:
    edition = row.paper.edition
    review = getattr(row, "review", None)
    if review is not None and review.submitted_at is not None:
        raise Refused("Your review is in, so there is no date to move. You can still change it.")
    if why := reviews.why_closed(row.paper):
        raise Refused(why)
    due = queries.due_of(row, queries.reviews_due(edition))
    if due is None:
        raise Refused("The call sets no date for reviews, so you need not ask for another.")
    now = timezone.now()
    today = now.astimezone(zone(edition.time_zone)).date()
    if day > today + LONGEST:
        raise Refused(f"{day:%-d %B %Y} is more than {LONGEST.days} days away. Choose an earlier day.")
    until = end_of_day(day, edition.time_zone)
    if until <= max(due.at, now):
        shown = in_words(max(due.at, now), edition.time_zone)
        raise Refused(f"{day:%-d %B %Y} is not later than {shown}. Choose a later day.")
    return until


def _short(text: str, consequence: str) -> str:
    text = normal(text)
    if "\0" in text:
        raise Refused(f"The text contains a NUL character: retype it. {consequence}.")
    if len(text) > REASON_MAX_CHARS:
        raise Refused(
            f"The text has {len(text):,} characters; at most {REASON_MAX_CHARS:,} fit. {consequence}."
        )
    return text


def _record(actor: User, verb: str, row: MoreTime, **data: Any) -> None:
    paper = row.assignment.paper
    data |= {"member": str(row.assignment.member)}
    audit.record(actor=actor, verb=verb, subject=paper, edition=paper.edition.slug, data=data)
