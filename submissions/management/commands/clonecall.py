"""manage.py clonecall 2021 2022: begin next year's call file from last year's."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from submissions.domain.call_clone import CHECK, clone_file, default_shift
from submissions.domain.call_facts import RESERVED_SLUGS, Call
from submissions.domain.call_values import SLUG, slug_from
from submissions.management.commands.loadcall import REFUSED, UNUSABLE, read_file
from submissions.models.call import Edition
from submissions.services.call_rows import read


class Command(BaseCommand):
    help = (
        "Writes a new call file made from an edition or from another call file. Never overwrites a file. "
        "Exit codes: 0 written, 1 the file exists, 2 the source or the new name cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="slug of an edition (2021) or path of a call file")
        parser.add_argument("slug", help="slug of the new edition (2022)")
        parser.add_argument(
            "--shift-days", type=int, help="how much later the dates are (default: whole weeks, a year)"
        )
        parser.add_argument("--out", type=Path, help="default: calls/SERIES-SLUG.toml")

    def handle(self, *args: Any, **options: Any) -> None:
        slug: str = options["slug"]
        if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS or len(slug) > 50:
            raise CommandError(f"“{slug}” cannot be the slug of an edition.", returncode=UNUSABLE)
        call = _source(options["source"])
        if slug == call.edition.slug:
            raise CommandError(f"The new edition needs another slug than “{slug}”.", returncode=UNUSABLE)
        days = (
            options["shift_days"]
            if options["shift_days"] is not None
            else default_shift(call.edition.slug, slug)
        )
        out = options["out"] or settings.BASE_DIR / "calls" / f"{slug_from(call.edition.series)}-{slug}.toml"
        try:
            text = clone_file(call, slug=slug, shift_days=days)
        except (OverflowError, ValueError) as error:
            raise CommandError(f"The dates cannot be moved by {days} days.", returncode=UNUSABLE) from error
        _write_new(out, text)
        self.stdout.write(self.style.SUCCESS(f"Wrote {out}."))
        self.stdout.write(
            f"Dates are {days} days later. Look at the {text.count(f'  # {CHECK}')} lines marked “{CHECK}”."
        )
        addresses = sum(1 for role in call.committee if role.email)
        self.stdout.write(
            f"The committee of {len(call.committee)} is kept by name; {addresses} e-mail addresses are only comments, "
            "so nobody has rights in the new edition until you uncomment theirs."
        )
        self.stdout.write(f"Next: edit it, then manage.py loadcall {out} --dry-run")


def _source(name: str) -> Call:
    edition = Edition.objects.filter(slug=name).first()
    if edition is not None:
        return read(edition)
    if not Path(name).is_file():
        raise CommandError(f"There is neither an edition nor a file called “{name}”.", returncode=UNUSABLE)
    return read_file(Path(name))


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CommandError(
            f"{path} exists and is left as it is. Choose another --out.", returncode=REFUSED
        ) from error
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=UNUSABLE) from error
