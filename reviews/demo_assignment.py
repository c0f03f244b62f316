"""A plan in the demo: the chair finds one ready to look at, for the places that are still open."""

from collections.abc import Callable
from typing import Any

from accounts import jobs
from accounts.models import User
from reviews.demo import CHAIR
from reviews.models import Proposal
from reviews.services import proposals
from submissions.models import Edition
from submissions.services.errors import Refused


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Compute it here and now, unless there is one."""
    chair = User.objects.filter(email=CHAIR).first()
    if chair is None or Proposal.objects.filter(edition=edition, made_by=chair).exists():
        return
    try:
        options = proposals.options_for(edition, round="emergency")
        made = proposals.propose(actor=chair, edition=edition, options=options)
    except Refused:
        return  # a demo that somebody has emptied
    if made.job is not None:
        jobs.run(made.job.pk)
