"""Making a proposal hold, and taking it back: what would change, who would be written to, and both at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews.domain.assignment_facts import Facts, Pair
from reviews.letters import assignments as letters
from reviews.models import Assignment, Member, Proposal, ProposedPair
from reviews.services import assignments, matrix, proposals
from reviews.services.assignments import HOLD
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import Refused, Stale

#: What members read when a plan gives their paper to somebody else, or is undone.
REPLANNED, UNDONE = "the chairs changed the plan", "the chairs took the plan back"


@dataclass(frozen=True)
class Diff:
    """What applying a proposal would do. `added`: new pairs; `kept`, `taken`: live assignments that stay and go."""

    added: Sequence[ProposedPair]
    kept: Sequence[Assignment]
    taken: Sequence[Assignment]


def diff(*, actor: User, proposal: Proposal) -> Diff:
    """Against the present assignments of the papers the actor handles. Constant queries."""
    proposal = proposals.own(actor, proposal)
    covered = [it.pk for it in proposals.stored_facts(proposal).papers]
    return _diff(actor, proposal, covered)


def _diff(actor: User, proposal: Proposal, covered: Iterable[int]) -> Diff:
    keys, wanted = set(covered), list(proposals.pairs(actor=actor, proposal=proposal))
    live = [it for it in _live(actor, proposal.edition) if it.paper_id in keys]
    asked = {(it.paper_id, it.member_id) for it in wanted}
    present = {(it.paper_id, it.member_id) for it in live}
    return Diff(
        added=[it for it in wanted if (it.paper_id, it.member_id) not in present],
        kept=[it for it in live if (it.paper_id, it.member_id) in asked],
        taken=[it for it in live if (it.paper_id, it.member_id) not in asked],
    )


def _live(actor: User, edition: Edition) -> QuerySet[Assignment]:
    handled = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, state=State.SUBMITTED
    )
    found = Assignment.objects.live().filter(paper__in=handled.values("pk"))
    return found.select_related("paper", "member__user")


@dataclass(frozen=True)
class Mail:
    """One letter that applying would send. `address` "": this person cannot be written to."""

    name: str
    address: str
    subject: str
    text: str


def preview(*, actor: User, proposal: Proposal) -> list[Mail]:
    """The letters that `apply` would queue, by name of the reader. Constant queries."""
    changes = diff(actor=actor, proposal=proposal)
    news = _news(changes.added, changes.taken, REPLANNED)
    return [
        Mail(it.member.name, it.address, it.letter.subject, it.letter.text)
        for it in letters.drafts(proposal.edition, news, user=actor)
    ]


def _news(
    offered: Iterable[ProposedPair | Assignment], taken: Iterable[Assignment], reason: str
) -> list[letters.News]:
    """What each member is to hear. Who must not see a paper any more hears of it only that it is gone."""
    found: dict[int, letters.News] = {}
    members = _with_accounts([*offered, *taken])
    for one in offered:
        found.setdefault(one.member_id, letters.News(members[one.member_id])).offered.append(one.paper)
    for gone in taken:
        found.setdefault(gone.member_id, letters.News(members[gone.member_id])).taken.append(
            (gone.paper, reason)
        )
    return list(found.values())


def _with_accounts(rows: Iterable[ProposedPair | Assignment]) -> dict[int, Member]:
    return Member.objects.select_related("user").in_bulk({it.member_id for it in rows})


def apply(*, actor: User, proposal: Proposal) -> Diff:
    """Make the plan hold: offer, keep and take back assignments in one transaction; letters leave ten minutes later.

    Raises NotAllowed, Refused (not ready), Stale with words about what changed since it was computed.
    """
    with transaction.atomic():
        # Two chairs, or two clicks: the second waits here, and then finds what the first has done.
        edition = assignments.hold(proposal.edition)
        proposal = proposals.own(actor, proposal)
        if proposal.state != Proposal.State.READY:
            raise Refused(_not_ready(proposal))
        now, changes = proposals.since(actor, proposal)
        blocking = [it.sentence for it in changes if it.blocks]
        if blocking:
            raise Stale(
                "Nothing was applied, because this plan is out of date. "
                + " ".join(blocking)
                + " Compute it again."
            )
        done = _diff(actor, proposal, [it.pk for it in now.papers])
        _refuse_forbidden(now, done.added)
        proposal.applied = _carry_out(actor, proposal, done)
        proposal.state, proposal.applied_at = Proposal.State.APPLIED, timezone.now()
        proposal.save(update_fields=["applied", "state", "applied_at"])
        letters.tell(
            edition,
            _news(done.added, done.taken, REPLANNED),
            due_at=proposal.applied_at + HOLD,
            batch=proposal.key,
        )
        audit.record(
            actor=actor,
            verb="proposal.applied",
            subject=proposal,
            edition=edition.slug,
            # No counts: a reader of the record whom a paper is hidden from could subtract.
            data={"input": [None, proposal.input_hash]},
        )
    return done


def _not_ready(proposal: Proposal) -> str:
    if proposal.state == Proposal.State.APPLIED:
        return "This plan was applied already."
    if proposal.standing == Proposal.State.COMPUTING:
        return "This plan is still being computed."
    return f"This plan cannot be applied: it is {proposal.standing.label}."


def _refuse_forbidden(now: Facts, added: Iterable[ProposedPair]) -> None:
    """The facts are the same as when it was computed, so this cannot be; a wall is asked twice all the same."""
    if any((it.paper_id, it.member_id) in now.forbidden for it in added):
        raise Stale("Nothing was applied: the plan holds a pair that is kept apart now. Compute it again.")


def _carry_out(actor: User, proposal: Proposal, done: Diff) -> dict[str, Any]:
    """Write the assignments. Returns what has to be known to undo it: keys, and the states before."""
    now = timezone.now()
    former = {
        (it.paper_id, it.member_id): it
        for it in Assignment.objects.filter(paper__in={it.paper_id for it in done.added})
    }
    again = [(former[pair], it) for it in done.added if (pair := (it.paper_id, it.member_id)) in former]
    for row, it in again:
        assignments.offer(row, actor=actor, round_=proposal.round, score=it.score, proposal=proposal)
    Assignment.objects.bulk_update([row for row, _ in again], assignments.OFFER_FIELDS)
    Assignment.objects.bulk_create(
        Assignment(
            paper_id=it.paper_id,
            member_id=it.member_id,
            round=proposal.round,
            proposal=proposal,
            score=it.score,
            assigned_by=actor,
            assigned_at=now,
        )
        for it in done.added
        if (it.paper_id, it.member_id) not in former
    )
    added: set[Pair] = {(it.paper_id, it.member_id) for it in done.added}
    rows = Assignment.objects.filter(proposal=proposal).values_list("pk", "paper", "member")
    Assignment.objects.filter(pk__in=[it.pk for it in done.taken]).update(
        state=Assignment.State.WITHDRAWN, reason=REPLANNED
    )
    return {
        "offered": [pk for pk, paper, member in rows if (paper, member) in added],
        "taken": [[it.pk, it.state, it.reason] for it in done.taken],
    }


# -- undo ---------------------------------------------------------------------------------------------------------------


def may_undo(*, actor: User, proposal: Proposal) -> str:
    """ "" when `undo` would work now, else the sentence that says why not."""
    proposal = proposals.own(actor, proposal)
    if proposal.state != Proposal.State.APPLIED:
        return "This plan is not applied."
    begun = _offered(actor, proposal).filter(started_at__isnull=False).first()
    return f"The review of #{begun.paper.number} has begun, so the plan stays." if begun else ""


def _offered(actor: User, proposal: Proposal) -> QuerySet[Assignment]:
    """What the plan brought and is still as it brought it, of papers the actor handles now."""
    found = _live(actor, proposal.edition).filter(proposal=proposal)
    return found.filter(pk__in=proposal.applied.get("offered", []))


def undo(*, actor: User, proposal: Proposal) -> int:
    """Bring back what `apply` changed, as long as no review has begun; returns how many assignments were changed.

    Letters that have not left are called off, who was written to is told. Papers that a conflict has hidden from the
    actor since stay as they are. Raises NotAllowed, Refused.
    """
    with transaction.atomic():
        edition = assignments.hold(proposal.edition)
        proposal = proposals.own(actor, proposal)
        if problem := may_undo(actor=actor, proposal=proposal):
            raise Refused(problem)
        offered = list(_offered(actor, proposal))
        restored = _restore(actor, proposal)
        Assignment.objects.filter(pk__in=[it.pk for it in offered]).update(
            state=Assignment.State.WITHDRAWN, reason=UNDONE
        )
        Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.UNDONE)
        letters.tell(
            edition, _news(restored, offered, UNDONE), due_at=timezone.now() + HOLD, batch=proposal.key
        )
        audit.record(
            actor=actor,
            verb="proposal.undone",
            subject=proposal,
            edition=edition.slug,
            data={"input": [None, proposal.input_hash]},
        )
    return len(offered) + len(restored)


def _restore(actor: User, proposal: Proposal) -> list[Assignment]:
    """Give back what the plan took, to members who still review and are not kept apart from the paper by now."""
    former = {pk: (state, reason) for pk, state, reason in proposal.applied.get("taken", [])}
    options = proposals.stored_facts(proposal).options
    facts = matrix.gather(actor=actor, edition=proposal.edition, options=options, planning=True)
    papers, members = {it.pk for it in facts.papers}, {it.pk for it in facts.members}
    rows = Assignment.objects.filter(pk__in=list(former), state=Assignment.State.WITHDRAWN, reason=REPLANNED)
    restored = [
        it
        for it in rows.select_related("paper", "member__user")
        if it.paper_id in papers
        and it.member_id in members
        and (it.paper_id, it.member_id) not in facts.forbidden
    ]
    for it in restored:
        it.state, it.reason = former[it.pk]
    Assignment.objects.bulk_update(restored, ["state", "reason"])
    return restored
