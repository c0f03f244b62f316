"""Versions of a paper's file. They are added and chosen, never changed."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from submissions import policy, queries
from submissions.domain.page_law import Finding
from submissions.domain.workflow import Missing, State, missing
from submissions.models import Category, Manuscript, Paper
from submissions.services import files, settling
from submissions.services.errors import Closed, NotAllowed, Refused, Stale

#: Nobody needs more versions of one paper; a script that uploads is stopped here.
MAX_VERSIONS = 200


def add(
    paper: Paper, received: files.Received, *, actor: User, arrived_at: datetime
) -> tuple[Manuscript | None, Finding | None]:
    """Record a received file as the next version, inside the caller's transaction and lock on the paper.

    It becomes the version that counts unless the page law refuses it; then the former one stays and the refusal is
    returned. The very bytes of the latest version make no new one: (None, None).
    """
    latest = paper.manuscripts.order_by("-version").first()
    if latest is not None and latest.sha256 == received.sha256:
        files.discard(received)
        finding = queries.file_finding(paper, latest)
        if finding is not None and finding.severity == "refuse":
            return latest, finding
        if paper.manuscript_id != latest.pk:
            _choose(paper, latest)
            return latest, None
        return None, None
    report = received.report
    if report is None or report.pages is None:
        raise ValueError("Only a checked file can become a manuscript.")
    if latest is not None and latest.version >= MAX_VERSIONS:
        raise Refused(
            f"#{paper.number} has {latest.version} versions, the most there can be. Write to the chairs."
        )
    law = queries.law_for(paper)
    manuscript = Manuscript(
        paper=paper,
        version=latest.version + 1 if latest is not None else 1,
        file=received.name,
        thumbnail=received.thumbnail,
        original_name=received.original_name,
        size=received.size,
        sha256=received.sha256,
        pages=report.pages,
        accepted=True,
        report=report.to_dict(),
        uploaded_by=actor,
        arrived_at=arrived_at,
    )
    finding = manuscript.breaks(law, others=queries.other_laws(paper)) if law is not None else None
    refused = finding if finding is not None and finding.severity == "refuse" else None
    manuscript.accepted = refused is None
    manuscript.save()
    if refused is None:
        _choose(paper, manuscript)
    return manuscript, refused


def is_latest(paper: Paper, received: files.Received) -> bool:
    """Whether these are the very bytes of the latest version: a double click, not a change."""
    latest = paper.manuscripts.order_by("-version").first()
    return latest is not None and latest.sha256 == received.sha256


def use(
    *,
    actor: User,
    paper: Paper,
    version: int,
    revision: int,
    arrived_at: datetime,
    category: Category | None = None,
) -> list[Missing]:
    """Make an earlier upload the version that counts, moving the paper to `category` where one is given.

    This is how an author takes up the offer "submit it as a short paper". Raises NotAllowed, Closed, Stale, Refused,
    WouldBreak.
    """
    with transaction.atomic():
        paper = settling.lock(paper)
        if not policy.may_edit(actor, paper):
            raise NotAllowed("There is no such paper.")
        if paper.state not in (State.DRAFT, State.SUBMITTED):
            raise Closed("This paper is closed, so its file cannot be changed.")
        target = queries.closing_of(paper, category=category)
        if not queries.open_for_authors(paper, arrived_at) or (target and not target.open_at(arrived_at)):
            raise Closed("The deadline has passed, so nothing was changed.")
        if revision != paper.revision:
            raise Stale(
                "This paper was changed in the meantime. Look at it again before you choose a version."
            )
        manuscript = paper.manuscripts.filter(version=version).first()
        if manuscript is None:
            raise NotAllowed("There is no such version.")
        lacked = missing(queries.facts(paper))
        before, changes = State(paper.state), dict[str, list[str | None]]()
        if category is not None and category.pk != paper.category_id:
            if category.edition_id != paper.edition_id:
                raise Refused(f"“{category}” is no category of {paper.edition}.")
            changes["category"] = [str(paper.category or ""), str(category)]
            paper.category = category
            paper.save(update_fields=["category"])
        finding = queries.file_finding(paper, manuscript)
        if finding is not None and finding.severity == "refuse":
            raise Refused(finding.message)
        if paper.manuscript_id != manuscript.pk:
            former = f"v{paper.manuscript.version}" if paper.manuscript else None
            changes["manuscript"] = [former, f"v{manuscript.version}"]
            _choose(paper, manuscript)
        if not changes:
            return queries.missing_items(paper)
        return settling.settle(
            paper, actor=actor, changes=changes, before=before, lacked=lacked, arrived_at=arrived_at
        )


def _choose(paper: Paper, manuscript: Manuscript) -> None:
    paper.manuscript = manuscript
    paper.save(update_fields=["manuscript"])
