"""Settings that hold everywhere. What differs between machines comes from the environment.

`development.py`, `test.py` and `production.py` each import this module and state only what is different.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from kombu.entity import Queue

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

# True on a site that others use: then unsafe settings stop it from starting (scadl/checks.py).
PRODUCTION = False

# Everything the running site writes lives under one folder, outside the web root.
# (An empty value in the environment counts as none, here and below.)
DATA_DIR = Path(env.str("DATA_DIR", default="") or BASE_DIR / "var")

SITE_NAME = env.str("SITE_NAME", default="Paper submissions")
# Where links in mail point to. No trailing slash.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
SITE_CONTACT = env.str("SITE_CONTACT", default="")

INSTALLED_APPS = [
    "scadl.apps.ScadlConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_countries",
    "django_htmx",
    "accounts.apps.AccountsConfig",
    "submissions.apps.SubmissionsConfig",
    "reviews.apps.ReviewsConfig",
]

MIDDLEWARE = [
    # First: the moment a request arrived decides about deadlines, before anything else takes time.
    "scadl.middleware.ArrivalMiddleware",
    "scadl.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before anything that reads the body.
    "scadl.middleware.BodyLimitMiddleware",
    "scadl.whole_body.WholeBodyMiddleware",
    "scadl.middleware.PrivateMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionActivityMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "accounts.middleware.ChairTwoFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "scadl.urls"
WSGI_APPLICATION = "scadl.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "scadl.context.site",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Connection settings for `url`; SQLite gets the options under which it holds several writers.

    Without IMMEDIATE transactions a read-then-write request fails as soon as two run at once. `synchronous=FULL`:
    an upload that was acknowledged must survive a power cut (docs/decisions/0002-sqlite-durability.md).
    """
    config: dict[str, Any] = environ.Env.db_url_config(url)
    config["CONN_MAX_AGE"] = 60
    config["CONN_HEALTH_CHECKS"] = True
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; "
                "PRAGMA foreign_keys=ON; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=27103364; "
                "PRAGMA cache_size=2000;"
            ),
        }
    return config


DATABASES = {
    "default": database(env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

STORAGES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "media", "base_url": None},
    },
    "manuscripts": {
        "BACKEND": "submissions.storage.DurableStorage",
        "OPTIONS": {
            "location": DATA_DIR / "manuscripts",
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]

# Uploads: the largest request we read at all. A call may set a smaller limit per file, never a larger one.
MAX_REQUEST_BYTES = env.int("MAX_REQUEST_MB", default=110) * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "submissions.uploads.DiskUploadHandler",
]
# On the disk of the data, not in /tmp, which is often small and in memory. Made at start, swept by scadl.tasks.
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "uploads")

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetailsForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
# Five tries at 20^8 codes: nobody guesses one, and a mistyped letter does not throw an author out.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 8
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.LoginForm",
    "signup": "accounts.sign_in_forms.SignupForm",
    "add_email": "accounts.sign_in_forms.AddEmailForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "accounts.sign_in_forms.SetPasswordForm",
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
    "confirm_email_verification_code": "accounts.sign_in_forms.ConfirmEmailVerificationCodeForm",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
# Chairs and administrators need an authenticator app before their pages open (accounts.middleware).
REQUIRE_TWO_FACTOR = env.bool("REQUIRE_TWO_FACTOR", default=True)
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.sign_in_forms.AuthenticateForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.sign_in_forms.ActivateTOTPForm",
}
USERSESSIONS_TRACK_ACTIVITY = True
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
# People confirm their name and give an address that we verify ourselves: ORCID may know neither.
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_FORMS = {"signup": "accounts.sign_in_forms.SocialSignupForm"}

# ORCID sign-in is offered only where an administrator has registered this site with ORCID.
ORCID_CLIENT_ID = env.str("ORCID_CLIENT_ID", default="")
ORCID_CLIENT_SECRET = env.str("ORCID_CLIENT_SECRET", default="")
ORCID_DOMAIN = env.str("ORCID_DOMAIN", default="orcid.org")
if ORCID_CLIENT_ID:
    INSTALLED_APPS.append("allauth.socialaccount.providers.orcid")
    SOCIALACCOUNT_PROVIDERS = {
        "orcid": {
            "BASE_DOMAIN": ORCID_DOMAIN,
            "APP": {"client_id": ORCID_CLIENT_ID, "secret": ORCID_CLIENT_SECRET, "key": ""},
        }
    }

# Mail: rows are the queue (accounts.outbox); this backend is used by the worker only.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="") or EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
# A provider's own interface instead of SMTP: EMAIL_BACKEND=anymail.backends.postmark.EmailBackend and the provider's keys
# as JSON in ANYMAIL (docs/mail.md). Nobody is told that a mail was read.
ANYMAIL: dict[str, Any] = {
    "SEND_DEFAULTS": {"track_opens": False, "track_clicks": False},
    "IGNORE_UNSUPPORTED_FEATURES": True,
    **env.json("ANYMAIL", default={}),
}
if EMAIL_BACKEND.startswith("anymail."):
    INSTALLED_APPS.append("anymail")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="submissions@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# A message claimed this long ago by a worker that never came back is sent again. Longer than any task may run, so that
# a slow worker is never taken for a dead one.
MAIL_CLAIM_EXPIRES = timedelta(minutes=10)
# How long a message waits after each failed attempt; after the last one it has failed.
MAIL_RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
# Shows every queued message to whoever opens /mailbox/. For development and demos only (check scadl.E003).
MAILBOX_PAGE = False

# Long work (accounts.jobs): after this silence a worker counts as dead. Far longer than one item may take.
JOB_HEARTBEAT_EXPIRES = timedelta(minutes=5)
JOB_RESULT_EXPIRES = timedelta(days=3)

# Celery. Without REDIS_URL an in-memory broker serves the worker threads inside the web process (scadl.embedded).
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # A request that wakes the worker must not hang on a dead broker; nothing runs as long as an hour.
    {"socket_connect_timeout": 2, "visibility_timeout": 3600} if REDIS_URL else {"polling_interval": 0.1}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
# A task is done when it is finished, not when it is taken: all of them may be run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Long work has limits of its own (accounts.tasks.run_job).
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
# Three queues, so that neither a slow file nor a long computation keeps mail waiting. A worker serves all of them
# unless told otherwise (celery worker --queues mail). A task gets another queue than its room's here
# (a queue in its decorator would be ignored where it is asked for by name).
CELERY_TASK_QUEUES = [Queue(name) for name in ("mail", "files", "long")]
CELERY_TASK_DEFAULT_QUEUE = "mail"
CELERY_TASK_ROUTES = {
    "accounts.tasks.run_job": {"queue": "long"},
    "accounts.tasks.*": {"queue": "mail"},
    "submissions.tasks.send_due_reminders": {"queue": "mail"},
    "submissions.tasks.*": {"queue": "files"},
    "reviews.tasks.*": {"queue": "long"},
    "scadl.tasks.*": {"queue": "files"},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # The safety net: mail is delivered right after the commit; this sweep finds what a dead broker left behind.
    "deliver-due-mail": {"task": "accounts.tasks.deliver_due_mail", "schedule": 60.0},
    # What is due and not recorded: a round that is missed, or run twice, changes nothing.
    "send-due-reminders": {"task": "submissions.tasks.send_due_reminders", "schedule": 300.0},
    "sweep-uploads": {"task": "scadl.tasks.sweep_uploads", "schedule": 3600.0},
    # Whose own papers or which submissions have changed; nothing is computed where nothing has.
    "refresh-affinity": {"task": "reviews.tasks.refresh_all_affinity", "schedule": 600.0},
    # Editions whose papers or people are not what the last search for conflicts saw.
    "find-conflicts": {"task": "reviews.tasks.find_all_conflicts", "schedule": 120.0},
    # Papers whose handling chair has a conflict now, or that need one because another chair has.
    "keep-handling": {"task": "reviews.tasks.keep_all_handling", "schedule": 300.0},
    "sweep-jobs": {"task": "accounts.tasks.sweep_jobs", "schedule": 60.0},
    "tidy-accounts": {"task": "accounts.tasks.tidy_accounts", "schedule": 6 * 3600.0},
}

# Security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Browsers apply this to the redirect after the post as well, and that leads to ORCID.
        "form-action": [SELF, f"https://{ORCID_DOMAIN}"] if ORCID_CLIENT_ID else [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "scadl.views.csrf_failure"

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "scadl.middleware.RequestIdFilter"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request_id"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "INFO"},
        # Scanners ask for any host name; their answer (400) is in the access log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
