"""The papers that members wrote themselves: added after a look, merged, removed. Affinity is computed from them."""

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from accounts import audit
from accounts.models import User
from reviews.models import Member, OwnPaper
from reviews.services import affinity, detection
from submissions.services.errors import NotAllowed, Refused

if TYPE_CHECKING:
    from reviews.domain.bibtex import Entry

MOST_PAPERS = 500


def fingerprint(title: str) -> str:
    """Equal for one title in two lists: case, accents, spaces and signs make no difference."""
    apart = unicodedata.normalize("NFKD", title).casefold()
    kept = "".join(sign for sign in apart if sign.isalnum())
    return hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()


def add(*, actor: User, member: Member, entries: "Sequence[Entry]", source: str) -> dict[str, int]:
    """Add `entries`; returns how many are new and how many were there already (what they lacked is filled in).

    All or nothing. Raises NotAllowed, Refused when there would be more than `MOST_PAPERS`.
    """
    with transaction.atomic():
        member = held(actor, member)
        there = {it.fingerprint: it for it in member.own_papers.all()}
        told = {fingerprint(it.title): it for it in entries}
        new = [it for mark, it in told.items() if mark not in there]
        if len(there) + len(new) > MOST_PAPERS:
            raise Refused(
                f"You have {len(there)} papers here and {len(new)} more would come; at most {MOST_PAPERS} fit. Nothing was "
                "added: leave the oldest out, or those far from the call."
            )
        known = [_completed(there[mark], it, source) for mark, it in told.items() if mark in there]
        better = [it for it in known if it is not None]
        if better:
            # Rows are never changed, only replaced: by their keys one sees whether anything is new.
            member.own_papers.filter(fingerprint__in=[it.fingerprint for it in better]).delete()
        OwnPaper.objects.bulk_create([*(_row(member, it, source) for it in new), *better])
        count = {"new": len(new), "completed": len(better), "known": len(known) - len(better)}
        if new or better:
            affinity.wake(member.edition_id)
            detection.wake(member.edition_id)
            audit.record(
                actor=actor,
                verb="member.papers_added",
                subject=member,
                edition=member.edition.slug,
                data={"source": source, **count},
            )
    return count


def remove(*, actor: User, member: Member, paper: int | None) -> int:
    """Remove one paper, or all with None; returns how many. What is gone already is no error. Raises NotAllowed."""
    with transaction.atomic():
        member = held(actor, member)
        rows = member.own_papers.all() if paper is None else member.own_papers.filter(pk=paper)
        count, _ = rows.delete()
        if count:
            affinity.wake(member.edition_id)
            detection.wake(member.edition_id)
            audit.record(
                actor=actor,
                verb="member.papers_removed",
                subject=member,
                edition=member.edition.slug,
                data={"papers": count},
            )
    return count


def copy(source: Member, member: Member) -> int:
    """Add the papers of an earlier place to `member`, as far as they fit; returns how many. Inside a transaction."""
    there = set(member.own_papers.values_list("fingerprint", flat=True))
    new = [it for it in source.own_papers.all() if it.fingerprint not in there][: MOST_PAPERS - len(there)]
    for paper in new:
        paper.pk, paper.member = None, member
        paper._state.adding = True
    OwnPaper.objects.bulk_create(new)
    if new:
        affinity.wake(member.edition_id)
        detection.wake(member.edition_id)
    return len(new)


def held(actor: User, member: Member) -> Member:
    """The member's row, held until the transaction ends. Raises NotAllowed unless `actor` holds the place and reviews."""
    Member.objects.select_for_update().filter(pk=member.pk).first()
    found = Member.objects.held_by(actor).reviewing().filter(pk=member.pk).select_related("edition").first()
    if found is None:
        raise NotAllowed("There is no such place in the committee.")
    return found


def _row(member: Member, it: "Entry", source: str) -> OwnPaper:
    return OwnPaper(
        member=member,
        title=it.title,
        abstract=it.abstract,
        year=it.year,
        authors=list(it.authors),
        source=source,
        fingerprint=fingerprint(it.title),
    )


def _completed(row: OwnPaper, it: "Entry", source: str) -> OwnPaper | None:
    """The paper that is there with what `it` knows beyond; None when that is nothing. The longer abstract counts."""
    new = _row(row.member, it, source)
    new.title, new.abstract = row.title, max(row.abstract, it.abstract, key=len)
    new.year, new.authors = row.year or it.year, row.authors or list(it.authors)
    same = (new.abstract, new.year, new.authors) == (row.abstract, row.year, row.authors)
    return None if same else new
