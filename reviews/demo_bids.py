"""Bids of the demo: some members have bid, some have not, and own papers bring them near to submissions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction

from reviews.domain.bibtex import Entry
from reviews.models import Bid, CommitteeSettings, Member, OwnPaper
from reviews.services.own_papers import fingerprint
from submissions import queries
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, ReminderRule

#: Own papers of members, by address.
WROTE = {
    "reviewer@example.org": (
        Entry(
            "Gradient Sparsification for Slow Networks",
            "Training on many workers with little communication.",
            2019,
        ),
        Entry(
            "Stragglers in Synchronous Training", "We measure slow workers and what to do about them.", 2020
        ),
    ),
    "marta.menon@example.org": (
        Entry("Inference on Shared Accelerators", "Serving several models on one accelerator.", 2020),
    ),
    "pia.petersen@example.org": (
        Entry("A Benchmark for Distributed Training", "Nine points on which systems differ.", 2018),
    ),
}
#: How members bid on the papers in the order of their numbers; None is no bid.
BIDS: dict[str, tuple[int | None, ...]] = {
    "reviewer@example.org": (Bid.Level.EAGER, None, Bid.Level.NOT_WILLING),
    "marta.menon@example.org": (Bid.Level.WILLING, Bid.Level.EAGER, Bid.Level.IN_A_PINCH, Bid.Level.WILLING),
    "noor.nasser@example.org": (Bid.Level.IN_A_PINCH, Bid.Level.WILLING),
    "oleg.orlov@example.org": (Bid.Level.EAGER,),
}


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Open bidding early in the demo's edition, with a date and a reminder, unless somebody has bid there."""
    members = {it.email: it for it in Member.objects.reviewing().filter(edition=edition)}
    if Bid.objects.filter(paper__edition=edition).exists() or not members:
        return
    say("Bidding on the demo's papers …")
    with transaction.atomic():
        CommitteeSettings.objects.update_or_create(edition=edition, defaults={"bids_before_deadline": True})
        _date(edition)
        for email, entries in WROTE.items():
            if email in members:
                OwnPaper.objects.bulk_create(_row(members[email], it) for it in entries)
        papers = list(edition.papers.filter(state=State.SUBMITTED).order_by("number"))
        Bid.objects.bulk_create(
            Bid(member=members[email], paper=paper, level=level)
            for email, levels in BIDS.items()
            if email in members
            for paper, level in zip(papers, levels, strict=False)
            if level is not None
        )


def _date(edition: Edition) -> None:
    closing = queries.call_closing(edition)
    if closing is None or edition.deadlines.filter(kind=Deadline.Kind.BIDS).exists():
        return
    at = closing.at + timedelta(days=7)
    due = Deadline.objects.create(
        edition=edition, slug="bids", kind=Deadline.Kind.BIDS, label="Bids", at=at, original_at=at
    )
    order = edition.reminder_rules.count()
    ReminderRule.objects.create(
        edition=edition, deadline=due, audience="bidders", when=["-3d", "-1d"], order=order
    )


def _row(member: Member, it: Entry) -> OwnPaper:
    return OwnPaper(
        member=member,
        title=it.title,
        abstract=it.abstract,
        year=it.year,
        source=OwnPaper.Source.PASTED,
        fingerprint=fingerprint(it.title),
    )
