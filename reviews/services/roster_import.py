"""People from a CSV file: looked at as a plan first, then written as a whole or not at all."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from reviews.domain import roster_csv, roster_plan
from reviews.domain.roster_csv import Unreadable
from reviews.domain.roster_plan import Known, Plan, Step
from reviews.models import Expertise, Member
from reviews.services import detection, roster
from reviews.services.lines import readdress
from submissions.models import Edition
from submissions.services import committee
from submissions.services.call_rows import country_names
from submissions.services.errors import Refused, Stale

CHANGED = "The committee has changed since you looked at this plan. Nothing was imported; look at the new plan below."


def plan(*, edition: Edition, text: str) -> Plan:
    """What importing the text of a file would do; writes nothing. Five queries at any size."""
    topics = dict(edition.topics.values_list("slug", "name"))
    sheet = roster_csv.read(text, countries=country_names(), topics=topics)
    return roster_plan.plan(sheet, _known(edition))


def text_of(given: bytes | str) -> tuple[str, Plan | None]:
    """The text of an uploaded file or pasted lines, or a plan that holds nothing but what is wrong with it."""
    try:
        text = roster_csv.decode(given) if isinstance(given, bytes) else roster_csv.checked(given)
    except Unreadable as error:
        return "", Plan([], [], [], [error.problem])
    return text, None


def apply(*, actor: User, edition: Edition, text: str, kind: str, expected: str) -> Plan:
    """Write the plan whose stamp is `expected`; new people get the place `kind`, not yet invited.

    Raises NotAllowed; Stale when the roster has changed since; Refused when the file has problems.
    """
    if kind not in (Member.Kind.PC_MEMBER, Member.Kind.EXTERNAL):
        raise Refused(f"“{kind[:40]}” is not a role that a file can give. Choose one of those listed.")
    with transaction.atomic():
        edition = roster.locked(actor, edition)
        todo = plan(edition=edition, text=text)
        if todo.problems:
            raise Refused("The file has problems, so nothing was imported. Mend them and upload it again.")
        if todo.stamp != expected:
            raise Stale(CHANGED)
        topics = dict(edition.topics.values_list("slug", "pk"))
        _add(edition, kind, todo, topics)
        _change(actor, todo, topics)
        detection.wake(edition.pk)
        audit.record(
            actor=actor,
            verb="committee.imported",
            subject=edition,
            edition=edition.slug,
            data={
                "new": [step.person.email for step in todo.new],
                "changed": {
                    step.person.email: {it.field: [it.before, it.after] for it in step.changes}
                    for step in todo.changed
                },
            },
        )
    return todo


def _known(edition: Edition) -> list[Known]:
    members = Member.objects.filter(edition=edition).prefetch_related("expertise__topic")
    return [
        Known(
            key=it.pk,
            name=it.name,
            email=it.email,
            affiliation=it.affiliation,
            country=str(it.country or ""),
            load=it.load_limit,
            topics={row.topic.slug: row.level for row in it.expertise.all()},
            removed=it.state == Member.State.REMOVED,
            settled=it.state == Member.State.ACCEPTED,
        )
        for it in members
    ]


def _add(edition: Edition, kind: str, todo: Plan, topics: dict[str, int]) -> None:
    made = Member.objects.bulk_create(
        Member(
            edition=edition,
            kind=kind,
            name=step.person.name,
            email=step.person.email,
            affiliation=step.person.affiliation,
            country=step.person.country,
            load_limit=step.person.load,
        )
        for step in todo.new
    )
    Expertise.objects.bulk_create(
        Expertise(member=member, topic_id=topics[slug], level=level)
        for member, step in zip(made, todo.new, strict=True)
        for slug, level in step.person.topics
    )


def _change(actor: User, todo: Plan, topics: dict[str, int]) -> None:
    members = Member.objects.select_related("role", "edition").in_bulk([step.key for step in todo.changed])
    for step in todo.changed:
        member = members[step.key or 0]
        _write(actor, member, step)
        if any(it.field == "topics" for it in step.changes):
            for slug, level in step.person.topics:
                Expertise.objects.update_or_create(
                    member=member, topic_id=topics[slug], defaults={"level": level}
                )


def _write(actor: User, member: Member, step: Step) -> None:
    for it in step.changes:
        if it.field == "email":
            readdress(member, it.after)
        elif it.field == "load":
            member.load_limit = step.person.load
        elif it.field != "topics":
            setattr(member, it.field, it.after)
    member.save()
    if member.role is not None:
        committee.change_line(actor=actor, role=member.role, facts=roster.line_facts(member))
