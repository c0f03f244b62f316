"""Production: refuses to start without its secrets and on unsafe values (see scadl/checks.py)."""

from django.core.exceptions import ImproperlyConfigured

from scadl.settings.base import *  # noqa: F403
from scadl.settings.base import SITE_URL, STORAGES, env


def required(name: str, why: str) -> str:
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {why} See docs/operators.md, 'Settings'.")
    return value


PRODUCTION = True
DEBUG = False
SECRET_KEY = required("SECRET_KEY", "It signs sessions and must be a long random string.")
ALLOWED_HOSTS = [
    host.strip()
    for host in required(
        "ALLOWED_HOSTS", "Name the host names the site answers to, separated by commas."
    ).split(",")
]
required("SITE_URL", "It is the address that links in mail point to, e.g. https://submit.example.org.")
required("DEFAULT_FROM_EMAIL", "Mail needs a sender address.")
if not env.str("EMAIL_BACKEND", default=""):
    required("EMAIL_URL", "Mail needs a server, e.g. smtp+tls://user:password@mail.example.org:587.")
required("DATABASE_URL", "Name the database, e.g. postgres://user:password@host:5432/name.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if env.bool("BEHIND_PROXY", default=False):
    # Only where a reverse proxy sets these headers itself; otherwise anybody could forge them.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    TRUST_REQUEST_START = env.bool("TRUST_REQUEST_START", default=False)
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
