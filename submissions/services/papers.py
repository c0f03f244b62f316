"""Everything that changes a paper's text, authors and state."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts import audit
from accounts.models import Message, User
from submissions import letters, policy, queries
from submissions.domain.workflow import Missing, State, missing
from submissions.models import Category, Edition, ExtraAnswer, Manuscript, Paper
from submissions.services import contents, files, manuscripts, settling
from submissions.services.contents import PaperData
from submissions.services.errors import (
    Closed,
    FileRefused,
    NotAllowed,
    Refused,
    Stale,
    StorageFailed,
    WouldBreak,
)

#: Nobody needs more; a script that makes papers is stopped here.
MAX_PAPERS_PER_PERSON = 50
#: Each time a paper comes back its contacts get mail: nobody needs more, a script that sends mail through us does.
MAX_RETURNS = 10
#: Addresses beyond the paper's present contacts that were written to about it; for the same reason.
MAX_FORMER_CONTACTS = 100


@dataclass(frozen=True)
class Saved:
    """What came of it.

    `manuscript` is the new version, if a file came; `file_problems` are the sentences about a file that was not
    taken (the rest of the form was saved all the same, and the former version still counts).
    """

    paper: Paper
    changes: dict[str, Any]
    missing: list[Missing]
    went_in: bool = False
    manuscript: Manuscript | None = None
    file_problems: list[str] = field(default_factory=list)


def create(*, actor: User, edition: Edition, creation_key: uuid.UUID, arrived_at: datetime) -> Paper:
    """Start a draft, or return the one that this form has made before (a double click makes one paper).

    Raises NotAllowed (the edition is not there for this person), Closed, Refused.
    """
    if not Edition.objects.visible_to(actor).filter(pk=edition.pk).exists():
        raise NotAllowed("There is no such call.")
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(pk=edition.pk)
        before = Paper.objects.filter(edition=edition, creation_key=creation_key).first()
        if before is not None:
            if before.submitter_id != actor.pk:
                raise NotAllowed("There is no such paper.")
            return before
        closing = queries.registration_closing(edition)
        if closing is not None and not closing.open_at(arrived_at):
            raise Closed("New papers are no longer taken: the deadline has passed. Nothing was saved.")
        if edition.papers.filter(submitter=actor).count() >= MAX_PAPERS_PER_PERSON:
            raise Refused(
                f"You have started {MAX_PAPERS_PER_PERSON} papers here, which is the most one person may have. "
                "Withdraw nothing: write to the chairs if you need more."
            )
        edition.last_paper_number += 1
        edition.save(update_fields=["last_paper_number"])
        paper = Paper.objects.create(
            edition=edition, number=edition.last_paper_number, creation_key=creation_key, submitter=actor
        )
        paper.authors.create(
            position=0,
            name=actor.name,
            email=actor.email,
            affiliation=actor.affiliation,
            country=actor.country,
            orcid=actor.orcid,
            is_contact=True,
        )
        audit.record(actor=actor, verb="paper.created", subject=paper, edition=edition.slug)
    return paper


def save(
    *,
    actor: User,
    paper: Paper,
    revision: int,
    data: PaperData,
    arrived_at: datetime,
    upload: UploadedFile | None = None,
    attachments: dict[int, UploadedFile] | None = None,
    lost_uploads: bool = False,
) -> Saved:
    """Save what the form holds, with a new manuscript and attachments where they came along.

    `revision` is the paper's when the form was loaded; `lost_uploads` that a file was sent but this server could not
    keep it. A file that cannot be taken does not hold up the rest: see
    `Saved.file_problems`. Raises NotAllowed, Closed, Stale, Refused, and WouldBreak when the paper is in and would no
    longer be complete; then nothing is changed.
    """
    _check_open(actor, paper, data.category, arrived_at)
    received, extra_files, problems = _receive(paper.edition, upload, attachments or {})
    if lost_uploads:
        problems.append(files.STORAGE_SENTENCE)
    with transaction.atomic(), files.discarded_on_failure([received, *extra_files.values()]):
        paper = settling.lock(paper)
        _check_open(actor, paper, data.category, arrived_at)
        extra_files = _without_known(paper, extra_files)
        new_file = received is not None and not manuscripts.is_latest(paper, received)
        if revision != paper.revision and (new_file or extra_files or contents.differences(paper, data)):
            raise Stale("This paper was changed in the meantime, so your version was not saved.")
        before, lacked = State(paper.state), missing(queries.facts(paper))
        changes = contents.apply(paper, data)
        changes |= _attach(paper, extra_files)
        if "authors" in changes:
            _refuse_many_former_contacts(paper)
        manuscript, refused_file = None, {}
        if received is not None:
            former = paper.manuscript
            manuscript, refused = manuscripts.add(paper, received, actor=actor, arrived_at=arrived_at)
            if refused is not None:
                problems.append(refused.message)
                if new_file and manuscript is not None:
                    refused_file = {"refused file": [None, f"v{manuscript.version}: {refused.message}"]}
            elif manuscript is not None:
                changes["manuscript"] = [former and f"v{former.version}", f"v{manuscript.version}"]
        try:
            lacks = (
                settling.settle(
                    paper,
                    actor=actor,
                    changes=changes | refused_file,
                    before=before,
                    lacked=lacked,
                    arrived_at=arrived_at,
                )
                if changes
                else _unchanged(paper, actor=actor, refused_file=refused_file)
            )
        except WouldBreak as error:
            error.file_problems = problems
            raise
    return Saved(
        paper,
        changes,
        lacks,
        went_in=before != State.SUBMITTED and paper.state == State.SUBMITTED,
        manuscript=manuscript,
        file_problems=problems,
    )


def _receive(
    edition: Edition, upload: UploadedFile | None, attachments: dict[int, UploadedFile]
) -> tuple[files.Received | None, dict[int, files.Received], list[str]]:
    """Take in the files, outside any transaction: a check may last seconds and must not hold the database."""
    received, extra_files, problems = None, {}, []
    try:
        if upload is not None:
            received = files.receive_manuscript(upload, edition)
    except (FileRefused, StorageFailed) as error:
        problems.append(str(error))
    for pk, attachment in attachments.items():
        try:
            extra_files[pk] = files.receive_attachment(attachment, edition)
        except (FileRefused, StorageFailed) as error:
            problems.append(str(error))
    return received, extra_files, problems


def _refuse_many_former_contacts(paper: Paper) -> None:
    """Whoever exchanges the contacts again and again would have us write to any number of people."""
    written_to = Message.objects.filter(about=f"paper:{paper.pk}").values_list("to", flat=True)
    former = set(written_to) - set(queries.contacts(settling.forget_cached(paper)))
    if len(former) > MAX_FORMER_CONTACTS:
        raise Refused(
            f"The contacts of #{paper.number} were exchanged too often, so nothing was saved. Write to the chairs."
        )


def _unchanged(paper: Paper, *, actor: User, refused_file: dict[str, Any]) -> list[Missing]:
    """A file that was only refused stands in the history, but nothing changed for anybody."""
    if refused_file:
        audit.record(
            actor=actor,
            verb="paper.file_refused",
            subject=paper,
            edition=paper.edition.slug,
            data=refused_file,
        )
    return queries.missing_items(paper)


def withdraw(*, actor: User, paper: Paper, reason: str = "") -> Paper:
    """Take a paper back: its contacts at any time, a chair who handles it on their behalf with a reason.

    Raises NotAllowed, Refused.
    """
    with transaction.atomic():
        paper = settling.lock(paper)
        as_contact = policy.may_edit(actor, paper)
        if not as_contact and not policy.may_handle(actor, paper):
            raise NotAllowed("There is no such paper.")
        if not as_contact and not reason.strip():
            raise Refused("Say why you withdraw this paper on behalf of its authors; they will read it.")
        settling.move(paper, State.WITHDRAWN, actor=actor, reason=reason)
        letters.withdrawn(paper, by=actor, as_chair=not as_contact)
    return paper


def revive(*, actor: User, paper: Paper, arrived_at: datetime) -> Saved:
    """Bring a withdrawn paper back before the deadline: in again when complete, a draft otherwise.

    Raises NotAllowed, Closed, Refused.
    """
    with transaction.atomic():
        paper = settling.lock(paper)
        if not policy.may_edit(actor, paper):
            raise NotAllowed("There is no such paper.")
        if paper.state != State.WITHDRAWN:
            raise Refused(f"Only a withdrawn paper can be brought back; #{paper.number} is not withdrawn.")
        own = queries.closing_of(paper)
        late = own is not None and not own.open_at(arrived_at) and not queries.missing_items(paper)
        # A draft may come back for a category that is still open, but not go in after its own deadline.
        if late or not queries.open_for_authors(paper, arrived_at):
            raise Closed("The deadline has passed: a withdrawn paper can only be brought back before it.")
        if audit.history(paper).filter(verb="paper.withdrawn").count() > MAX_RETURNS:
            raise Refused(f"#{paper.number} was brought back {MAX_RETURNS} times. Write to the chairs.")
        paper.closed_reason = ""
        paper.save(update_fields=["closed_reason"])
        lacks = settling.settle(
            paper,
            actor=actor,
            changes={"state": [State.WITHDRAWN, "back"]},
            before=State.WITHDRAWN,
            lacked=[],
            arrived_at=arrived_at,
        )
        if lacks:
            letters.revived(paper, by=actor)
    return Saved(paper, {}, lacks, went_in=paper.state == State.SUBMITTED)


def mark_out_of_scope(*, actor: User, paper: Paper, reason: str) -> Paper:
    """Desk reject: a chair finds the paper outside the call. Raises NotAllowed, Refused."""
    with transaction.atomic():
        paper = _handled(actor, paper)
        if not reason.strip():
            raise Refused("Give the authors a reason: they will read it.")
        settling.move(paper, State.OUT_OF_SCOPE, actor=actor, reason=reason)
        letters.out_of_scope(paper, by=actor)
    return paper


def put_back_in_scope(*, actor: User, paper: Paper) -> Paper:
    """Undo a desk reject: the paper is what it was before. Raises NotAllowed, Refused."""
    with transaction.atomic():
        paper = _handled(actor, paper)
        if paper.state != State.OUT_OF_SCOPE:
            raise Refused(f"#{paper.number} is not marked out of scope.")
        settling.move(paper, State.SUBMITTED if paper.submitted_at else State.DRAFT, actor=actor)
        letters.back_in_scope(paper, by=actor)
    return paper


def _without_known(paper: Paper, extra_files: dict[int, files.Received]) -> dict[int, files.Received]:
    """The attachments that are not there already, byte for byte: a double click is not a change."""
    known = {(answer.field_id, answer.file_sha256) for answer in paper.extra_answers.all()}
    again = {pk for pk, received in extra_files.items() if (pk, received.sha256) in known}
    for pk in again:
        files.discard(extra_files[pk])
    return {pk: received for pk, received in extra_files.items() if pk not in again}


def _attach(paper: Paper, extra_files: dict[int, files.Received]) -> dict[str, Any]:
    former = {answer.field_id: answer for answer in paper.extra_answers.all()}
    changes: dict[str, Any] = {}
    for extra in paper.edition.extra_fields.all():
        received = extra_files.get(extra.pk)
        if received is None:
            continue
        ExtraAnswer.objects.update_or_create(
            paper=paper,
            field=extra,
            defaults={
                "value": received.original_name,
                "file": received.name,
                "file_size": received.size,
                "file_sha256": received.sha256,
            },
        )
        before = former.get(extra.pk)
        changes[extra.label] = [before and before.value, received.original_name]
        if before is not None and before.file:
            files.discard_after_commit(str(before.file.name))
    return changes


def _check_open(actor: User, paper: Paper, category: Category | None, arrived_at: datetime) -> None:
    if not policy.may_edit(actor, paper):
        raise NotAllowed("There is no such paper.")
    if paper.state == State.WITHDRAWN:
        raise Closed("This paper is withdrawn. Bring it back first; nothing was saved.")
    if paper.state == State.OUT_OF_SCOPE:
        raise Closed("The chairs found this paper outside the call, so it can no longer be changed.")
    if not queries.open_for_authors(paper, arrived_at):
        raise Closed("The deadline has passed, so nothing was saved. The paper stays as it was.")
    closing = queries.closing_of(paper, category=category)
    if closing is not None and not closing.open_at(arrived_at):
        raise Closed(f"The deadline for “{category or paper.category}” has passed, so nothing was saved.")


def _handled(actor: User, paper: Paper) -> Paper:
    paper = settling.lock(paper)  # first: a conflict may be declared in this moment
    if not policy.may_handle(actor, paper):
        raise NotAllowed("There is no such paper.")
    return paper
