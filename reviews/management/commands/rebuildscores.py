"""`manage.py rebuildscores`: compare the scores that tables count with the reviews, and mend what differs."""

from typing import Any

from django.core.management.base import BaseCommand

from reviews.services import scores


class Command(BaseCommand):
    help = "Make the scores that the chairs' tables count anew from the submitted reviews. Safe at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        number = scores.rebuild()
        self.stdout.write(
            f"{number} review{'' if number == 1 else 's'} counted with other scores than submitted; mended."
        )
