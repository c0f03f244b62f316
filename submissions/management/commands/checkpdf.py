"""Judge PDF files by a category's page law, exactly as an upload would be judged."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from submissions.domain.page_law import Finding, PageLaw, describe
from submissions.models import Category, Edition
from submissions.pdf.inspect import inspect, verdict

USAGE = 2
MEGABYTE = 1_000_000
WORDS = {"refuse": "refused", "warn": "warning", "note": "note"}


class Command(BaseCommand):
    """Exit status: 0 all files accepted, 1 at least one refused, 2 wrong usage."""

    help = "Check PDF files by the page law of a category: 0 all accepted, 1 some refused, 2 wrong usage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, and the category whose law they are held to."""
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--edition", required=True, help="slug of the edition, for example 2021")
        parser.add_argument("--category", required=True, help="slug of the category, for example regular")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *_: Any, files: list[Path], edition: str, category: str, **options: Any) -> None:
        """Check each file in turn; nothing is checked when an argument is wrong."""
        found = _category(edition, category)
        for path in files:
            if not path.is_file():
                raise CommandError(f"There is no file {path}. Give the paths of PDF files.", returncode=USAGE)
        law = found.law()
        others = [other.law() for other in found.edition.categories.all() if other.needs_file]
        everything = True
        for path in files:
            everything &= self._check(path, law, others, found.edition.max_file_mb, as_json=options["json"])
        if not everything:
            sys.exit(1)

    def _check(
        self, path: Path, law: PageLaw, others: list[PageLaw], megabytes: int, *, as_json: bool
    ) -> bool:
        try:
            report = inspect(path, max_bytes=megabytes * MEGABYTE)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=USAGE) from error
        accepted, findings = verdict(report, law, others)
        if as_json:
            facts = {
                "file": str(path),
                "accepted": accepted,
                "pages": report.pages,
                "findings": [finding.as_dict() for finding in findings],
                "seconds": report.seconds,
            }
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            pages = (
                "" if report.pages is None else f", {report.pages} {'page' if report.pages == 1 else 'pages'}"
            )
            word = "accepted" if accepted else "refused"
            self.stdout.write(
                f"{path}: {word}{pages} ({law.category}: {describe(law)}; {report.seconds:.2f} s)"
            )
            for finding in findings:
                self.stdout.write(f"  {_line(finding)}")
        self.stdout.flush()
        return accepted


def _category(edition_slug: str, category_slug: str) -> Category:
    """The category of the edition. Raises CommandError naming the value and what there is instead."""
    edition = Edition.objects.filter(slug=edition_slug).first()
    if edition is None:
        known = ", ".join(Edition.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(
            f'There is no edition "{edition_slug}" in the database ({f"there are: {known}" if known else "there is none"}). '
            "Load a call first, for example: manage.py loadcall calls/scadl-2021.toml --publish",
            returncode=USAGE,
        )
    category = edition.categories.filter(slug=category_slug).select_related("edition").first()
    if category is None:
        known = ", ".join(edition.categories.values_list("slug", flat=True))
        raise CommandError(
            f'The edition {edition_slug} has no category "{category_slug}". It has: {known or "none"}.',
            returncode=USAGE,
        )
    if not category.needs_file:
        raise CommandError(
            f'The category "{category_slug}" takes no file, so it has no page law.', returncode=USAGE
        )
    return category


def _line(finding: Finding) -> str:
    page = f", page {finding.page}" if finding.page else ""
    return f"{WORDS[finding.severity]} ({finding.code}{page}): {finding.message}"
