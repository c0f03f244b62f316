"""Members follow the lines of the call: whenever a line is written or goes, its person's place is brought in step.

A person has one place in an edition, however many lines print them. Who a line is about, is told by its account, then by
its address; the printed name alone decides only where neither is known. So an address that moves from one line to
another takes its place along, with everything the person did there.
"""

from collections.abc import Iterable, Sequence
from uuid import uuid4

from django.db import transaction

from reviews.models import Assignment, FormerInvitation, Member
from reviews.services import detection
from submissions.models import Edition, Role
from submissions.services.call_uses import uses

ASKED = (Member.State.INVITED, Member.State.LATER)


def follow_role(role: Role) -> Member:
    """The member that a line of the call stands for, made or brought up to date. Called when the line was saved.

    Chairs hold their office by the call; everybody else is invited first.
    """
    with transaction.atomic():
        Edition.objects.select_for_update().filter(pk=role.edition_id).first()
        members = list(Member.objects.filter(edition=role.edition_id).order_by("pk"))
        lines = list(Role.objects.filter(edition=role.edition_id).exclude(pk=role.pk))
        former = next((it for it in members if it.role_id == role.pk), None)
        member = _person_of(role, members, lines, former) or Member(edition_id=role.edition_id)
        if former is not None and former.pk != member.pk:
            _give_another_line(former, lines)
        _say(member, _main_line(member, [role, *lines], role), role, members)
        member.save()
    return member


def line_goes(role: Role) -> None:
    """A line is about to be taken out of the call. Called before it is deleted.

    Its person keeps the place if another line prints them, or if they review and any papers of the edition are assigned:
    were it only theirs that count, chairs whom a conflict keeps from a paper could find out who reviews it. A place that
    nobody has used yet goes with the line; any other is marked as removed, so that conflicts stay and it can be restored.
    """
    with transaction.atomic():
        lines = list(Role.objects.filter(edition=role.edition_id).exclude(pk=role.pk))
        assigned = Assignment.objects.live().filter(paper__edition=role.edition_id)
        for member in Member.objects.filter(role=role):
            if _give_another_line(member, lines) or member.state in (
                Member.State.DECLINED,
                Member.State.REMOVED,
            ):
                continue
            if _reviews(member) and assigned.exists():
                continue
            if member.state == Member.State.NEW and not any(uses(member)):
                member.delete()
            else:
                Member.objects.filter(pk=member.pk).update(state=Member.State.REMOVED)
        detection.wake(role.edition_id)


def _reviews(member: Member) -> bool:
    return member.state == Member.State.ACCEPTED and member.kind in Member.REVIEWING


def _person_of(
    role: Role, members: Sequence[Member], lines: Sequence[Role], former: Member | None
) -> Member | None:
    """Who among `members` the line `role` is about; None for somebody new."""
    for it in members:
        if role.user_id and it.user_id == role.user_id:
            return it
    for it in members:
        if role.email and it.email == role.email:
            return it
    if former is not None and not _is_another(role, former) and not any(_same(it, former) for it in lines):
        return former
    # Where one of the two has no address, the name is all there is to go by.
    name = role.name.casefold()
    for it in members:
        told = (role.email and it.email) or (role.user_id and it.user_id)
        if it.role_id is None and it.name.casefold() == name and not told:
            return it
    return None


def _is_another(role: Role, former: Member) -> bool:
    """Whether the line was rewritten for somebody else: another name and another address."""
    renamed = role.name.casefold() != former.name.casefold()
    return renamed and bool(role.email and former.email)


def _same(line: Role, member: Member) -> bool:
    """Whether the line names the member's account or address."""
    return bool(
        (line.user_id and line.user_id == member.user_id) or (line.email and line.email == member.email)
    )


def _main_line(member: Member, lines: Iterable[Role], written: Role) -> Role:
    """Of several lines for one person the office of a chair counts, then the one that counted before."""
    theirs = [it for it in lines if it.pk in (written.pk, member.role_id) or _same(it, member)]
    return min(theirs, key=lambda it: (it.kind not in Role.CHAIRS, it.pk != member.role_id, it.order, it.pk))


def _say(member: Member, main: Role, written: Role, members: Sequence[Member]) -> None:
    """Put into `member` what the lines say. Nothing is taken that another member holds."""
    others = [it for it in members if it.pk != member.pk]
    was_new = member.pk is None
    member.role, member.kind = main, main.kind
    member.name, member.affiliation, member.country = main.name, main.affiliation, main.country
    email = main.email or written.email
    if email and email != member.email and email not in {it.email for it in others}:
        readdress(member, email)
    user = main.user_id or written.user_id
    if user and user not in {it.user_id for it in others}:
        member.user_id = user
    if main.kind in Role.CHAIRS:
        member.state = Member.State.ACCEPTED
    elif was_new:
        member.state = Member.State.NEW


def readdress(member: Member, email: str) -> None:
    """Another address: the invitation to the old one opens nothing any more, and is sent again by a chair."""
    if member.invitations:
        FormerInvitation.objects.get_or_create(key=member.invitation_key, defaults={"member": member})
    if member.email and member.state in ASKED:
        member.state = Member.State.NEW
    member.email, member.invitation_key = email, uuid4()


def _give_another_line(member: Member, lines: Iterable[Role]) -> bool:
    """Whether another line prints `member`, which then counts. Without one nobody is a chair."""
    theirs = [it for it in lines if _same(it, member)]
    if theirs:
        main = min(theirs, key=lambda it: (it.kind not in Role.CHAIRS, it.order, it.pk))
        said = {name: getattr(main, name) for name in ("kind", "name", "affiliation", "country")}
        Member.objects.filter(pk=member.pk).update(role=main, **said)
        return True
    kind = Member.Kind.PC_MEMBER if member.is_chair else member.kind
    Member.objects.filter(pk=member.pk).update(role=None, kind=kind)
    return False
