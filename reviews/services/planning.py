"""Asking for a plan: what the chair chose is kept in the committee's settings, and the worker is asked, both or neither."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from reviews import queries
from reviews.domain.assignment_facts import Options
from reviews.models import Proposal
from reviews.services import committee_settings, proposals
from submissions.models import Edition

#: What of a plan's options the committee keeps for the next one; and under what name `Options` knows it.
KEPT = {
    "fair": "fair",
    "fair_price": "price_cap",
    "one_per_institution": "one_per_institution",
    "one_senior": "one_senior",
    "no_coauthors_together": "no_coauthors",
    "max_probability": "max_probability",
    "seed": "seed",
}
WEIGHTS = ("weight_affinity", "weight_topics", "weight_bids")


def ask(
    *,
    actor: User,
    edition: Edition,
    options: Options,
    weights: Mapping[str, Any],
    expected: str,
    back: str = "/",
) -> Proposal:
    """Keep the options and the weights as the committee's own, and start a plan.

    Raises NotAllowed, Stale (somebody changed the settings meanwhile), Refused. Then nothing is kept and nothing starts.
    """
    proposals.checked(options)
    with transaction.atomic():
        values = {name: getattr(options, known) for name, known in KEPT.items()} | dict(weights)
        if options.round == "first" and not options.papers:
            values["reviews_per_paper"] = options.reviews
        committee_settings.save(actor=actor, edition=edition, values=values, expected=expected)
        return proposals.propose(actor=actor, edition=edition, options=options, back=back)


def again(*, actor: User, proposal: Proposal, back: str = "/") -> Proposal:
    """Another plan with the same question, for what holds now: locks, conflicts, loads. Raises NotAllowed, Refused."""
    proposal = proposals.own(actor, proposal)
    options = Options.read(proposal.options)
    return proposals.propose(actor=actor, edition=proposal.edition, options=options, back=back)


def stamp(edition: Edition) -> str:
    """Of the settings that the form shows."""
    return committee_settings.stamp(queries.settings_of(edition))
