"""Changes of single assignments: by a chair's hand, by the member's answer, and when a paper leaves."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import open_reviews, policy
from reviews.domain.assignment_facts import Options
from reviews.letters import assignments as letters
from reviews.models import Assignment, Member, PairRule, Proposal
from reviews.models.assignment import Round
from reviews.services import matrix
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused, Stale

#: So long letters wait, so that what was done by mistake is undone before anybody hears of it.
HOLD = timedelta(minutes=10)
REASON_MAX_CHARS, SUBSTITUTE_MAX_CHARS = 2000, 300
LEFT = "the paper is no longer under review"

OFFER_FIELDS = (
    "state", "round", "proposal", "score", "assigned_by", "assigned_at", "answered_at", "reason", "substitute", "due_at",
)  # fmt: skip


def hold(edition: Edition) -> Edition:
    """Keep others from changing who reviews what until the transaction ends: edition, papers, assignments, in this order."""
    # Not its key: who holds papers (a release, a reminder) writes rows that name the edition, and must not wait for us.
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    list(Paper.objects.select_for_update().filter(edition=edition).order_by("pk").values_list("pk"))
    rows = Assignment.objects.select_for_update(of=("self",)).filter(paper__edition=edition)
    list(rows.order_by("pk").values_list("pk"))
    return edition


def offer(
    row: Assignment, *, actor: User, round_: str, score: float | None, proposal: Proposal | None = None
) -> None:
    """Make a row that was taken back an offer again, as if it were new. Not saved here."""
    row.state, row.round, row.proposal, row.score = Assignment.State.OFFERED, round_, proposal, score
    row.assigned_by, row.assigned_at, row.answered_at = actor, timezone.now(), None
    row.reason, row.substitute, row.due_at = "", "", None


def assign(
    *, actor: User, paper: Paper, member: Member, round: str = "first", score: float | None = None
) -> Assignment:
    """Ask `member` to review `paper`; the letter leaves in ten minutes. One that was taken back may be asked again.

    Raises NotAllowed; Refused with the reason when a conflict, a declined request or a rule stands against it.
    """
    if round not in Round.values:
        raise Refused(f"“{round}” is not a round: choose {', '.join(Round.values)}.")
    with transaction.atomic():
        edition = hold(paper.edition)
        paper = _handled(actor, paper)
        member = _reviewing(paper, member)
        row = Assignment.objects.filter(paper=paper, member=member).first()
        if row is not None and row.state in Assignment.LIVE:
            raise Refused(f"{member} reviews #{paper.number} already.")
        if reason := open_reviews.closed(edition).get(paper.pk):
            raise Refused(f"#{paper.number} {reason}. Nothing was changed.")
        if reason := why_not(actor, paper, member):
            raise Refused(reason)
        if row is None:
            row = Assignment(paper=paper, member=member)
        offer(row, actor=actor, round_=round, score=score)
        row.save()
        letters.tell(edition, [letters.News(member, offered=[paper])], due_at=timezone.now() + HOLD)
        _record(actor, "assignment.offered", row)
    return row


def why_not(actor: User, paper: Paper, member: Member) -> str:
    """Why `member` cannot be asked for `paper`, in a sentence; "" when nothing stands against it."""
    facts = matrix.gather(actor=actor, edition=paper.edition, options=Options(papers=(paper.number,)))
    pair = f"{member} and #{paper.number}"
    return {
        "": "",
        "own": f"{member} is an author of #{paper.number}.",
        "declared": f"The authors declared a conflict: {pair}.",
        "conflict": f"A conflict stands between {pair}. Dismiss it first, on the page of conflicts.",
        "declined": f"{member} declined #{paper.number} and is not asked again.",
        "rule": f"A chair forbade {pair}. Clear that first.",
    }[facts.forbidden.get((paper.pk, member.pk), "")]


def withdraw(*, actor: User, assignment: Assignment, reason: str = "") -> None:
    """Take a live assignment back and tell the member, unless the first letter has not left yet.

    Raises NotAllowed, Refused (too long a reason), Stale (it was declined or taken back meanwhile).
    """
    reason = _short(reason, "reason", REASON_MAX_CHARS)
    with transaction.atomic():
        edition = hold(assignment.paper.edition)
        paper = _handled(actor, assignment.paper)
        row = Assignment.objects.select_related("member__user").get(pk=assignment.pk)
        before = row.state
        if before not in Assignment.LIVE:
            raise Stale(f"{row.member} no longer reviews #{paper.number}: {row.get_state_display()}.")
        row.state, row.reason = Assignment.State.WITHDRAWN, reason
        row.save(update_fields=["state", "reason"])
        letters.tell(
            edition, [letters.News(row.member, taken=[(paper, reason)])], due_at=timezone.now() + HOLD
        )
        _record(actor, "assignment.withdrawn", row, before=before)


def set_rule(*, actor: User, paper: Paper, member: Member, kind: str) -> PairRule:
    """Lock or forbid a pair for every coming run (`PairRule.Kind`). Raises NotAllowed, Refused (a conflict, a contradiction)."""
    if kind not in PairRule.Kind.values:
        raise Refused(f"“{kind}” is not a rule for a pair: choose lock or forbid.")
    with transaction.atomic():
        hold(paper.edition)
        paper = _handled(actor, paper)
        member = _reviewing(paper, member)
        former = PairRule.objects.filter(paper=paper, member=member).first()
        if kind == PairRule.Kind.LOCK and (former is None or former.kind != PairRule.Kind.FORBID):
            if reason := why_not(actor, paper, member):
                raise Refused(reason)
        elif kind == PairRule.Kind.LOCK:
            raise Refused(f"{member} and #{paper.number} are forbidden. Clear that first.")
        rule, _ = PairRule.objects.update_or_create(
            paper=paper, member=member, defaults={"kind": kind, "set_by": actor, "at": timezone.now()}
        )
        if former is None or former.kind != kind:
            _record_rule(actor, paper, member, former.kind if former else None, kind)
    return rule


def clear_rule(*, actor: User, paper: Paper, member: Member) -> bool:
    """Forget the rule on a pair; False when there was none. Raises NotAllowed."""
    with transaction.atomic():
        hold(paper.edition)
        paper = _handled(actor, paper)
        former = PairRule.objects.filter(paper=paper, member=member).first()
        if former is None:
            return False
        former.delete()
        _record_rule(actor, paper, member, former.kind, None)
    return True


def _handled(actor: User, paper: Paper) -> Paper:
    """The paper as it is now, submitted and handled by the actor. Raises NotAllowed, Refused."""
    found = Paper.objects.filter(papers_policy.papers_handled_by(actor), pk=paper.pk).first()
    if found is None or not policy.may_run_committee(actor, found.edition):
        raise NotAllowed("There is no such paper.")
    if found.state != State.SUBMITTED:
        raise Refused(f"#{found.number} is {State(found.state).label.lower()}, so nobody reviews it.")
    return found


def _reviewing(paper: Paper, member: Member) -> Member:
    found = Member.objects.select_related("user").filter(pk=member.pk, edition=paper.edition_id).first()
    if found is None:
        raise NotAllowed("There is no such member.")
    if found.state != Member.State.ACCEPTED or found.kind not in Member.REVIEWING:
        raise Refused(f"{found} does not review for the committee ({found.get_state_display()}).")
    return found


def _record(actor: User | None, verb: str, row: Assignment, *, before: str | None = None) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=row.paper,
        edition=row.paper.edition.slug,
        data={"member": [None, str(row.member)], "state": [before, row.state], "round": [None, row.round]},
    )


def _record_rule(actor: User, paper: Paper, member: Member, before: str | None, after: str | None) -> None:
    data = {"member": [None, str(member)], "rule": [before, after]}
    audit.record(
        actor=actor, verb="assignment.rule_changed", subject=paper, edition=paper.edition.slug, data=data
    )


def _short(text: str, what: str, most: int) -> str:
    """`text` as it is kept. Raises Refused for one that is too long or holds what no text holds."""
    kept = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(kept) > most:
        raise Refused(f"The {what} has {len(kept)} characters; at most {most} fit. Nothing was changed.")
    return kept


# -- the member's answer --------------------------------------------------------------------------------------------------


def accept(*, actor: User, assignment: Assignment) -> None:
    """The member agrees. Twice is the same as once. Raises NotAllowed."""
    with transaction.atomic():
        row = _answered_by(actor, assignment)
        if row.state == Assignment.State.ACCEPTED:
            return
        row.state, row.answered_at = Assignment.State.ACCEPTED, timezone.now()
        row.save(update_fields=["state", "answered_at"])
        _record(actor, "assignment.accepted", row, before=Assignment.State.OFFERED)


def decline(*, actor: User, assignment: Assignment, reason: str, substitute: str = "") -> None:
    """The member cannot, before or after accepting. They are not asked again.

    Raises NotAllowed (also once the chairs took it back), Refused (too long, or the review is submitted).
    """
    reason = _short(reason, "reason", REASON_MAX_CHARS)
    substitute = " ".join(_short(substitute, "substitute", SUBSTITUTE_MAX_CHARS).split())
    with transaction.atomic():
        row = _answered_by(actor, assignment)
        if hasattr(row, "review") and row.review.submitted_at is not None:
            raise Refused(
                f"Your review of #{row.paper.number} is in. Write to the chairs if it should not count."
            )
        before = row.state
        row.state, row.answered_at = Assignment.State.DECLINED, timezone.now()
        row.reason, row.substitute = reason, substitute
        row.save(update_fields=["state", "answered_at", "reason", "substitute"])
        _record(actor, "assignment.declined", row, before=before)


def _answered_by(actor: User, assignment: Assignment) -> Assignment:
    """The row, held, if it is the actor's to answer: live, and no conflict in the way."""
    Assignment.objects.select_for_update(of=("self",)).filter(pk=assignment.pk).first()
    rows = Assignment.objects.filter(policy.own_assignments(actor), pk=assignment.pk)
    found = rows.select_related("paper__edition", "member").first()
    if found is None:
        raise NotAllowed("There is no such assignment.")
    return found


# -- what follows from elsewhere --------------------------------------------------------------------------------------------


def follow_paper(paper: Paper) -> int:
    """A paper left the process: its live assignments are taken back and the members told. Returns how many.

    Recorded as the system's: an author who withdraws finds what they did among their own data, and nothing that follows for
    the committee. Called inside the transaction that moved the paper, which holds its row.
    """
    return end(paper.edition, [paper], actor=None)


def end(edition: Edition, papers: Sequence[Paper], *, actor: User | None) -> int:
    """Nobody reviews these papers any more: live assignments are taken back, each member told in one letter. Returns how many.

    Called inside a transaction that holds the papers. The queries grow with the papers for the record alone.
    """
    rows = list(
        Assignment.objects.live()
        .filter(paper__in=papers)
        .select_for_update(of=("self",))
        .select_related("member__user")
        .order_by("pk")
    )
    if not rows:
        return 0
    Assignment.objects.filter(pk__in=[it.pk for it in rows]).update(
        state=Assignment.State.WITHDRAWN, reason=LEFT
    )
    by_key, news = {it.pk: it for it in papers}, dict[int, letters.News]()
    names: dict[int, list[str]] = {}
    for it in rows:
        told = news.setdefault(it.member_id, letters.News(it.member))
        told.taken.append((by_key[it.paper_id], LEFT))
        names.setdefault(it.paper_id, []).append(str(it.member))
    letters.tell(edition, news.values(), due_at=timezone.now() + HOLD)
    for pk, members in names.items():
        audit.record(
            actor=actor,
            verb="assignment.ended",
            subject=by_key[pk],
            edition=edition.slug,
            data={"members": [None, len(members)], "names": [None, ", ".join(members)]},
        )
    return len(rows)
