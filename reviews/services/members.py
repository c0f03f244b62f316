"""What members tell about themselves: topics, load, days away, collaborators; and taking it over from an earlier edition."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from reviews.models import Absence, Expertise, Member
from reviews.services import own_papers
from submissions.services.errors import NotAllowed, Refused, Stale

MOST_ABSENCES = 20
MOST_COLLABORATORS = 1000


@dataclass(frozen=True)
class Away:
    """Days on which the member cannot work, both inclusive."""

    first: date
    last: date
    note: str = ""


@dataclass(frozen=True)
class Profile:
    """What the profile page holds. `topics`: {topic pk: level}, without those the member knows nothing of."""

    topics: Mapping[int, int] = field(default_factory=dict)
    load_wanted: int | None = None
    absences: Sequence[Away] = ()
    collaborators: str = ""

    @property
    def stamp(self) -> str:
        """Equal for equal profiles: a page that was loaded earlier is known by it."""
        rows: list[Any] = [sorted(self.topics.items()), self.load_wanted, self.collaborators]
        rows.append(sorted([f"{it.first}", f"{it.last}", it.note] for it in self.absences))
        return hashlib.sha256(json.dumps(rows).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def profile_of(member: Member) -> Profile:
    """The profile as it is kept."""
    return Profile(
        dict(member.expertise.values_list("topic_id", "level")),
        member.load_wanted,
        tuple(Away(it.first, it.last, it.note) for it in member.absences.all()),
        member.collaborators,
    )


def save_profile(*, actor: User, member: Member, data: Profile, expected: str) -> list[str]:
    """Replace the profile; returns what changed, in words.

    `expected` is the `stamp` of the profile that the page showed. Raises NotAllowed, Stale when it was changed since, and
    Refused for a value that cannot be.
    """
    with transaction.atomic():
        member = own_papers.held(actor, member)
        before = profile_of(member)
        if before.stamp != expected:
            raise Stale(
                "Your profile was changed in the meantime, in another window perhaps. Nothing was saved: look below at "
                "what you sent, and save it again if it is right."
            )
        _check(member, data)
        changes = _differences(before, data)
        if changes:
            _write(member, before, data)
            audit.record(
                actor=actor,
                verb="member.profile_changed",
                subject=member,
                edition=member.edition.slug,
                data=changes,
            )
    return list(changes)


def earlier_places(actor: User, member: Member) -> list[Member]:
    """Other places that `actor` holds or held and that have something to carry over, the newest edition first."""
    held = Member.objects.held_by(actor).exclude(edition=member.edition_id).select_related("edition")
    places = held.prefetch_related("expertise__topic", "own_papers").order_by("-edition__slug")
    return [it for it in places if it.expertise.all() or it.own_papers.all() or it.collaborators.strip()]


def carry_over(*, actor: User, member: Member, source: Member) -> dict[str, int]:
    """Add to `member` what `source`, an earlier place of the same person, has: what is there already stays as it is.

    Topics are the same by their key or their name. Returns how many topics, collaborators and papers came along. Raises
    NotAllowed.
    """
    with transaction.atomic():
        member = own_papers.held(actor, member)
        if source.pk not in {it.pk for it in earlier_places(actor, member)}:
            raise NotAllowed("There is no such place in the committee.")
        came = {
            "topics": _topics_of(source, member),
            "collaborators": _collaborators_of(source, member),
            "papers": own_papers.copy(source, member),
        }
        if any(came.values()):
            audit.record(
                actor=actor,
                verb="member.carried_over",
                subject=member,
                edition=member.edition.slug,
                data={"from": source.edition.slug, **came},
            )
    return came


def _check(member: Member, data: Profile) -> None:
    topics = set(member.edition.topics.values_list("pk", flat=True))
    if set(data.topics) - topics:
        raise Stale("The topics of the call have changed since you opened the page. Look at them again.")
    if any(level not in Expertise.Level.values for level in data.topics.values()):
        raise Refused("One of the levels is not one of: some, knowledgeable, expert. Nothing was saved.")
    limit = member.load_limit if member.load_limit is not None else 200
    if data.load_wanted is not None and not 0 <= data.load_wanted <= limit:
        raise Refused(
            f"{data.load_wanted} papers are not possible here: choose 0 to {limit}. Nothing was saved."
        )
    for it in data.absences:
        if it.first > it.last:
            raise Refused(
                f"You would be back on {it.last} before you leave on {it.first}. Nothing was saved."
            )
    if len(data.absences) > MOST_ABSENCES:
        raise Refused(f"{len(data.absences)} times away are given; at most {MOST_ABSENCES} fit.")
    lines = len(data.collaborators.splitlines())
    if lines > MOST_COLLABORATORS:
        raise Refused(
            f"{lines} collaborators are given; at most {MOST_COLLABORATORS} fit. Nothing was saved."
        )


def _differences(before: Profile, after: Profile) -> dict[str, Any]:
    """`{what: [before, after]}`, short enough for the record; who works with whom is nobody else's business there."""
    found: dict[str, Any] = {}
    if dict(before.topics) != dict(after.topics):
        found["topics"] = [len(before.topics), len(after.topics)]
    if before.load_wanted != after.load_wanted:
        found["load"] = [before.load_wanted, after.load_wanted]
    if set(before.absences) != set(after.absences):
        found["days away"] = [len(before.absences), len(after.absences)]
    if before.collaborators != after.collaborators:
        found["collaborators"] = [len(it.collaborators.splitlines()) for it in (before, after)]
    return found


def _write(member: Member, before: Profile, after: Profile) -> None:
    if dict(before.topics) != dict(after.topics):
        member.expertise.all().delete()
        Expertise.objects.bulk_create(
            Expertise(member=member, topic_id=topic, level=level) for topic, level in after.topics.items()
        )
    if set(before.absences) != set(after.absences):
        member.absences.all().delete()
        Absence.objects.bulk_create(
            Absence(member=member, first=it.first, last=it.last, note=it.note) for it in after.absences
        )
    member.load_wanted, member.collaborators = after.load_wanted, after.collaborators
    member.save(update_fields=["load_wanted", "collaborators"])


def _topics_of(source: Member, member: Member) -> int:
    there = set(member.expertise.values_list("topic_id", flat=True))
    levels = {}
    for known in source.expertise.all():
        levels[known.topic.slug] = levels[known.topic.name.casefold()] = known.level
    new = [
        Expertise(member=member, topic=topic, level=level)
        for topic in member.edition.topics.all()
        if topic.pk not in there
        and (level := levels.get(topic.slug, levels.get(topic.name.casefold()))) is not None
    ]
    Expertise.objects.bulk_create(new)
    return len(new)


def _collaborators_of(source: Member, member: Member) -> int:
    lines = [line for line in member.collaborators.splitlines() if line.strip()]
    there = {line.strip().casefold() for line in lines}
    new = [line.strip() for line in source.collaborators.splitlines() if line.strip()]
    new = [line for line in dict.fromkeys(new) if line.casefold() not in there]
    new = new[: max(0, MOST_COLLABORATORS - len(lines))]
    if new:
        member.collaborators = "\n".join([*lines, *new])
        member.save(update_fields=["collaborators"])
    return len(new)
