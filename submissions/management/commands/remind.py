"""manage.py remind: send the reminders that are due, or show what would be sent and what will come."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from submissions.domain.deadlines import in_words, zone
from submissions.domain.reminders import in_words as occasion_in_words
from submissions.models import Edition
from submissions.services import reminders
from submissions.services.reminders import Planned

UNUSABLE = 2


class Command(BaseCommand):
    help = (
        "Sends the reminders that are due; the worker does the same every five minutes. With --dry-run it sends nothing "
        "and prints what is due and what will come, with the recipients as of now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="send nothing, show the plan")
        parser.add_argument(
            "--at",
            metavar="TIME",
            help="the plan as it would be then, like 2021-01-25T18:00 in the call's zone",
        )
        parser.add_argument("--edition", metavar="SLUG", help="only this edition")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["at"] and not options["dry_run"]:
            raise CommandError(
                "--at shows another time than now: use it with --dry-run. Nothing was sent.",
                returncode=UNUSABLE,
            )
        editions = Edition.objects.order_by("slug")
        if slug := options["edition"]:
            editions = editions.filter(slug=slug)
            if not editions:
                raise CommandError(f"There is no edition “{slug}”.", returncode=UNUSABLE)
        if not options["dry_run"]:
            count = sum(reminders.send_due(edition=edition) for edition in editions)
            self.stdout.write(f"{count} reminder{'' if count == 1 else 's'} queued.")
            return
        for edition in editions:
            self.show(edition, _moment(options["at"], edition))
        self.stdout.write("Dry run: nothing was sent.")

    def show(self, edition: Edition, now: datetime) -> None:
        self.stdout.write(f"{edition.short_name}, /{edition.slug}/, at {in_words(now, edition.time_zone)}")
        if not edition.published:
            self.stdout.write("  The call is not published: nothing is sent.")
            return
        due = reminders.due(now=now, edition=edition)
        self.lines("Due now", due, edition)
        taken = {(item.rule.pk, entry.to, entry.occasion.name) for item in due for entry in item.entries}
        later = [
            Planned(item.rule, item.name, left)
            for item in reminders.plan(edition=edition, now=now)
            if (left := [it for it in item.entries if (item.rule.pk, it.to, it.occasion.name) not in taken])
        ]
        self.lines("To come", later, edition)

    def lines(self, heading: str, planned: list[Planned], edition: Edition) -> None:
        self.stdout.write(f"  {heading}:{'' if planned else ' nothing.'}")
        for item in planned:
            first = in_words(item.first, edition.time_zone)
            self.stdout.write(
                f"    {first}  {item.rule.audience}, {occasion_in_words(item.name)}: {item.rule.deadline.label}"
            )
            for entry in item.entries:
                about = f"#{entry.to.paper.number}" if entry.to.paper else "digest"
                self.stdout.write(f"      {entry.to.address}  {about}")


def _moment(written: str | None, edition: Edition) -> datetime:
    if not written:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError(
            f"“{written}” is not a time. Write it like 2021-01-25T18:00.", returncode=UNUSABLE
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone(edition.time_zone))).astimezone(UTC)
