"""The conflicts of the demo: found at once, since loading it has no worker, and one set by a chair."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from reviews.models import Conflict, Member
from reviews.services import conflicts, detection
from submissions.models import Edition

CHAIR, MEMBER, PAPER = "chair@example.org", "pia.petersen@example.org", 5


def load(edition: Edition, say: Callable[[str], Any]) -> None:
    """Search the demo's edition for conflicts, and add one by hand, unless it is there."""
    say("Looking for conflicts …")
    detection.detect(edition)
    chair = User.objects.filter(email=CHAIR).first()
    member = Member.objects.filter(edition=edition, email=MEMBER).first()
    if chair is None or member is None or Conflict.objects.filter(rule=Conflict.Rule.SET_BY_CHAIR).exists():
        return
    conflicts.set_by_hand(
        actor=chair,
        edition=edition,
        number=PAPER,
        member=member.pk,
        reason="They apply for a grant together.",
    )
