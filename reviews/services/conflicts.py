"""What people say about conflicts of interest: members who declare, chairs who set, dismiss and look through them."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.validators import is_forbidden
from reviews import conflict_list, policy
from reviews.models import Assignment, Conflict, ConflictLook, Member
from submissions import policy as papers_policy
from submissions.models import Edition, Paper
from submissions.services.errors import Closed, NotAllowed, Refused, Stale

Rule = Conflict.Rule
REASON_MAX_CHARS = 300


def declare(*, actor: User, member: Member, paper: Paper, reason: str) -> Conflict:
    """`member` declares that they must not handle `paper`; the wall stands from then on. The same again changes nothing.

    Raises NotAllowed unless `actor` holds the place and may see the paper there, Refused without a reason.
    """
    reason = _reason(reason, "Say in a few words why: the chairs need it. Nothing was saved.")
    with transaction.atomic():
        Paper.objects.select_for_update(of=("self",)).filter(pk=paper.pk).first()
        if not Member.objects.held_by(actor).filter(pk=member.pk, edition=paper.edition_id).exists():
            raise NotAllowed("There is no such place in the committee.")
        if not Paper.objects.filter(policy.papers_to_bid_on(actor), pk=paper.pk).exists():
            raise NotAllowed(f"There is no paper #{paper.number} in your list.")
        conflict, _ = Conflict.objects.update_or_create(
            paper=paper,
            member=member,
            rule=Rule.DECLARED_BY_MEMBER,
            defaults={
                "confidence": Conflict.Confidence.CERTAIN,
                "evidence": reason,
                "fingerprint": _mark(reason),
                "found_at": timezone.now(),
                "declared_by": actor,
                "dismissed_at": None,
                "dismissed_by": None,
                "dismissed_reason": "",
            },
        )
        audit.record(
            actor=actor,
            verb="conflict.declared",
            subject=paper,
            edition=member.edition.slug,
            data={"member": member.name},
        )
    return conflict


def take_back_declaration(*, actor: User, member: Member, conflict: int) -> Conflict:
    """`member` takes back what they declared. Possible until reviewers are assigned: then the chairs have planned with it.

    Raises NotAllowed where this member declared no such conflict, Closed once papers are assigned.
    """
    with transaction.atomic():
        row = _locked(Conflict.objects.filter(pk=conflict, member=member, rule=Rule.DECLARED_BY_MEMBER))
        if not Member.objects.held_by(actor).filter(pk=member.pk).exists():
            raise NotAllowed("There is no such place in the committee.")
        if Assignment.objects.filter(paper__edition=member.edition_id).exists():
            raise Closed(
                "Papers are already assigned, and the chairs have planned with what you declared. Nothing was changed: "
                "write to the chairs if it was a mistake."
            )
        _record(actor, "conflict.declaration_taken_back", row, {"reason": row.evidence})
        row.delete()
    return row


def set_by_hand(*, actor: User, edition: Edition, number: int, member: int, reason: str) -> Conflict:
    """A chair keeps a member away from a paper they handle. Raises NotAllowed, Refused."""
    reason = _reason(reason, "Say why: other chairs read it. Nothing was saved.")
    with transaction.atomic():
        papers = Paper.objects.filter(papers_policy.papers_handled_by(actor), edition=edition, number=number)
        paper = papers.select_for_update(of=("self",)).first()
        if paper is None:
            raise Refused(f"There is no paper #{number} among those you handle. Nothing was saved.")
        who = Member.objects.filter(policy.members_chaired_by(actor), edition=edition, pk=member).first()
        if who is None or who.state == Member.State.REMOVED:
            raise Refused("Choose somebody of the committee. Nothing was saved.")
        if Conflict.objects.filter(paper=paper, member=who, rule=Rule.SET_BY_CHAIR).exists():
            raise Refused(f"A chair has already set a conflict between {who} and #{number}.")
        row = Conflict.objects.create(
            paper=paper,
            member=who,
            rule=Rule.SET_BY_CHAIR,
            confidence=Conflict.Confidence.CERTAIN,
            evidence=reason,
            fingerprint=_mark(reason),
            declared_by=actor,
        )
        _record(actor, "conflict.set", row, {"reason": reason})
    return row


def remove_by_hand(*, actor: User, conflict: int) -> Conflict:
    """A chair takes back a conflict that a chair set. Raises NotAllowed, Refused for one of another kind."""
    with transaction.atomic():
        row = _handled(actor, conflict)
        if row.rule != Rule.SET_BY_CHAIR:
            raise Refused("Only a conflict that a chair set can be removed. Nothing was changed.")
        _record(actor, "conflict.removed", row, {"reason": row.evidence})
        row.delete()
    return row


def dismiss(*, actor: User, conflict: int, reason: str, seen: str) -> Conflict:
    """A chair finds that a probable conflict is none. It stays so until other facts come.

    `seen` is the fingerprint of what the chair looked at. Raises NotAllowed, Refused for a certain one or without a reason,
    Stale when the facts changed since. Dismissing what is dismissed changes nothing.
    """
    with transaction.atomic():
        row = _handled(actor, conflict)
        if row.dismissed_at:
            return row
        if row.rule in Conflict.DECLARED or row.confidence != Conflict.Confidence.PROBABLE:
            raise Refused(
                f"The conflict of {row.member} with #{row.paper.number} is certain, so it cannot be dismissed."
            )
        if conflict_list.is_masked(row, actor):
            raise Refused("The reason lies with a paper that you do not handle: another chair can judge it.")
        if row.fingerprint != seen:
            raise Stale(
                f"What speaks for the conflict of {row.member} with #{row.paper.number} has changed since you opened the page. "
                "Nothing was saved: look at it again."
            )
        row.dismissed_reason = _reason(reason, "Say why it is none: other chairs read it. Nothing was saved.")
        row.dismissed_at, row.dismissed_by, row.dismissed_facts = timezone.now(), actor, row.facts
        row.save(update_fields=["dismissed_at", "dismissed_by", "dismissed_reason", "dismissed_facts"])
        _record(actor, "conflict.dismissed", row, {"reason": row.dismissed_reason})
    return row


def restore(*, actor: User, conflict: int) -> Conflict:
    """A chair takes a dismissal back; the conflict acts again. Raises NotAllowed, Refused when nothing speaks for it now."""
    with transaction.atomic():
        row = _handled(actor, conflict)
        if not row.dismissed_at:
            return row
        if not row.facts:
            raise Refused("Nothing speaks for this conflict any more, so there is nothing to take back.")
        _record(actor, "conflict.restored", row, {"reason": row.dismissed_reason})
        row.dismissed_at, row.dismissed_by, row.dismissed_reason, row.dismissed_facts = None, None, "", []
        row.save(update_fields=["dismissed_at", "dismissed_by", "dismissed_reason", "dismissed_facts"])
    return row


def have_seen(*, actor: User, edition: Edition, until: datetime) -> None:
    """The chair has looked through everything found before `until`. Raises NotAllowed."""
    if not policy.may_run_committee(actor, edition):
        raise NotAllowed("There is no such edition.")
    until = min(until, timezone.now())
    with transaction.atomic():
        look, made = ConflictLook.objects.select_for_update().get_or_create(
            edition=edition, user=actor, defaults={"at": until}
        )
        if not made and look.at < until:
            look.at = until
            look.save(update_fields=["at"])


def _locked(rows: QuerySet[Conflict]) -> Conflict:
    row = rows.select_related("paper", "member__edition").select_for_update(of=("self",)).first()
    if row is None:
        raise NotAllowed("There is no such conflict.")
    return row


def _handled(actor: User, conflict: int) -> Conflict:
    """The conflict, held against others, if `actor` handles its paper as a chair."""
    handled = Paper.objects.filter(papers_policy.papers_handled_by(actor)).values("pk")
    return _locked(Conflict.objects.filter(pk=conflict, paper__in=handled))


def _reason(text: str, missing: str) -> str:
    """One line. Raises Refused for none and for one that is a text of its own."""
    text = " ".join("".join(it for it in text if not is_forbidden(it) or it.isspace()).split())
    if not text:
        raise Refused(missing)
    if len(text) > REASON_MAX_CHARS:
        raise Refused(f"The reason has {len(text)} characters; at most {REASON_MAX_CHARS} fit.")
    return text


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _record(actor: User, verb: str, row: Conflict, data: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=row.paper,
        edition=row.member.edition.slug,
        data={"member": row.member.name, "rule": row.rule, **data},
    )
