"""manage.py loadcall FILE: make the database say what a call file says."""

from argparse import ArgumentParser
from difflib import ndiff
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from submissions.domain.call_diff import Change, shown
from submissions.domain.call_facts import Call
from submissions.domain.call_schema import CallError, parse
from submissions.services.call import EditedSince, Orphans, Plan, load, plan
from submissions.services.call_rows import country_names
from submissions.services.errors import NotAllowed

REFUSED, UNUSABLE = 1, 2


class Command(BaseCommand):
    help = (
        "Loads a call for papers (docs/call-format.md). Loading the same file again changes nothing. "
        "Exit codes: 0 done or nothing to do, 1 refused (papers or edits are in the way), 2 the file cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would change and change nothing"
        )
        parser.add_argument("--publish", action="store_true", help="also open the call's page to everybody")
        parser.add_argument(
            "--overwrite-edits",
            action="store_true",
            help="undo what was edited in the browser since the last load",
        )
        parser.add_argument("--actor", metavar="EMAIL", help="whom the audit log names (default: the system)")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = _actor(options["actor"])
        call = read_file(options["file"])
        todo = plan(call, publish=options["publish"])
        self.show(todo)
        if options["dry_run"]:
            self.show_obstacles(todo, options["overwrite_edits"])
            self.stdout.write("Dry run: nothing was changed.")
            if todo.blockers or (todo.overwrites and not options["overwrite_edits"]):
                raise CommandError("Loading would be refused.", returncode=REFUSED)
            return
        try:
            load(
                actor=actor,
                call=call,
                source_name=options["file"].name,
                publish=options["publish"],
                overwrite_edits=options["overwrite_edits"],
            )
        except (Orphans, EditedSince, NotAllowed) as error:
            self.show_obstacles(todo, options["overwrite_edits"])
            self.stderr.write("")
            raise CommandError(f"Refused, nothing was changed. {error}", returncode=REFUSED) from error
        self.stdout.write(self.style.SUCCESS(_done(todo)))

    def show(self, todo: Plan) -> None:
        edition = todo.call.edition
        if todo.is_new:
            self.stdout.write(f"{edition.short_name} is new: /{edition.slug}/")
            for name, rows in todo.call.as_data().items():
                if name != "edition":
                    self.stdout.write(f"  {len(rows)} {name.replace('_', ' ')}")
        else:
            self.stdout.write(f"{edition.short_name}, /{edition.slug}/: {_count(todo.changes)}")
            for change in todo.changes:
                for line in lines(change):
                    style = self.style.SUCCESS if line.startswith("+") else self.style.ERROR
                    self.stdout.write(f"  {style(line) if line[0] in '+-' else line}")
        if todo.publishes:
            self.stdout.write("  + published: everybody can see the call")

    def show_obstacles(self, todo: Plan, overwrite_edits: bool) -> None:
        for reason in todo.blockers:
            self.stderr.write(f"In the way: {reason}")
        if todo.overwrites and not overwrite_edits:
            self.stderr.write("Edited in the browser since the last load; loading would undo:")
            for change in todo.overwrites:
                self.stderr.write(f"  {change}")
            self.stderr.write(
                "Put these into the file first (a chair can download the present call as a file from its page), "
                "or undo them with --overwrite-edits."
            )


def read_file(path: Path) -> Call:
    """The call in a file. Raises CommandError (exit code 2) that lists all that is wrong with it."""
    try:
        return parse(path.read_bytes(), countries=country_names())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=UNUSABLE) from error
    except CallError as error:
        raise CommandError(f"{path}: {error}", returncode=UNUSABLE) from error


def lines(change: Change) -> list[str]:
    """A change as lines of a diff: one for a row, one with both values for a short fact, two for a long one."""
    if change.field == "order":
        return [f"  {change.section}: in another order"]
    if not change.field:
        sign, row = ("+", change.after) if change.before is None else ("-", change.before)
        facts = "; ".join(
            f"{name} {shown(value)}" for name, value in row.items() if value not in (None, "", [], False)
        )
        return [f"{sign} {change.section} “{change.row}”: {facts}"]
    before, after = shown(change.before), shown(change.after)
    if len(before) + len(after) <= 60:
        return [f"  {change.place}: {before} → {after}"]
    old, new = str(change.before or "").splitlines(), str(change.after or "").splitlines()
    return [f"  {change.place}:", *(line.rstrip() for line in ndiff(old, new) if line[0] in "+-")]


def _actor(email: str | None) -> User | None:
    if email is None:
        return None
    actor = User.objects.filter(email=email.strip().lower()).first()
    if actor is None:
        raise CommandError(f"Nobody has an account with the address {email}.", returncode=UNUSABLE)
    return actor


def _count(changes: list[Change]) -> str:
    return "nothing to change" if not changes else f"{len(changes)} change{'s' if len(changes) != 1 else ''}"


def _done(todo: Plan) -> str:
    if todo.is_new:
        return "Created." if todo.publishes else "Created, not yet published (--publish)."
    return "Loaded." if todo.changes or todo.publishes else "Already so."
