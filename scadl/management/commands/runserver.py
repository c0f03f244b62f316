"""The development server with worker and clock in the same process, so that mail and reminders leave by themselves."""

from argparse import ArgumentParser
from typing import Any

from whitenoise.runserver_nostatic.management.commands.runserver import Command as Runserver


class Command(Runserver):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--no-worker", action="store_true", help="Leave tasks to workers that you start yourself."
        )

    def inner_run(self, *args: Any, **options: Any) -> None:
        # Here, not in `run`: with the reloader this is the process that serves, and the threads end with it.
        if not options["no_worker"]:
            from scadl.embedded import EmbeddedWorker

            EmbeddedWorker().start()
        super().inner_run(*args, **options)

    def on_bind(self, server_port: int) -> None:
        """Called when the server listens: says where, in place of Django's longer notice."""
        address = f"http://localhost:{server_port}"
        self.stdout.write(f"\n  The site:       {address}/\n  Mail it sends:  {address}/mailbox/\n")
        self.stdout.write("  Ctrl-C stops everything. A changed file restarts the server.\n\n")
