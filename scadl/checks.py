"""System checks of this project's own rules. `manage.py check` lists them; production does not start with an error.

Errors are named scadl.E…, warnings scadl.W…; docs/operators.md explains each.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

TAG = "scadl"
MIN_SECRET_LENGTH = 50
#: Mail backends that deliver nothing.
MUTE_BACKENDS = ("console", "dummy", "locmem", "filebased")


def _inside(path: str | Path, folder: str | Path | None) -> bool:
    return folder is not None and Path(path).resolve().is_relative_to(Path(folder).resolve())


def _static_folders() -> list[Any]:
    given: list[Any] = list(settings.STATICFILES_DIRS)
    # A folder there may have a prefix: (prefix, folder).
    return [
        settings.STATIC_ROOT,
        *(folder[1] if isinstance(folder, tuple | list) else folder for folder in given),
    ]


@register(TAG)
def files(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Where files are kept, on every kind of machine."""
    return list(_files())


def _files() -> Iterator[CheckMessage]:
    data = Path(settings.DATA_DIR)
    existing = next(folder for folder in [data, *data.parents] if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield Error(
            f"DATA_DIR ({data}) cannot be written.",
            hint="Manuscripts and uploads are kept there. Give the folder to the user that runs the site, or set DATA_DIR.",
            id="scadl.E004",
        )
    places = {"DATA_DIR": data}
    stores: dict[str, Any] = settings.STORAGES
    for name in ("default", "manuscripts"):
        if location := stores.get(name, {}).get("OPTIONS", {}).get("location"):
            places[f"the storage '{name}'"] = Path(location)
    for what, place in places.items():
        if any(_inside(place, folder) for folder in _static_folders()):
            yield Error(
                f"{what} lies inside a folder that is served to everybody ({place}).",
                hint="Manuscripts are confidential: set DATA_DIR to a folder outside of the static files.",
                id="scadl.E008",
            )


@register(TAG)
def production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What would be unsafe, or would not work, on a site that others use."""
    if not settings.PRODUCTION:
        return []
    return [*_secrets(), *_addresses(), *_services()]


def _secrets() -> Iterator[CheckMessage]:
    key = settings.SECRET_KEY
    if (
        len(key) < MIN_SECRET_LENGTH
        or len(set(key)) < 10
        or "never-use" in key
        or key.startswith("django-insecure")
    ):
        yield Error(
            "SECRET_KEY is short, repetitive or a published one.",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(60))'. Changing it signs everybody out.",
            id="scadl.E001",
        )
    if settings.DEBUG:
        yield Error("DEBUG is on.", hint="It shows source code and settings to anybody.", id="scadl.E010")
    if settings.MAILBOX_PAGE:
        yield Error(
            "The mailbox page is on: anybody may read all mail, sign-in codes included.",
            hint="MAILBOX_PAGE is for development and demos only.",
            id="scadl.E003",
        )

    if not settings.REQUIRE_TWO_FACTOR:
        yield Warning(
            "Chairs and administrators may sign in without a second factor.",
            hint="A stolen password then opens every paper. Remove REQUIRE_TWO_FACTOR=false.",
            id="scadl.W003",
        )


def _addresses() -> Iterator[CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or not site.hostname:
        yield Error(
            f"SITE_URL ({settings.SITE_URL}) is not an https address.",
            hint="Links in mail lead there, sign-in links among them: SITE_URL=https://submit.example.org",
            id="scadl.E002",
        )
    elif not validate_host(site.hostname, settings.ALLOWED_HOSTS):
        yield Error(
            f"SITE_URL's host {site.hostname} is not among ALLOWED_HOSTS.",
            hint="Every link in mail would be answered with an error. Add the host.",
            id="scadl.E011",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS accepts every host name.",
            hint="Name the hosts of this site; otherwise a forged Host header reaches links and caches.",
            id="scadl.E007",
        )
    if settings.SECURE_SSL_REDIRECT and not settings.SECURE_PROXY_SSL_HEADER:
        yield Warning(
            "Every request is redirected to https, but no proxy is announced that would bring https here.",
            hint="Set BEHIND_PROXY=true when a reverse proxy ends TLS and sets X-Forwarded-Proto itself.",
            id="scadl.W002",
        )


def _services() -> Iterator[CheckMessage]:
    if any(f".{name}." in settings.EMAIL_BACKEND for name in MUTE_BACKENDS):
        yield Error(
            f"EMAIL_URL chooses a backend that delivers nothing ({settings.EMAIL_BACKEND}).",
            hint="Name a mail server: EMAIL_URL=smtp+tls://user:password@mail.example.org:587",
            id="scadl.E009",
        )
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")
    if "." not in domain:
        yield Error(
            f"DEFAULT_FROM_EMAIL ({settings.DEFAULT_FROM_EMAIL}) is no address that others can answer.",
            hint='For example: DEFAULT_FROM_EMAIL="ScaDL <submissions@example.org>"',
            id="scadl.E012",
        )
    if not settings.REDIS_URL:
        yield Error(
            "REDIS_URL is not set, so web processes and workers cannot reach each other.",
            hint="REDIS_URL=redis://host:6379/0",
            id="scadl.E006",
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Warning(
            "The database is SQLite.",
            hint="It holds for one machine and a small workshop. For more, use PostgreSQL: DATABASE_URL=postgres://…",
            id="scadl.W001",
        )


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured if production would run on an unsafe setting. Called where a process begins to serve."""
    if not settings.PRODUCTION:
        return
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        lines = [f"{message.id}: {message.msg} {message.hint or ''}".strip() for message in errors]
        raise ImproperlyConfigured("Not started, because of unsafe settings:\n  " + "\n  ".join(lines))
