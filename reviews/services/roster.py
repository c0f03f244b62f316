"""Who is in the committee of an edition: kept in step with the lines of its call, added, invited, answering."""

from django.db.models import Q

from reviews.models import Member
from submissions.models import Role


def follow_role(role: Role) -> Member:
    """The member that a line of the call stands for, made or brought up to date. Called when the line was saved.

    Chairs hold their office by the call; everybody else is invited first.
    """
    member = _member_of(role)
    if member is None:
        member = Member(edition_id=role.edition_id, kind=role.kind, role=role, user_id=role.user_id)
        member.state = Member.State.ACCEPTED if role.kind in Role.CHAIRS else Member.State.NEW
    elif member.role_id not in (None, role.pk) and member.role_id is not None:
        # A second line for the same person: the office of a chair is the one that counts.
        if role.kind not in Role.CHAIRS or member.is_chair:
            return member
        member.role = role
    else:
        member.role = role
    if role.kind in Role.CHAIRS or not member.is_chair:
        member.kind = role.kind
    if role.kind in Role.CHAIRS and member.state != Member.State.REMOVED:
        member.state = Member.State.ACCEPTED
    member.name, member.affiliation, member.country = role.name, role.affiliation, role.country
    member.email = role.email or member.email
    member.user_id = role.user_id or member.user_id
    member.save()
    return member


def _member_of(role: Role) -> Member | None:
    """The member this line made, or the one with the same account or address."""
    members = Member.objects.filter(edition_id=role.edition_id)
    same = Q(role=role)
    if role.user_id:
        same |= Q(user=role.user_id)
    if role.email:
        same |= Q(email=role.email)
    found = list(members.filter(same))
    return min(found, key=lambda it: (it.role_id != role.pk, it.pk), default=None)
