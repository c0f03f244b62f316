"""Words of the chairs' own on papers: "award", "read-again". Only chairs see them."""

import re
from collections.abc import Iterable

from django.db import transaction

from accounts import audit
from accounts.models import User
from reviews import policy
from reviews.models import PaperTag
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused

LONGEST = 40
#: So many different tags one paper has at most.
MOST = 20
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)


def parse(text: str) -> list[str]:
    """The tags in what somebody typed, separated by blanks or commas. Raises Refused with the one that cannot be."""
    found = dict.fromkeys(it.lower() for it in re.split(r"[\s,]+", text.replace("\0", "")) if it)
    for name in found:
        if len(name) > LONGEST or not _TAG.fullmatch(name):
            raise Refused(
                f"“{name[:60]}” cannot be a tag: at most {LONGEST} letters (a–z), digits, “-” and “_”. Nothing was changed."
            )
    return list(found)


def change(
    *,
    actor: User,
    edition: Edition,
    numbers: Iterable[int],
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> int:
    """Add and remove tags of these papers; returns how many papers changed.

    All of them or none. Raises NotAllowed where the actor does not handle one of them, Refused (`parse`, too many tags).
    """
    wanted = set(numbers)
    new, old = parse(" ".join(add)), set(parse(" ".join(remove)))
    with transaction.atomic():
        papers = _held(actor, edition, wanted)
        changed = [paper for paper in papers if _change(actor, paper, new, old)]
    return len(changed)


def _held(actor: User, edition: Edition, wanted: set[int]) -> list[Paper]:
    rows = Paper.objects.select_for_update(of=("self",)).filter(edition=edition, number__in=wanted)
    list(rows.order_by("pk").values_list("pk"))
    handled = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, number__in=wanted, state=State.SUBMITTED
    )
    found = list(handled.select_related("edition").prefetch_related("tags").order_by("number"))
    if not wanted or len(found) != len(wanted) or not policy.may_run_committee(actor, edition):
        raise NotAllowed("There is no such paper.")
    return found


def _change(actor: User, paper: Paper, new: list[str], old: set[str]) -> bool:
    before = sorted(it.name for it in paper.tags.all())
    after = sorted((set(before) | set(new)) - old)
    if before == after:
        return False
    if len(after) > MOST:
        raise Refused(
            f"#{paper.number} would have {len(after)} tags; at most {MOST} fit. Nothing was changed."
        )
    PaperTag.objects.filter(paper=paper).exclude(name__in=after).delete()
    PaperTag.objects.bulk_create(PaperTag(paper=paper, name=name) for name in after if name not in before)
    audit.record(
        actor=actor,
        verb="tags.changed",
        subject=paper,
        edition=paper.edition.slug,
        data={"tags": [before, after]},
    )
    return True
