"""What members say about papers they would like to review."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import bid_list
from reviews.models import Bid, Member
from submissions.models import Edition, Paper
from submissions.services.errors import Closed, NotAllowed, Refused


def place(*, actor: User, member: Member, number: int, level: int | None, arrived_at: datetime) -> Paper:
    """Set the bid of `member` on paper `number` to `level`, or take it back with None. Returns the paper.

    The same bid again changes nothing. Raises NotAllowed where there is no such paper for this member (not submitted,
    behind a conflict, or none at all: the answer is one), Closed when bids are no longer taken, Refused for an unknown level.
    """
    edition = member.edition
    paper = visible(actor, edition, number)
    if not Member.objects.held_by(actor).reviewing().filter(pk=member.pk).exists():
        raise NotAllowed("There is no such place in the committee.")
    if level is not None and level not in Bid.Level.values:
        raise Refused(f"“{level}” is not a bid: choose one of the four levels. Nothing was saved.")
    with transaction.atomic():
        # Held, so that two clicks come one after the other; then asked again: it may have been withdrawn meanwhile.
        Paper.objects.select_for_update().get(pk=paper.pk)
        paper = visible(actor, edition, number)
        bidding = bid_list.bidding_of(edition, arrived_at)
        if not bidding.open_at(arrived_at, paper.category.slug if paper.category else None):
            raise Closed(why_closed(bidding))
        before = Bid.objects.filter(member=member, paper=paper).first()
        if level == (before.level if before else None):
            return paper
        if level is None:
            Bid.objects.filter(member=member, paper=paper).delete()
        else:
            Bid.objects.update_or_create(
                member=member, paper=paper, defaults={"level": level, "at": timezone.now()}
            )
        audit.record(
            actor=actor,
            verb="bid.placed",
            subject=paper,
            edition=edition.slug,
            data={"member": member.name, "bid": [_word(before.level if before else None), _word(level)]},
        )
    return paper


def visible(actor: User, edition: Edition, number: int) -> Paper:
    """The paper, if `actor` may bid on it. Raises NotAllowed, whether it exists or not."""
    found = bid_list.papers_for(actor, edition).filter(number=number)
    paper = found.select_related("category", "edition").first()
    if paper is None:
        raise NotAllowed(f"There is no paper #{number} in your list.")
    return paper


def why_closed(bidding: bid_list.Bidding) -> str:
    if bidding.begins is not None:
        return "Bidding has not begun: papers are still coming in. Nothing was saved."
    if bidding.closing is None:
        return "Reviewers are being assigned, so bids are no longer taken. Nothing was saved."
    return "The time for bids is over, so nothing was saved. The chairs can still change the assignment."


def _word(level: int | None) -> str:
    return "" if level is None else str(Bid.Level(level).label)
