"""The lines of the committee that a call prints, one at a time, for the room that asks people and gets their answers.

What is written here stands in the call as if its file had said it: exports and the call's own history hold it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from submissions import policy
from submissions.domain.call_diff import diff
from submissions.domain.call_facts import RoleFacts
from submissions.models import Edition, Role
from submissions.services.call_uses import uses
from submissions.services.errors import NotAllowed, Refused


def add_line(*, actor: User | None, edition: Edition, facts: RoleFacts, user: User | None = None) -> Role:
    """Print a person, or complete the line that prints this name in this role without an address.

    `actor`: a chair, the person themselves, or None for somebody who answered without an account. Raises NotAllowed;
    Refused when the role has a line of that name with another address.
    """
    with transaction.atomic():
        edition = _locked(actor, edition, facts, user)
        before = _lines(edition)
        role = Role.objects.filter(edition=edition, kind=facts.role, name=facts.name).first()
        if role is not None and role.email not in ("", facts.email):
            raise Refused(
                f"“{facts.name}” stands among “{role.get_kind_display()}” in the call already, with another address. "
                "Write one of the two names so that they differ, with a middle initial for example."
            )
        if role is None:
            last = edition.roles.aggregate(last=Max("order"))["last"]
            role = Role(edition=edition, kind=facts.role, order=0 if last is None else last + 1)
        _fill(role, facts, user or role.user)
        _record(actor, edition, before)
    return role


def change_line(*, actor: User, role: Role, facts: RoleFacts) -> bool:
    """Make a line say `facts`; False when it does. Raises NotAllowed, Refused (the role has this name already)."""
    with transaction.atomic():
        edition = _locked(actor, role.edition, facts, None)
        if facts == _facts(role):
            return False
        same = Role.objects.filter(edition=edition, kind=facts.role, name=facts.name).exclude(pk=role.pk)
        if same.exists():
            raise Refused(
                f"“{facts.name}” stands among “{Role.Kind(facts.role).label}” in the call already. "
                "Write one of the two names so that they differ."
            )
        before = _lines(edition)
        _fill(role, facts, role.user)
        _record(actor, edition, before)
    return True


def remove_line(*, actor: User | None, role: Role) -> str:
    """Take a line out of the call; returns what holds it ("2 declared conflicts"), or "" when it is gone.

    `actor`: as for `add_line`. Raises NotAllowed.
    """
    with transaction.atomic():
        edition = _locked(actor, role.edition, _facts(role), role.user)
        if held := ", ".join(uses(role)):
            return held
        before = _lines(edition)
        role.delete()
        _record(actor, edition, before)
    return ""


def _locked(actor: User | None, edition: Edition, facts: RoleFacts, user: User | None) -> Edition:
    """The edition, its row held, if `actor` may write this line."""
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    if actor is None or (user is not None and actor.pk == user.pk) or policy.may_chair(actor, edition):
        return edition
    if facts.email and policy.proven_addresses(actor).filter(email=facts.email).exists():
        return edition
    raise NotAllowed("Only a chair of this edition may change its committee.")


def _fill(role: Role, facts: RoleFacts, user: User | None) -> None:
    role.kind, role.name, role.affiliation = facts.role, facts.name, facts.affiliation
    role.country, role.email, role.user = facts.country, facts.email, user
    role.save()


def _facts(role: Role) -> RoleFacts:
    return RoleFacts(role.kind, role.name, role.affiliation, str(role.country or ""), role.email)


def _lines(edition: Edition) -> Sequence[dict[str, Any]]:
    return [asdict(_facts(role)) for role in Role.objects.filter(edition=edition)]


def _record(actor: User | None, edition: Edition, before: Sequence[dict[str, Any]]) -> None:
    changes = diff({"committee": before}, {"committee": _lines(edition)})
    if changes:
        data = {change.place: [change.before, change.after] for change in changes}
        audit.record(
            actor=actor, verb="call.committee_edited", subject=edition, edition=edition.slug, data=data
        )
