"""Settings: from the environment only, one file, loud when something is missing.

Without DATABASE_URL and REDIS_URL the bundled servers in `var/` are meant; with them the real ones are.
"""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import urlsplit

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from coop.runtime import logs, servers, storage
from coop.web.fonts import FONT_DIR

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# --- What kind of installation this is -------------------------------------------------------------------------
# Whole: PostgreSQL is started in another folder than ours.
#: Folder for everything that is not code: bundled servers, uploads, collected static files.
VAR_DIR = Path(env.str("COMMONSHELF_VAR", default=str(BASE_DIR / "var"))).resolve()
# Demo mode: demo logins, the local Stripe stand-in, a secret key of no worth. On unless a real database is named.
EMBEDDED = "DATABASE_URL" not in env.ENVIRON
#: Demo mode: demo co-op and logins, Stripe stand-in, mail into files. On unless `DATABASE_URL` is set.
DEMO = env.bool("COMMONSHELF_DEMO", default=EMBEDDED)
#: The builders' commands: `demo`, `replay`, `bench`, `screenshots`, `reference`. On in demo mode; a co-op does not need them.
LAB = env.bool("COMMONSHELF_LAB", default=DEMO)
#: Django's debug pages. Never in public.
DEBUG = env.bool("DEBUG", default=False)
#: Signs sessions and links. Needed outside demo mode; 50 random characters or more.
SECRET_KEY = env.str(
    "SECRET_KEY", default="demo-only-" + "k9Qw3hT7xL2vN8pR5mZ1cB6yF4jD0sGa" * 2 if DEMO else ""
)
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is missing: set it to a long random text (50 characters or more).")
#: The address people type; links in mail start with it.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
#: Host names the program answers to, separated by commas.
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", urlsplit(SITE_URL).hostname]
)
#: Origins whose forms are trusted, separated by commas.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

# --- Rooms -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "coop.web.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.forms",  # the widgets' own templates, for FORM_RENDERER
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_structlog",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "coop",
    "fulfillment",
    "billing",
    *(["lab"] if LAB else []),
]

# Calls of the API go from `ShortWayIn` straight to `EverybodysWay`: what stands between is for browsers.
API_PATH = "/api/v1/"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "coop.web.middleware.ShortWayIn",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coop.web.middleware.EverybodysWay",
    "django.middleware.common.CommonMiddleware",
    "coop.web.middleware.RequestLog",
    "pghistory.middleware.HistoryMiddleware",
    "coop.web.middleware.DomainErrorMiddleware",
]
# Who changed what is told to the database with the change; nothing is changed by looking.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

ROOT_URLCONF = "coop.urls"
WSGI_APPLICATION = "coop.wsgi.application"
ASGI_APPLICATION = "coop.asgi.application"

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
                "coop.homes.context.site",
            ],
            "builtins": ["coop.templatetags.ui", "coop.templatetags.figures", "coop.templatetags.charts"],
        },
    },
]
FORM_RENDERER = "coop.web.forms.Renderer"

# --- Database: the program is a plain role; migrations run as the owner of the tables -----------------------------
#: PostgreSQL 15 or later, as the plain role. Without it the bundled server is started.
DATABASE_URL = env.str("DATABASE_URL", default=servers.database_url(VAR_DIR))
#: The same database as the role that owns the tables; migrations and backups use it.
DATABASE_OWNER_URL = env.str(
    "DATABASE_OWNER_URL",
    default=servers.database_url(VAR_DIR, role=servers.OWNER_ROLE) if EMBEDDED else DATABASE_URL,
)
DATABASES = {
    "default": environ.Env.db_url_config(DATABASE_URL)
    | {"ENGINE": "coop.runtime.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True},
    "owner": environ.Env.db_url_config(DATABASE_OWNER_URL),
}
# Nobody waits for a row longer than this: the act ends in "busy, try again" (`coop.kernel.acts`), not in a web worker that hangs.
LOCK_TIMEOUT_MS = 3000
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", f"-c lock_timeout={LOCK_TIMEOUT_MS}")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache, Celery -----------------------------------------------------------------------------------------
#: Redis for cache and queue. Without it the bundled server is started.
REDIS_URL = env.str("REDIS_URL", default=servers.redis_url(VAR_DIR))
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# Tasks say themselves how often they come round (coop.runtime.schedule); tests do not wait a minute for the next one.
SCHEDULE_AT_MOST_S = 0.0

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "coop.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "coop.identity.signup.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Commonshelf"
# Half a minute either way: phones' clocks differ, and people type slowly (RFC 6238, 5.2 advises one step).
MFA_TOTP_TOLERANCE = 1
# Passkeys want https; browsers make an exception for localhost, and so does the demo.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO

# --- Words, time, files ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("fonts", FONT_DIR)]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_ROOT = VAR_DIR / "media"
# file:///path keeps uploads and documents in a folder; s3://KEY:SECRET@HOST/BUCKET in an S3-compatible store.
#: Uploads and documents: `file:///path` or `s3://KEY:SECRET@HOST/BUCKET`.
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{MEDIA_ROOT}")
STORAGES = {
    "default": storage.backend(STORAGE_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
IMPORT_MAX_BYTES = 25 * 1024 * 1024
IMPORT_MAX_ROWS = 200_000

# --- Mail -----------------------------------------------------------------------------------------------------------
#: How mail leaves: `smtp+tls://user:password@host:587`. Needed outside demo mode.
EMAIL_URL = env.str("EMAIL_URL", default="filemail://" if DEMO else "")
if not EMAIL_URL:
    raise ImproperlyConfigured(
        "EMAIL_URL is missing: smtp+tls://user:password@host:587 (or consolemail:// to try)."
    )
globals().update(env.email_url_config(EMAIL_URL))
EMAIL_FILE_PATH = VAR_DIR / "mail"
#: Sender of our mail.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Commonshelf <hello@commonshelf.example>")

# --- Stripe ---------------------------------------------------------------------------------------------------------
#: Where the local Stripe stand-in listens; `up` sets it.
STRIPE_STANDIN_URL = env.str("STRIPE_STANDIN_URL", default="http://127.0.0.1:12111" if DEMO else "")
_STANDIN_KEY = "sk_test_" + "standin"
#: Stripe's secret key. In demo mode the stand-in's.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default=_STANDIN_KEY if DEMO else "")
#: Secret that Stripe signs its webhooks with.
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="whsec_standin" if DEMO else "")
# Empty means Stripe itself; the stand-in is asked only while no real key is set.
#: Another address instead of Stripe's own; empty means Stripe.
STRIPE_API_BASE = env.str(
    "STRIPE_API_BASE", default=STRIPE_STANDIN_URL if STRIPE_SECRET_KEY == _STANDIN_KEY else ""
)

# A member whose invoice is unpaid for more than so many days after its due date is put on hold.
#: Days after the due day until a member who has not paid is put on hold.
HOLD_AFTER_DAYS = env.int("HOLD_AFTER_DAYS", default=14)

# --- Security -------------------------------------------------------------------------------------------------------
HTTPS = SITE_URL.startswith("https://")
#: Send http to https.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS and not DEMO)
# Whoever asks for the health stands inside, where there is no https.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = (
    #: Trust `X-Forwarded-Proto` and `X-Forwarded-For` of the proxy in front.
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
#: How long browsers remember to use https alone.
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS and not DEMO else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEMO
SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "coop.web.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# --- API ------------------------------------------------------------------------------------------------------------
# Requests one API key may make; and orders of drops, which come all at once.
API_RATES = {
    #: Requests one API key may make.
    "api": env.str("API_RATE", default="600/min"),
    #: Orders of drops that one API key may tell, besides those requests.
    "drop": env.str("DROP_RATE", default="60000/min"),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["coop.members.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["coop.members.throttling.KeyThrottle"],
    "EXCEPTION_HANDLER": "coop.web.api_errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Commonshelf API",
    "DESCRIPTION": "Orders in, stock and tracking out. One key belongs to one member.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "OrderStateEnum": "fulfillment.orders.models.Order.State",
        "DropStateEnum": "fulfillment.drops.models.Drop.State",
    },
}

# --- Logs -----------------------------------------------------------------------------------------------------------
# What a Prometheus server has to show to read /metrics.
#: What a Prometheus server has to show to read `/metrics`.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
#: Least level that is logged, as JSON lines.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": structlog.stdlib.ProcessorFormatter, "processor": structlog.processors.JSONRenderer()},
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": LOG_LEVEL},
    "loggers": {
        "stripe": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
# One line a request, when it is over; that it began is told to whoever looks closer.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        logs.without_secrets,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
