"""The discussion of a paper: comments, private notes to the chairs, the mark "ready to decide", who leads it, its end.

Whoever may not read a discussion gets NotAllowed from everything here, which views answer as for a paper that does not
exist. Times are those at which a request arrived.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import participants, policy, queries, review_versions
from reviews.domain import mentions
from reviews.domain.review_form import normal, readable_by
from reviews.letters import discussion as letters
from reviews.models import Assignment, Comment, DiscussionRead, Handling, Review
from reviews.services import reviews
from reviews.services.reviewer_letters import letters_of
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale

LONGEST = 20_000
#: So long one may change what one wrote.
EDITABLE = timedelta(minutes=10)
READY, NOT_READY = "Ready to decide.", "No longer ready to decide."


def post(
    *,
    actor: User,
    paper: Paper,
    text: str,
    key: UUID,
    arrived_at: datetime,
    chairs_only: bool = False,
    reply_to: int | None = None,
) -> Comment:
    """Say something. `key` is made by the form: the same key again is the same comment. An answer to a private note is
    read by the chairs and whoever wrote that note.

    Raises NotAllowed, Closed, Refused (nothing said, too much, an answer to what is not there).
    """
    text = _clean(text)
    with transaction.atomic():
        paper = _held(actor, paper)
        if (former := Comment.objects.filter(key=key).first()) is not None:
            if (former.author_id, former.paper_id) != (actor.pk, paper.pk):
                raise Refused("Nothing was saved: open the page again, then send your comment.")
            return former
        handles = papers_policy.may_handle(actor, paper)
        _refuse_closed(paper, arrived_at, handles)
        parent = _parent(actor, paper, reply_to)
        private = chairs_only or (parent is not None and parent.readers == Comment.Readers.CHAIRS)
        row = Comment(
            paper=paper,
            key=key,
            author=actor,
            as_chair=handles,
            letter="" if handles else _letter(actor, paper),
            readers=Comment.Readers.CHAIRS if private else Comment.Readers.REVIEWERS,
            reply_to=parent,
            at=timezone.now(),
        )
        people = readers_of(row)
        row.text = _masked(text, people, paper.edition) if handles else text
        row.save()
        row.mentioned.set(_mentioned(row, people))
        _record(actor, "comment.written", row)
        letters.tell(row, people)
    return row


def edit(*, actor: User, comment: int, text: str, expected: str, arrived_at: datetime) -> Comment:
    """Change one's own comment within ten minutes. Who is mentioned only now is told now.

    Raises NotAllowed, Closed, Stale (`expected` is the stamp of what the page showed), Refused.
    """
    text = _clean(text)
    with transaction.atomic():
        row = _own(actor, comment)
        handles = papers_policy.may_handle(actor, row.paper)
        _refuse_closed(row.paper, arrived_at, handles)
        if arrived_at > row.at + EDITABLE:
            raise Closed(
                "Not changed: ten minutes are over, and others may have read it. Write another comment."
            )
        if stamp(row) != expected:
            raise Stale("Not changed: it was changed in another window. What you sent is still here.")
        people = readers_of(row)
        if handles:
            text = _masked(text, people, row.paper.edition)
        if text == row.text:
            return row
        row.text, row.edited_at = text, timezone.now()
        row.save(update_fields=["text", "edited_at"])
        before = set(row.mentioned.values_list("pk", flat=True))
        now = _mentioned(row, people)
        row.mentioned.set(now)
        _record(actor, "comment.edited", row)
        letters.mention(row, [it for it in people if it.user.pk in now - before])
    return row


def remove(*, actor: User, comment: int, arrived_at: datetime) -> Comment:
    """Take one's own comment back while the discussion is open: its text is gone, that there was one stays. Twice is the
    same as once. Raises NotAllowed, Closed.
    """
    with transaction.atomic():
        row = _own(actor, comment, removed=True)
        if row.removed_at is None:
            _refuse_closed(row.paper, arrived_at, papers_policy.may_handle(actor, row.paper))
            row.removed_at, row.text = timezone.now(), ""
            row.save(update_fields=["removed_at", "text"])
            row.mentioned.clear()
            _record(actor, "comment.removed", row)
            letters.withdraw(row)
    return row


def set_ready(*, actor: User, paper: Paper, ready: bool, arrived_at: datetime) -> Assignment:
    """A reviewer finds the paper ready to decide, or no longer. The change is noted in the thread."""
    with transaction.atomic():
        paper = _held(actor, paper)
        row = _own_assignment(actor, paper)
        if row is None:
            raise NotAllowed("Only its reviewers say so.")
        _refuse_closed(paper, arrived_at, handles=False)
        if (row.ready_at is not None) == ready:
            return row
        row.ready_at = timezone.now() if ready else None
        row.save(update_fields=["ready_at"])
        _note(actor, row, READY if ready else NOT_READY)
        _audit(actor, "discussion.ready" if ready else "discussion.not_ready", paper, member=str(row.member))
    return row


def set_lead(*, actor: User, paper: Paper, assignment: int | None) -> Handling:
    """A chair asks one of the reviewers to lead the discussion; None: nobody. Raises NotAllowed, Refused."""
    with transaction.atomic():
        paper = _handled(actor, paper)
        member = None
        if assignment is not None:
            row = (
                Assignment.objects.live().filter(paper=paper, pk=assignment).select_related("member").first()
            )
            if row is None:
                raise Refused("Choose one of the paper's reviewers. Nothing was changed.")
            member = row.member
        handling, _ = Handling.objects.select_related("lead").get_or_create(paper=paper)
        if handling.lead != member:
            before, handling.lead = handling.lead, member
            handling.save(update_fields=["lead"])
            _audit(
                actor,
                "discussion.lead",
                paper,
                lead=[str(before) if before else None, str(member) if member else None],
            )
    return handling


def set_closed(*, actor: User, paper: Paper, closed: bool) -> Handling:
    """A chair closes the discussion, and with it the reviews, or opens both again. Raises NotAllowed."""
    with transaction.atomic():
        paper = _handled(actor, paper)
        handling, _ = Handling.objects.get_or_create(paper=paper)
        if (handling.discussion_closed_at is not None) != closed:
            handling.discussion_closed_at = timezone.now() if closed else None
            handling.save(update_fields=["discussion_closed_at"])
            _audit(actor, "discussion.closed" if closed else "discussion.reopened", paper)
    return handling


def mark_read(*, actor: User, paper: Paper, until: datetime) -> None:
    """`actor` has read the discussion up to `until`; never moves back. What waits in the mail about it is called off."""
    with transaction.atomic():
        paper = _held(actor, paper)
        until = min(until, timezone.now())
        read, new = DiscussionRead.objects.get_or_create(paper=paper, user=actor, defaults={"at": until})
        if not new and read.at < until:
            read.at = until
            read.save(update_fields=["at"])
        letters.forget_read(paper, actor, until)


def note_score_changes(
    sender: Any, *, review: Review, actor: User, before: dict[str, Any] | None, **_: Any
) -> None:
    """A submitted review says other scores than before: the thread notes it, for those questions that reviewers read."""
    if before is None:
        return
    row = review.assignment
    asked = readable_by(queries.form_of(row.paper.edition), "committee")
    scored = [it for it in asked if it.kind != "text"]
    changed = [
        f"{it.question.label} from {it.before_words} to {it.after_words}"
        for it in review_versions.differences(scored, before, review.answers)
    ]
    if changed:
        _note(actor, row, f"Changed the review: {'; '.join(changed)}.")


def stamp(comment: Comment) -> str:
    """Equal as long as the comment says the same."""
    return (comment.edited_at or comment.at).isoformat()


def why_closed(paper: Paper, at: datetime, *, handles: bool) -> str:
    """Why nothing can be said any more, as a sentence; "" while it can. The date of the call ends it for reviewers only."""
    if paper.state != State.SUBMITTED:
        return f"#{paper.number} is no longer under review, so its discussion is over."
    if why := reviews.why_closed(paper):
        return why.replace("its reviews stay as they are", "nothing more is discussed")
    ends = None if handles else queries.discussion_ends(paper.edition)
    if ends is not None and not ends.open_at(at):
        return (
            f"The discussion of #{paper.number} ended with the date of the call. Write to the chairs if something is "
            "still to be said."
        )
    return ""


def readers_of(comment: Comment) -> list[participants.Participant]:
    """Everybody who may read `comment`: these may be mentioned in it, and hear of it."""
    people = participants.of(comment.paper)
    if comment.readers == Comment.Readers.REVIEWERS:
        return people
    noted = comment.reply_to.author_id if comment.reply_to else None
    return [it for it in people if it.chair or it.user.pk in (comment.author_id, noted)]


def _clean(text: str) -> str:
    if "\0" in text:
        raise Refused(
            "Not saved: your text contains a NUL character. It is invisible, so retype the passage where you pasted "
            "something."
        )
    text = normal(text)
    if not text:
        raise Refused("Nothing was saved: write something first.")
    if len(text) > LONGEST:
        raise Refused(
            f"Not saved: your text has {len(text):,} characters; at most {LONGEST:,} fit. Shorten it."
        )
    return text


def _held(actor: User, paper: Paper) -> Paper:
    """The paper, held until the transaction ends, if `actor` takes part in its discussion. Raises NotAllowed."""
    Paper.objects.select_for_update(of=("self",)).filter(pk=paper.pk).first()
    rows = Paper.objects.filter(policy.papers_discussed_by(actor), pk=paper.pk).exclude(state=State.DRAFT)
    found = rows.select_related("edition").first()
    if found is None:
        raise NotAllowed("There is no such discussion.")
    return found


def _handled(actor: User, paper: Paper) -> Paper:
    paper = _held(actor, paper)
    if not papers_policy.may_handle(actor, paper):
        raise NotAllowed("There is no such discussion.")
    return paper


def _own(actor: User, comment: int, *, removed: bool = False) -> Comment:
    """One's own comment, with its paper held. Raises NotAllowed."""
    row = Comment.objects.filter(pk=comment, author=actor, is_note=False).select_related("paper").first()
    if row is None:
        raise NotAllowed("There is no such comment.")
    paper = _held(actor, row.paper)
    row = Comment.objects.select_related("reply_to", "author").get(pk=comment)
    row.paper = paper
    if row.removed_at is not None and not removed:
        raise Closed("This comment was removed, so it cannot be changed. Write another one.")
    return row


def _own_assignment(actor: User, paper: Paper) -> Assignment | None:
    rows = Assignment.objects.filter(
        policy.own_assignments(actor), paper=paper, review__submitted_at__isnull=False
    )
    return rows.select_related("paper__edition", "member").first()


def _letter(actor: User, paper: Paper) -> str:
    row = _own_assignment(actor, paper)
    return (row.letter or letters_of(paper).get(row.pk, "")) if row else ""


def _parent(actor: User, paper: Paper, pk: int | None) -> Comment | None:
    """What is answered. There is one level: an answer to an answer belongs to the same comment."""
    if pk is None:
        return None
    rows = Comment.objects.visible_to(actor).filter(paper=paper, is_note=False)
    found = rows.select_related("reply_to").filter(pk=pk).first()
    if found is None:
        raise Refused("Nothing was saved: the comment that you answer is not there. Your text still is.")
    # An answer to a private answer in an open thread must not become public by moving up.
    if found.reply_to is not None and found.reply_to.readers == found.readers:
        found = found.reply_to
    if found.removed_at is not None:
        raise Refused("Nothing was saved: the comment that you answer was removed. Send yours as a new one.")
    return found


def _refuse_closed(paper: Paper, at: datetime, handles: bool) -> None:
    if why := why_closed(paper, at, handles=handles):
        raise Closed(f"Nothing was saved. {why}")


def _masked(text: str, people: Iterable[participants.Participant], edition: Edition) -> str:
    """Where reviewers know each other by letters, a chair's “@Name” becomes “@Reviewer B”: all read the same text.

    Never for a reviewer: which of the names they try becomes a letter would tell them who it is.
    """
    if queries.settings_of(edition).names_to_reviewers:
        return text
    return mentions.renamed(
        text, {it.name: f"Reviewer {it.letter}" for it in people if not it.chair and it.letter}
    )


def _mentioned(row: Comment, people: Iterable[participants.Participant]) -> set[int]:
    names = queries.settings_of(row.paper.edition).names_to_reviewers
    found = mentions.mentioned(row.text, participants.handles(people, names=names))
    return found - {row.author_id or 0}


def _note(actor: User, row: Assignment, text: str) -> None:
    Comment.objects.create(
        paper=row.paper,
        author=actor,
        letter=row.letter or letters_of(row.paper).get(row.pk, ""),
        text=text,
        is_note=True,
        at=timezone.now(),
    )


def _record(actor: User, verb: str, row: Comment) -> None:
    """That something was said, and to whom; never what."""
    _audit(actor, verb, row.paper, comment=row.pk, readers=row.readers)


def _audit(actor: User, verb: str, paper: Paper, **data: Any) -> None:
    audit.record(actor=actor, verb=verb, subject=paper, edition=paper.edition.slug, data=data)
