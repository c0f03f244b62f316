"""A laptop: everything embedded, nothing to install, mail shown on a page instead of sent."""

from scadl.settings.base import *  # noqa: F403
from scadl.settings.base import LOGGING, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="development-only-key-never-use-it-for-a-real-site-0123456789")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
MAILBOX_PAGE = True
# Static files straight from their folders, also with DEBUG=false (to see the pages for errors).
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# One line a request is enough to read along.
for name in ("celery", "kombu", "django.utils.autoreload"):
    LOGGING["loggers"][name] = {"level": "WARNING"}
