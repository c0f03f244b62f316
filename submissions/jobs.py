"""Long work of this room: the check of all papers once more, and their export. Registered in `apps.py`.

Both see exactly what the chair who asked sees: papers behind a wall are not there at all.
"""

import csv
import zipfile
from pathlib import Path

from accounts import jobs
from accounts.job_models import Job
from accounts.models import User
from submissions import chair_list, policy
from submissions.domain.page_law import Finding
from submissions.models import Edition, Manuscript, Paper
from submissions.pdf import inspect
from submissions.storage import manuscripts

MEGABYTE = 1_000_000
CHECK_HEADINGS = (
    "number", "version", "title", "outcome", "pages then", "pages now", "new findings", "findings that are gone",
)  # fmt: skip


def may_start(actor: User, edition: str) -> bool:
    """Whether `actor` runs the edition called `edition`."""
    return Edition.objects.filter(policy.editions_chaired_by(actor), slug=edition).exists()


def check_papers(job: Job, progress: jobs.Progress) -> jobs.Outcome:
    """Inspect every current manuscript again, and report as CSV where the answer differs from that at upload.

    Nothing is stored with the manuscripts: a row says what was checked and told when the file arrived, and stays so.
    """
    edition = Edition.objects.get(slug=job.edition)
    files = _files(chair_list.rows(edition=edition, user=job.actor))
    path, differ = progress.new_file(".csv"), 0
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(CHECK_HEADINGS)
        for paper, manuscript in progress.over(files, "papers checked"):
            outcome, cells = _check(manuscript, edition)
            differ += outcome != "same"
            title = chair_list.harmless(paper.title)
            writer.writerow([paper.number, manuscript.version, title, outcome, *cells])
    if not files:
        return jobs.Outcome("There is no paper with a file yet.")
    found = (
        f"{differ} of {len(files)} papers need a look"
        if differ
        else f"All {len(files)} papers are as they were"
    )
    return jobs.Outcome(f"{found}. The list says what was found.", path, f"{edition.file_prefix}-check.csv")


def _check(manuscript: Manuscript, edition: Edition) -> tuple[str, list[object]]:
    try:
        report = inspect.inspect(
            _path(manuscript), max_bytes=max(edition.max_file_mb * MEGABYTE, manuscript.size)
        )
    except OSError:
        return "the file is missing", [manuscript.pages, "", "", ""]
    before = {(it.code, it.severity): it for it in manuscript.findings}
    now = {(it.code, it.severity): it for it in report.findings}
    new, gone = ([a[key] for key in a if key not in b] for a, b in ((now, before), (before, now)))
    differs = new or gone or report.pages != manuscript.pages
    outcome = "could not be checked" if report.pages is None else "different" if differs else "same"
    return outcome, [manuscript.pages, report.pages or "", _sentences(new), _sentences(gone)]


def _sentences(findings: list[Finding]) -> str:
    return chair_list.harmless(" ".join(finding.message for finding in findings))


def export(job: Job, progress: jobs.Progress) -> jobs.Outcome:
    """A ZIP of all current manuscripts, named like scadl2021-paper17-v2.pdf, and the list of papers."""
    edition = Edition.objects.get(slug=job.edition)
    rows = chair_list.rows(edition=edition, user=job.actor)
    path, missing = progress.new_file(".zip"), []
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{edition.file_prefix}-papers.csv", "".join(chair_list.as_csv(rows)), zipfile.ZIP_DEFLATED
        )
        files = _files(rows)
        for paper, manuscript in progress.over(files, "papers packed"):
            try:
                # Stored, not deflated: a PDF is compressed already.
                archive.write(_path(manuscript), manuscript.download_name)
            except FileNotFoundError:
                missing.append(f"#{paper.number}")
    message = f"{len(files) - len(missing)} papers and their list."
    if missing:
        message += f" The files of these could not be found; tell the administrator: {', '.join(missing)}."
    return jobs.Outcome(message, path, f"{edition.file_prefix}-papers.zip")


def _files(rows: list[chair_list.Row]) -> list[tuple[Paper, Manuscript]]:
    """The papers that have a file, with the version that counts."""
    found = [(row.paper, row.paper.manuscript) for row in rows]
    for paper, manuscript in found:
        if manuscript is not None:
            manuscript.paper = paper  # already here: its name needs no query
    return [(paper, manuscript) for paper, manuscript in found if manuscript is not None]


def _path(manuscript: Manuscript) -> Path:
    return Path(manuscripts().path(str(manuscript.file.name)))


def register() -> None:
    jobs.register(jobs.Kind("check", "Check of all papers", run=check_papers, allows=may_start))
    jobs.register(jobs.Kind("export", "Export of all papers", run=export, allows=may_start))
