"""The pieces of the production set-up fit together, as far as that can be seen without a container engine.

tests/e2e/test_production.py runs the very commands of docker-compose.yml against a real PostgreSQL and Redis.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
LASTING = set(SERVICES) - {"migrate"}


def names_in(path: str) -> set[str]:
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / path).read_text(), re.MULTILINE))


def names_read() -> set[str]:
    """Every name that the code reads from the environment."""
    sources = [
        *(ROOT / "scadl" / "settings").glob("*.py"),
        ROOT / "scadl/gunicorn.py",
        ROOT / "scadl/probe.py",
    ]
    pattern = r"(?:env\.\w+|required|environ\.get)\(\s*\"([A-Z][A-Z0-9_]+)\""
    return {name for source in sources for name in re.findall(pattern, source.read_text())}


def names_filled_in() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_everything_that_is_needed_is_there() -> None:
    assert set(SERVICES) == {"migrate", "web", "worker", "worker-long", "beat", "postgres", "redis"}
    assert {"migrate", "web", "worker", "worker-long", "beat"} == OURS


@pytest.mark.parametrize("name", sorted(LASTING))
def test_what_lasts_is_watched_and_restarted(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_commands_exist_in_the_locked_packages(name: str) -> None:
    program = SERVICES[name]["command"][0]
    assert shutil.which(program, path=str(Path(sys.executable).parent)), program


@pytest.mark.parametrize("name", sorted(OURS - {"migrate"}))
def test_nothing_starts_before_the_database_is_up_to_date(name: str) -> None:
    needs = SERVICES[name]["depends_on"]
    assert needs["migrate"]["condition"] == "service_completed_successfully"
    assert needs["postgres"]["condition"] == needs["redis"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_may_do_as_little_as_possible(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "data:/data" in service["volumes"]
    assert service["environment"]["DATA_DIR"] == "/data"


def test_a_migration_is_tried_once() -> None:
    assert SERVICES["migrate"]["restart"] == "no"


def test_every_queue_has_a_worker(settings: Any) -> None:
    served: set[str] = set()
    for name in ("worker", "worker-long"):
        command = SERVICES[name]["command"]
        served |= set(command[command.index("--queues") + 1].split(","))
    assert served == {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_a_worker_may_finish_its_task_when_it_is_stopped(settings: Any) -> None:
    for name in ("worker", "worker-long"):
        grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
        assert grace > settings.CELERY_TASK_TIME_LIMIT


def test_volumes_are_declared() -> None:
    used = {
        volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


def test_the_example_settings_are_all_read_by_something() -> None:
    assert names_in(".env.example") - names_read() - names_filled_in() == set()


def test_every_variable_of_the_set_up_is_explained() -> None:
    passed = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert names_filled_in() - {"WEB_ADDRESS"} <= names_in(".env.example")
    assert passed <= names_read() | names_filled_in() | {"POSTGRES_USER", "POSTGRES_DB", "WORKER_NAME"}


def test_every_setting_from_the_environment_is_in_the_operators_guide() -> None:
    guide = (ROOT / "docs" / "operators.md").read_text()
    assert {name for name in names_read() if f"`{name}`" not in guide} == set()


def test_no_image_is_taken_without_a_version() -> None:
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all(":" in image and not image.endswith(":latest") for image in images), images


def test_the_image_runs_as_an_ordinary_user_with_locked_packages() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1] not in {"root", "0"}
    assert text.count("--require-hashes") == 2


def test_the_image_holds_all_that_the_site_imports_and_no_secrets() -> None:
    allowed = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert {
        "accounts",
        "reviews",
        "scadl",
        "submissions",
        "calls",
        "static",
        "templates",
        "manage.py",
    } <= allowed
    assert not {".env", ".git", "var", "tests"} & allowed
    assert all((ROOT / name).exists() for name in allowed)


def test_the_locks_pin_every_package_and_name_no_index() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        text = lock.read_text()
        packages = re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert packages, lock
        blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in block for block in blocks), lock
        assert "://" not in text, lock


def test_scripts_of_the_set_up_are_sound() -> None:
    done = subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
