"""`make run`: bring the database up to date, load the demo, start web and worker. Ctrl-C stops everything."""

import os
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scadl.settings.development")


def chosen_port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not '{text}'.")
    return int(text)


def refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(f"Port {port} may not be used by you. Choose one above 1023: make run PORT=8000")
        except OSError:
            sys.exit(
                f"Port {port} is in use, perhaps by another 'make run'. Stop that, or choose another port: "
                f"make run PORT={port + 1}"
            )


def prepare() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command, get_commands
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        print(f"Bringing the database up to date ({len(plan)} steps) …", flush=True)
        call_command("migrate", verbosity=0, interactive=False)
    if "loaddemo" in get_commands():
        print("Loading the demo …", flush=True)
        call_command("loaddemo")
    connection.close()


def main() -> None:
    port = chosen_port()
    only_prepare = "--only-prepare" in sys.argv[1:]
    if not only_prepare:
        refuse_busy_port(port)
    # Links in mail lead to this server, whatever its port.
    os.environ.setdefault("SITE_URL", f"http://localhost:{port}")
    begin = time.monotonic()
    prepare()
    print(f"Ready after {time.monotonic() - begin:.1f} s.", flush=True)
    if only_prepare:
        return
    # In place of this process, so that signals reach the server itself.
    os.execv(sys.executable, [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}"])  # noqa: S606


if __name__ == "__main__":
    main()
