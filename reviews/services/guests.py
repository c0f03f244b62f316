"""Guests: somebody outside of the committee writes a review for one of its members, who approves it before it counts.

A guest needs no account: the link of the invitation is enough, for this one paper, for as long as the member reviews it.
They read the manuscript and write the member's draft; other reviews and the discussion stay closed to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, mail_wishes
from accounts.models import User
from reviews import conflict_facts, policy, queries
from reviews.data import directory
from reviews.domain import review_form
from reviews.domain.conflicts.facts import Found, MemberFacts
from reviews.domain.conflicts.names import Confidence, Person
from reviews.domain.conflicts.rules import find as find_conflicts
from reviews.letters import guests as letters
from reviews.models import Assignment, Conflict, Guest, Review
from reviews.services import reviews
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Author, Edition, Paper
from submissions.policy import NOBODY, Viewer
from submissions.services.errors import Closed, NotAllowed, Refused, Stale

LONGEST_NOTE = 1000
#: Guests that one review may have had: proposing and taking back is no way to send mail to anybody.
MOST = 10
#: Said to a member whatever the reason is: what is known of authors and conflicts is for the chairs.
CANNOT = "{name} cannot write a review of this paper. Propose somebody else, or write to the chairs."
OVER = "This invitation is no longer open."
LIVE = (Guest.State.PROPOSED, *Guest.WELCOME)


@dataclass(frozen=True)
class Evidence:
    """What speaks of a conflict between a guest and a paper, for chairs. `certain`: they must not write."""

    certain: bool = False
    words: str = ""


def propose(
    *, actor: User, assignment: Assignment, name: str, email: str, affiliation: str, note: str
) -> Guest:
    """A member proposes a guest. Invited at once where the settings allow it and nothing speaks of a conflict; else a
    chair decides. Where authors are hidden a certain conflict is also left to the chairs, so that proposing tells nothing.

    Raises NotAllowed, Refused.
    """
    name, email, affiliation = (_line(it) for it in (name, email.lower(), affiliation))
    note = _note(note)
    if not name or not affiliation:
        raise Refused("Give a name and an affiliation: conflicts are looked for with both. Nothing was sent.")
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(f"“{email[:100]}” is not one e-mail address. Nothing was sent.") from error
    with transaction.atomic():
        row = _own(actor, assignment)
        _refuse_late(row)
        if Guest.objects.filter(assignment=row, state__in=LIVE).exists():
            raise Refused("There is a guest for this review already. Take that invitation back first.")
        if Guest.objects.filter(assignment=row).count() >= MOST:
            raise Refused(
                f"You have proposed {MOST} guests for this review. Write to the chairs. Nothing was sent."
            )
        if email in {row.member.email, actor.email.lower()}:
            raise Refused("That is your own address. Nothing was sent.")
        guest = Guest(assignment=row, name=name, email=email, affiliation=affiliation, note=note)
        found = evidence(guest)
        if found.certain and not policy.masks_authors(row.paper.edition):
            raise Refused(CANNOT.format(name=name))
        guest.evidence = found.words
        guest.save()
        _record(actor, "guest.proposed", guest)
        if found.words or asks_chairs(row.paper.edition):
            letters.proposed(guest)
        else:
            _invite(guest)
    return guest


def asks_chairs(edition: Edition) -> bool:
    """Whether every proposal waits for a chair: where the settings say so; and where authors, or the names of fellow
    reviewers, are hidden, so that what becomes of a proposal tells nothing of who they are.
    """
    settings = queries.settings_of(edition)
    return settings.guests_need_approval or policy.masks_authors(edition) or not settings.names_to_reviewers


def decide(*, actor: User, guest: int, approve: bool) -> Guest:
    """A chair lets the guest be invited, or not; the member is told.

    Raises NotAllowed, Stale, Refused (a certain conflict, or the member no longer reviews the paper).
    """
    with transaction.atomic():
        found = find_for_chair(actor, guest)
        if found is None:
            raise NotAllowed("There is no such guest.")
        # The assignment first, as in everything here: the member may decline it, or take the guest back, just now.
        Assignment.objects.select_for_update(of=("self",)).filter(pk=found.assignment_id).first()
        row = Guest.objects.select_for_update(of=("self",)).select_related(*_WITH).get(pk=guest)
        if row.state != Guest.State.PROPOSED:
            raise Stale(f"It was decided already: {row.get_state_display()}. Nothing was changed.")
        if not _is_held(row.assignment):
            raise Refused(
                f"{row.assignment.member} no longer reviews #{row.assignment.paper.number}, so nobody is invited to help."
            )
        row.decided_by = actor
        if approve:
            if evidence(row).certain:
                raise Refused(
                    f"A conflict stands between {row.name} and the paper, so they cannot be invited."
                )
            _refuse_late(row.assignment)
            _invite(row)
            letters.news(row, f"A chair agreed: {row.name} is invited to write the review with you.")
        else:
            row.state = Guest.State.REFUSED
            row.save(update_fields=["state", "decided_by"])
            letters.news(row, CANNOT.format(name=row.name))
        _record(actor, f"guest.{row.state}", row)
    return row


def withdraw(*, actor: User, assignment: Assignment) -> None:
    """The member takes the invitation back; what the guest wrote stays in the member's draft. Raises NotAllowed."""
    with transaction.atomic():
        row = _own(actor, assignment)
        guest = Guest.objects.filter(assignment=row, state__in=LIVE).select_related(*_WITH).first()
        if guest is not None:
            guest.state = Guest.State.WITHDRAWN
            guest.save(update_fields=["state"])
            letters.call_off(guest)
            _record(actor, "guest.withdrawn", guest)


def find(*, edition: str, key: UUID, viewer: Viewer) -> Guest | None:
    """Whoever this link was sent to; also where it opens nothing any more (`why_over`). None for a key that is none, and
    for a `viewer` who is signed in and must not see the paper.
    """
    rows = Guest.objects.filter(key=key, assignment__paper__edition__slug=edition)
    rows = rows.exclude(state__in=[Guest.State.PROPOSED, Guest.State.REFUSED])
    walled = Paper.objects.filter(papers_policy.papers_walled_off_from(viewer)).values("pk")
    return rows.exclude(assignment__paper__in=walled).select_related(*_WITH).first()


def why_over(guest: Guest) -> str:
    """Why the link opens nothing any more, as a sentence; "" while it does."""
    row = guest.assignment
    if guest.state == Guest.State.DECLINED:
        return "You declined this invitation."
    if guest.state not in Guest.WELCOME:
        return OVER
    if guest.state == Guest.State.INVITED and guest.expires_at and guest.expires_at <= timezone.now():
        return f"This invitation expired. Ask {row.member} for another one."
    if not _is_held(row) or _is_walled_off(guest):
        return OVER
    return ""


def draft_of(guest: Guest) -> Review | None:
    """What the guest may read of the review: the draft they write, and once handed in what they handed in.

    What the member changes after that is the member's own, and so is a review that the member submitted.
    """
    found = Review.objects.filter(assignment=guest.assignment).first()
    if found is None or guest.state != Guest.State.DONE:
        return found if found is None or found.submitted_at is None else None
    handed = (
        audit.history(guest.assignment.paper).filter(verb="guest.done", data__invitation=guest.pk).first()
    )
    return found if handed is not None and handed.data.get("revision") == found.revision else None


def answer(*, guest: Guest, accept: bool, note: str, user: User | None = None) -> Guest:
    """The guest says yes or no, no also after a yes; the member is told. Raises Closed, Refused."""
    note = _note(note)
    with transaction.atomic():
        row = _open(guest)
        before = row.state
        if before != Guest.State.INVITED and (accept or before != Guest.State.ACCEPTED):
            return row
        if accept:
            row.user = user
            if evidence(row).certain:
                raise Refused(CANNOT.format(name=row.name))
        row.state = Guest.State.ACCEPTED if accept else Guest.State.DECLINED
        row.save(update_fields=["state", "user"])
        gave = "gave it back; what is written so far is in your draft."
        said = "declined to write it." if before == Guest.State.INVITED else gave
        if accept:
            said = "writes the review with you."
        letters.news(row, f"{row.name} {said} {note}".strip())
        _record(None, f"guest.{row.state}", row)
    return row


def save(*, guest: Guest, answers: Mapping[str, Any], revision: int) -> Review:
    """Keep what the guest writes, as the member's draft; from then on the credit is theirs too. Raises Closed, WrongAnswers,
    Stale.
    """
    with transaction.atomic():
        row = _open(guest)
        _refuse_unless_writing(row)
        review = reviews.keep(row.assignment, answers, revision=revision, by=None)
        if review.guest_name != row.name:
            review.guest_name = row.name
            review.save(update_fields=["guest_name"])
    return review


def hand_in(*, guest: Guest, revision: int) -> Guest:
    """The guest is done: the member is asked to look and to submit. Nothing counts before.

    Raises Closed, Stale, `reviews.Incomplete`.
    """
    with transaction.atomic():
        row = _open(guest)
        _refuse_unless_writing(row)
        review = Review.objects.select_for_update(of=("self",)).filter(assignment=row.assignment).first()
        if review is None or review.revision != revision:
            raise Stale(reviews.STALE)
        if lacking := review_form.missing(queries.form_of(row.assignment.paper.edition), review.answers):
            raise reviews.Incomplete(lacking)
        row.state = Guest.State.DONE
        row.save(update_fields=["state"])
        letters.news(
            row,
            f"{row.name} has written the review. Look at it, change what you want, then submit it: only then it counts.",
        )
        _record(None, "guest.done", row, revision=revision, invitation=row.pk)
    return row


def waiting(user: User, edition: str) -> Any:
    """Guests who wait for a chair, about papers `user` handles. One query."""
    handled = Paper.objects.filter(
        papers_policy.papers_handled_by(user), edition__slug=edition, state=State.SUBMITTED
    )
    rows = Guest.objects.filter(state=Guest.State.PROPOSED, assignment__paper__in=handled.values("pk"))
    return rows.filter(assignment__state__in=Assignment.LIVE).select_related(*_WITH).order_by("created_at")


def find_for_chair(user: User, guest: int, *, edition: str = "") -> Guest | None:
    """A guest of a paper that `user` handles; of one edition, where its slug is given."""
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user))
    if edition:
        handled = handled.filter(edition__slug=edition)
    return Guest.objects.filter(pk=guest, assignment__paper__in=handled.values("pk")).first()


def evidence(guest: Guest) -> Evidence:
    """What the search for conflicts says of the guest and the paper, what stands already, and whether they wrote it."""
    paper = guest.assignment.paper
    if _is_walled_off(guest):
        return Evidence(True, "A conflict of this person with the paper stands already.")
    found = _search(guest, paper)
    certain = any(it.confidence is Confidence.CERTAIN for it in found)
    words = [it.evidence for it in found]
    if _reviews_it_already(guest):
        # For a chair to judge: a reviewer is not to read another's draft before their own review is in.
        words.append("This person reviews the paper already.")
    return Evidence(certain, " ".join(words))


_WITH = ("assignment__paper__edition", "assignment__member__user")


def _is_held(row: Assignment) -> bool:
    """Whether the review is still the member's to write: whatever ends that ends what they invited to."""
    owner = row.member.user or mail_wishes.owner_of(row.member.email)
    held = Q(pk=row.pk) & policy.own_assignments(owner) if owner is not None and owner.is_active else NOBODY
    return Assignment.objects.filter(held).exists()


def _is_walled_off(guest: Guest) -> bool:
    """Whether it is known that the guest must not see the paper, by account, by address or as an author."""
    paper = guest.assignment.paper
    people = {it for it in (guest.user, mail_wishes.owner_of(guest.email)) if it is not None}
    walls = (Paper.objects.filter(papers_policy.papers_walled_off_from(it), pk=paper.pk) for it in people)
    return (
        Conflict.objects.standing().filter(paper=paper, member__email=guest.email).exists()
        or Author.objects.filter(paper=paper, email__iexact=guest.email).exists()
        or any(it.exists() for it in walls)
    )


def _reviews_it_already(guest: Guest) -> bool:
    owner = mail_wishes.owner_of(guest.email)
    person = Q(member__email=guest.email) | (Q(member__user=owner) if owner is not None else NOBODY)
    return Assignment.objects.live().filter(person, paper=guest.assignment.paper_id).exists()


def _search(guest: Guest, paper: Paper) -> list[Found]:
    person = Person((guest.name,), (guest.email,), "", (guest.affiliation,) if guest.affiliation else ())
    known = conflict_facts.of_paper(paper)
    return find_conflicts(
        [MemberFacts(key="guest", person=person, collaborators=(), publications=())],
        (*known.papers, *known.drafts),
        window=known.window,
        directory=directory(),
        earlier=known.earlier,
    )


def _own(actor: User, assignment: Assignment) -> Assignment:
    Assignment.objects.select_for_update(of=("self",)).filter(pk=assignment.pk).first()
    rows = Assignment.objects.filter(policy.own_assignments(actor), pk=assignment.pk)
    found = rows.select_related("paper__edition", "member__user").first()
    if found is None:
        raise NotAllowed("There is no such paper among those you review.")
    return found


def _open(guest: Guest) -> Guest:
    """The guest's row, held with the assignment, while the link is good. Raises Closed."""
    Assignment.objects.select_for_update(of=("self",)).filter(pk=guest.assignment_id).first()
    row = Guest.objects.select_related(*_WITH).get(pk=guest.pk)
    if why := why_over(row):
        raise Closed(why)
    return row


def _refuse_unless_writing(guest: Guest) -> None:
    if guest.state == Guest.State.DONE:
        raise Closed(
            f"You have handed it in; {guest.assignment.member} takes it from here. Nothing was saved."
        )
    if guest.state != Guest.State.ACCEPTED:
        raise Closed("Accept the invitation first. Nothing was saved.")
    if Review.objects.filter(assignment=guest.assignment, submitted_at__isnull=False).exists():
        raise Closed(f"{guest.assignment.member} has submitted the review. Nothing was saved.")


def _refuse_late(row: Assignment) -> None:
    if why := reviews.why_closed(row.paper):
        raise Refused(why)
    if Review.objects.filter(assignment=row, submitted_at__isnull=False).exists():
        raise Refused("The review is in, so nobody is invited to write it.")


def _invite(guest: Guest) -> None:
    days = queries.settings_of(guest.assignment.paper.edition).invitation_days
    guest.state, guest.expires_at = Guest.State.INVITED, timezone.now() + timedelta(days=days)
    guest.save(update_fields=["state", "expires_at", "decided_by"])
    letters.invite(guest)


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:200]


def _note(text: str) -> str:
    text = review_form.normal(text.replace("\0", ""))
    if len(text) > LONGEST_NOTE:
        raise Refused(
            f"The note has {len(text):,} characters; at most {LONGEST_NOTE:,} fit. Nothing was sent."
        )
    return text


def _record(actor: User | None, verb: str, guest: Guest, **more: Any) -> None:
    paper = guest.assignment.paper
    data = {"member": str(guest.assignment.member), "guest": guest.name, **more}
    audit.record(actor=actor, verb=verb, subject=paper, edition=paper.edition.slug, data=data)
