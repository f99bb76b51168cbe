"""Django settings. What can be set from outside is declared in `pricestream.config`."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from pricestream import config
from pricestream.data_directory import data_directory, derived_secret, generated_secret

BASE_DIR = config.BASE_DIR
ENV = config.read_environment()
DATA_DIR = data_directory(ENV["PRICESTREAM_DATA_DIR"])

DEBUG = ENV["DEBUG"]
SECRET_KEY = ENV["SECRET_KEY"] or generated_secret(DATA_DIR / "secret_key")
PUBLIC_URL = ENV["PRICESTREAM_PUBLIC_URL"]
HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = ENV["ALLOWED_HOSTS"] + ([urlsplit(PUBLIC_URL).hostname] if PUBLIC_URL else [])

# --- PriceStream's own -----------------------------------------------------------------------

INTERVAL_MINUTES = ENV["PRICESTREAM_INTERVAL_MINUTES"]
FETCH_CONCURRENCY = ENV["PRICESTREAM_CONCURRENCY"]
ALLOWED_PRIVATE_NETWORKS = ENV["PRICESTREAM_ALLOW_PRIVATE_NETWORKS"]
DEMO = ENV["PRICESTREAM_DEMO"]
BROKER_URL = ENV["PRICESTREAM_BROKER_URL"]
DASHBOARD_API_URL = ENV["DASHBOARD_API_URL"]
VERSION = "0.1.0"

# --- Applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "pricestream.apps.PriceStreamConfig",
    "prices.apps.PricesConfig",
    "ingestion.apps.IngestionConfig",
    "dashboard.apps.DashboardConfig",
    "pricestream.apps.PriceStreamAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "pricestream.limits.LimitsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "pricestream.urls"
WSGI_APPLICATION = "pricestream.wsgi.application"

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
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------

# Immediate transactions and WAL: with the defaults, two writers that read first meet
# "database is locked"; FULL because NORMAL may lose the last commits when power fails.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        " PRAGMA cache_size=-32000;"
    ),
}
POSTGRES_OPTIONS = {
    "options": (
        "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
    ),
    # A server that is gone without a word must not hold up a stop.
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",  # ms
}


def database(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a database's entry with our options; SQLite in the data directory when empty."""
    entry = entry or {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"}
    sqlite = entry["ENGINE"].endswith("sqlite3")
    return {
        **entry,
        "NAME": BASE_DIR / entry["NAME"] if sqlite else entry["NAME"],
        "OPTIONS": {
            **(SQLITE_OPTIONS if sqlite else POSTGRES_OPTIONS),
            **entry.get("OPTIONS", {}),
        },
        "CONN_MAX_AGE": 0 if sqlite else 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database(ENV["DATABASE_URL"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Background jobs -------------------------------------------------------------------------

RUN_DEADLINE_S = 480  # a run ends inside its ten-minute slot
Q_TASK_TIMEOUT_S = 540  # above the run's own deadline, so that it never fires
Q_CLUSTER = {
    "name": "pricestream",
    "label": "Background jobs",
    "orm": "default",
    "workers": ENV["PRICESTREAM_WORKERS"],
    "timeout": Q_TASK_TIMEOUT_S,
    "retry": 3600,  # far above timeout: the clock of a redelivery starts in the queue
    "queue_limit": 1,
    "bulk": 1,
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "save_limit": 250,
    "save_limit_per": "func",
    "recycle": 500,
    "max_rss": 400_000,  # kB, looked at between tasks
    "poll": 1.0,
    "guard_cycle": 1,  # a fraction other than .25 or .5 never reaches zero, and never kills
    "cache": "qstat",
    "daemonize_workers": True,
    "compress": True,
}
if ENV["REDIS_URL"]:
    Q_CLUSTER["redis"] = ENV["REDIS_URL"]
    del Q_CLUSTER["orm"]

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # django-q2 notes statistics of its own each second. Nobody reads them: health is judged by
    # work done (`ingestion.liveness`).
    "qstat": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# --- Users and the API -----------------------------------------------------------------------

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard:overview"
LOGOUT_REDIRECT_URL = "login"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "pricestream.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PARSER_CLASSES": ["pricestream.parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "pricestream.renderers.PageRenderer",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["pricestream.permissions.ReadOrPermitted"],
    "DEFAULT_PAGINATION_CLASS": "pricestream.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "pricestream.problems.problem_response",
    "COERCE_DECIMAL_TO_STRING": True,
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
    "ALGORITHM": "HS256",
    # A key of its own. Derived when SECRET_KEY is given, so that machines that serve together
    # accept each other's tokens.
    "SIGNING_KEY": derived_secret(SECRET_KEY, "jwt")
    if ENV["SECRET_KEY"]
    else generated_secret(DATA_DIR / "jwt_key"),
    "ISSUER": "pricestream",
    "AUDIENCE": "pricestream-api",
    "LEEWAY": 30,
    "CHECK_REVOKE_TOKEN": True,  # a password change ends the tokens made before it
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PriceStream API",
    "DESCRIPTION": "Prices of many shops, their history, and the runs that read them.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": True,
    # Signed in, like everything else: an installation tells strangers nothing, not even
    # which version it is.
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "pricestream.schema.with_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "ingestion.models.RunStatus",
        "ProviderRunStatus": "ingestion.models.ProviderRunStatus",
    },
}

# --- Web security ----------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_SSL_REDIRECT = True
    # Probes ask the process itself, by plain http.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# Preloading is for the owner of a whole domain to decide: it is hard to take back.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Language, time, static files ------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "pricestream.formats"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "pricestream.staticfiles.Storage"},
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Its INFO is several lines a task; a run has a line of its own.
    "loggers": {"django-q": {"level": "WARNING"}},
}
