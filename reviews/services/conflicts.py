"""Conflicts of interest as rows: declared by members."""

import hashlib

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import policy
from reviews.models import Conflict, Member
from submissions.models import Paper
from submissions.services.errors import NotAllowed, Refused


def declare(*, actor: User, member: Member, paper: Paper, reason: str) -> Conflict:
    """`member` declares that they must not handle `paper`; the wall stands from then on. The same again changes nothing.

    Raises NotAllowed unless `actor` holds the place and may see the paper there, Refused without a reason.
    """
    if not reason.strip():
        raise Refused("Say in a few words why: the chairs need it. Nothing was saved.")
    with transaction.atomic():
        Paper.objects.select_for_update().filter(pk=paper.pk).first()
        if not Member.objects.held_by(actor).filter(pk=member.pk, edition=paper.edition_id).exists():
            raise NotAllowed("There is no such place in the committee.")
        if not Paper.objects.filter(policy.papers_to_bid_on(actor), pk=paper.pk).exists():
            raise NotAllowed(f"There is no paper #{paper.number} in your list.")
        conflict, _ = Conflict.objects.update_or_create(
            paper=paper,
            member=member,
            rule=Conflict.Rule.DECLARED_BY_MEMBER,
            defaults={
                "confidence": Conflict.Confidence.CERTAIN,
                "evidence": reason.strip(),
                "fingerprint": hashlib.sha256(reason.strip().encode("utf-8", "replace")).hexdigest(),
                "found_at": timezone.now(),
                "declared_by": actor,
                "dismissed_at": None,
                "dismissed_by": None,
                "dismissed_reason": "",
            },
        )
        audit.record(
            actor=actor,
            verb="conflict.declared",
            subject=paper,
            edition=member.edition.slug,
            data={"member": member.name},
        )
    return conflict
