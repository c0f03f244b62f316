"""manage.py loaddemo: fill a development site with fictional people, an open call and papers."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from submissions import demo


class Command(BaseCommand):
    help = (
        "Loads the demo: people at example.org, an open call, papers. A second run adds only what is missing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MAILBOX_PAGE:
            raise CommandError(
                "The demo's passwords are public, so it is loaded only where MAILBOX_PAGE is on (development)."
            )
        demo.load(self.stdout.write)
        self.stdout.write(f"Demo people, all with the password {demo.PASSWORD}:")
        for person in demo.PEOPLE:
            self.stdout.write(f"  {person.email:<26} {person.what}")
        self.stdout.write(
            "Chairs and the administrator also need a code from their authenticator app: /mailbox/ shows it."
        )
