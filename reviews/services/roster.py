"""Who is in the committee of an edition: added, changed, removed and restored by its chairs.

The printed call follows: what a chair changes of somebody whom a line of the call prints is written into that line, and
the place follows the line (`services/lines.py`). External reviewers are never printed.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from reviews import policy
from reviews.domain import rights
from reviews.domain.rights import Right
from reviews.models import Assignment, Member
from reviews.services import detection
from reviews.services.lines import readdress
from submissions import policy as papers_policy
from submissions.domain.call_facts import RoleFacts
from submissions.domain.call_values import EMAIL
from submissions.models import Edition, Paper, Role
from submissions.services import committee
from submissions.services.errors import NotAllowed, Refused, Stale

FIRST_CHANGED = (
    "Somebody changed this person's entry since you opened the page. Nothing was saved; look again."
)


@dataclass(frozen=True)
class Facts:
    """What chairs say about a member. `load_limit`: papers at most; None is the edition's default."""

    name: str
    email: str
    kind: str = Member.Kind.PC_MEMBER
    affiliation: str = ""
    country: str = ""
    load_limit: int | None = None
    senior: bool = False

    @property
    def stamp(self) -> str:
        """Equal for equal facts: a page that was loaded earlier is known by it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def facts_of(member: Member) -> Facts:
    return Facts(
        member.name,
        member.email,
        member.kind,
        member.affiliation,
        str(member.country or ""),
        member.load_limit,
        member.senior,
    )


def add(*, actor: User, edition: Edition, facts: Facts) -> Member:
    """A new member, not yet invited. Raises NotAllowed; Refused when somebody has the address already."""
    with transaction.atomic():
        edition = locked(actor, edition)
        _check_address(edition, facts.email, None)
        member = Member.objects.create(edition=edition, **asdict(facts))
        _record(actor, member, "member.added", {name: ["", value] for name, value in asdict(facts).items()})
    return member


def edit(*, actor: User, member: Member, facts: Facts, expected: str) -> list[str]:
    """Make the roster, and the line of the call, say `facts`; returns the names of what changed.

    Raises NotAllowed, Stale, Refused. A new address makes the former invitation worthless.
    """
    with transaction.atomic():
        edition = locked(actor, member.edition)
        member = _current(member)
        before = facts_of(member)
        if before.stamp != expected:
            raise Stale(FIRST_CHANGED)
        changed = [it.name for it in fields(Facts) if getattr(before, it.name) != getattr(facts, it.name)]
        if not changed:
            return []
        if "email" in changed:
            _check_address(edition, facts.email, member)
            _stays_theirs(actor, member, facts.email)
        if facts.kind != before.kind:
            _may_change_kind(actor, member, facts.kind)
        _write(actor, member, facts)
        changes = {name: [getattr(before, name), getattr(facts, name)] for name in changed}
        _record(actor, member, "member.edited", changes)
    return changed


def _write(actor: User, member: Member, facts: Facts) -> None:
    line = member.role
    if line is not None and not rights.has(facts.kind, Right.PRINTED):
        # Before the line goes, so that it does not take the place along.
        member.role = None
        member.save(update_fields=["role"])
        if held := committee.remove_line(actor=actor, role=line):
            raise Refused(
                f"The line of {member.name} in the call cannot go: {held} refer to it. "
                "Leave the role as it is, or add this person anew with another address."
            )
        line = None
    if facts.email != member.email:
        readdress(member, facts.email)
    for name in ("name", "kind", "affiliation", "country", "load_limit", "senior"):
        setattr(member, name, getattr(facts, name))
    member.save()
    if line is not None:
        committee.change_line(actor=actor, role=line, facts=line_facts(member))
    elif member.state == Member.State.ACCEPTED:
        print_in_call(member, actor=actor)


def print_in_call(member: Member, *, actor: User | None) -> bool:
    """Print an accepted member whose place is a printed one; False when there is nothing to print.

    Raises Refused when the call prints the same name with another address.
    """
    if member.role_id is not None or not rights.has(member.kind, Right.PRINTED):
        return False
    committee.add_line(actor=actor, edition=member.edition, facts=line_facts(member), user=member.user)
    member.refresh_from_db()
    return True


def line_facts(member: Member) -> RoleFacts:
    """The line of the call that prints `member`."""
    return RoleFacts(member.kind, member.name, member.affiliation, str(member.country or ""), member.email)


def remove(*, actor: User, member: Member) -> str:
    """Take somebody out of the committee; conflicts stay. Returns what holds the line in the call, "" when it is gone.

    Raises NotAllowed; Refused while papers are assigned to them, for oneself, and for the last chair.
    """
    with transaction.atomic():
        edition = locked(actor, member.edition)
        member = _current(member)
        if member.state == Member.State.REMOVED:
            return ""
        _may_leave(actor, member)
        line, before = member.role, member.state
        Member.objects.filter(pk=member.pk).update(state=Member.State.REMOVED)
        held = committee.remove_line(actor=actor, role=line) if line is not None else ""
        if held and member.is_chair:
            raise Refused(
                f"Authors named {member.name} as a conflict ({held}), so the line in the call stays, and with it the "
                "rights of a chair. Change the role to a member of the committee first, then remove them."
            )
        _record(actor, member, "member.removed", {"state": [before, Member.State.REMOVED]})
        detection.wake(edition.pk)
    return held


def restore(*, actor: User, member: Member) -> bool:
    """Take a removed member back, not yet invited. False when they are not removed. Raises NotAllowed."""
    with transaction.atomic():
        edition = locked(actor, member.edition)
        done = Member.objects.filter(pk=member.pk, state=Member.State.REMOVED).update(
            state=Member.State.NEW, answered_at=None
        )
        if done:
            _record(actor, member, "member.restored", {"state": [Member.State.REMOVED, Member.State.NEW]})
            detection.wake(edition.pk)
    return bool(done)


def locked(actor: User, edition: Edition) -> Edition:
    """The edition with its row held, for a change of its committee. Raises NotAllowed."""
    if not policy.may_run_committee(actor, edition):
        raise NotAllowed("Only a chair of this edition may change its committee.")
    return Edition.objects.select_for_update().get(pk=edition.pk)


def _current(member: Member) -> Member:
    found = Member.objects.select_related("edition", "role").filter(pk=member.pk).first()
    if found is None:
        raise Stale("This person is not on the list any more. Nothing was changed.")
    return found


def _check_address(edition: Edition, email: str, member: Member | None) -> None:
    _check_spelling(email)
    others = Member.objects.filter(edition=edition, email=email)
    if member is not None:
        others = others.exclude(pk=member.pk)
    other = others.first() if email else None
    if other is not None:
        advice = (
            "They were removed: restore them on the list."
            if other.state == Member.State.REMOVED
            else "Change that entry instead."
        )
        raise Refused(f"{email} is the address of {other.name}, who is on the list already. {advice}")


def _check_spelling(email: str) -> None:
    """What the file of a call could not say again is refused, and so is what only looks like the address meant."""
    if not email or EMAIL.fullmatch(email):
        return
    odd = next((ch for ch in email if not ch.isascii()), "")
    why = f" “{odd}” is none of the letters a to z, however it looks." if odd else ""
    raise Refused(f"“{email}” is not an address that the call can hold.{why} Write it like ada@example.org.")


def _stays_theirs(actor: User, member: Member, email: str) -> None:
    """Nobody writes another person's address into a place that is theirs by its address: its conflicts would go along."""
    proven = papers_policy.proven_addresses(actor)
    mine = Member.objects.filter(policy.places_of(actor), pk=member.pk, user__isnull=True).exists()
    if mine and not proven.filter(email=email).exists():
        raise Refused(
            f"You hold this place by the address {member.email}. Confirm {email or 'another one'} on your account page first, "
            "or ask another chair. Nothing was changed."
        )


def _may_change_kind(actor: User, member: Member, kind: str) -> None:
    if member.is_chair and kind not in Member.CHAIRS:
        _not_the_chair(actor, member)
    if rights.has(member.kind, Right.REVIEW) and not rights.has(kind, Right.REVIEW):
        _nothing_assigned(actor, member)


def _may_leave(actor: User, member: Member) -> None:
    if member.is_chair:
        _not_the_chair(actor, member)
    _nothing_assigned(actor, member)


def _not_the_chair(actor: User, member: Member) -> None:
    """The last chair stays, and nobody ends their own office by mistake."""
    if Member.objects.filter(policy.members_held_by(actor), pk=member.pk).exists():
        raise Refused("You cannot end your own office. Ask another chair of this edition.")
    chairs = Role.objects.filter(edition=member.edition, kind__in=Role.CHAIRS)
    others = chairs.exclude(pk=member.role_id or 0).filter(Q(user__isnull=False) | ~Q(email=""))
    if not others.exists():
        raise Refused(f"{member.name} is the only chair who can sign in. Add another chair first.")


def _nothing_assigned(actor: User, member: Member) -> None:
    """Nobody leaves who has papers to review. What this says must not tell of papers behind a conflict."""
    if member.state != Member.State.ACCEPTED or not rights.has(member.kind, Right.REVIEW):
        return
    live = Assignment.objects.live().filter(paper__edition=member.edition)
    handled = Paper.objects.filter(papers_policy.papers_handled_by(actor), edition=member.edition)
    if live.filter(member=member, paper__in=handled.values("pk")).exists():
        raise Refused(
            f"{member.name} has papers to review. Give these to others on the assignment page first."
        )
    walled = Paper.objects.filter(papers_policy.papers_walled_off_from(actor), edition=member.edition)
    if live.exists() and walled.exists():
        raise Refused(
            "Reviews have been assigned, and you have a paper or a conflict in this edition, so another chair has to "
            f"take {member.name} out."
        )


def _record(actor: User | None, member: Member, verb: str, data: dict[str, Any]) -> None:
    data = {name: pair for name, pair in data.items() if pair[0] != pair[1] and pair[1] is not None}
    audit.record(actor=actor, verb=verb, subject=member, edition=member.edition.slug, data=data)
