"""All settings, typed from the environment; what a setting means stands beside it.

Every name here can be set as an environment variable or in a `.env` file beside `manage.py`. The defaults are those of
a developer's machine: debug on, embedded Postgres and Redis (`manage.py up` starts them and sets DATABASE_URL and
REDIS_URL), and every vendor at its sandbox. `docs/operations.md` lists what production sets. A value that cannot be
used stops every start with its name, in a sentence (`mobly_sync.environment`).
"""

from pathlib import Path

from csp.constants import NONE, SELF

from mobly_sync.environment import Environment
from mobly_sync.stack.here import broker_options, broker_url
from mobly_sync.stack.running import running

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(BASE_DIR / ".env")

# --- The machine ------------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", True)
DATA_DIR = env.path("DATA_DIR", default=str(BASE_DIR / ".data"), required=False)
# Commands typed beside a running `manage.py up` work on what it runs.
UP = running(Path(str(DATA_DIR)))

SECRET_KEY = env.needed("SECRET_KEY", stand_in="development-only-secret-key" if DEBUG else "")
# Fernet keys for credentials at rest, newest first; older ones still decrypt (rotation: docs/operations.md).
ENCRYPTION_KEYS = env.keys(
    "ENCRYPTION_KEYS", stand_in=["ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleSE="] if DEBUG else []
)

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.addresses("CSRF_TRUSTED_ORIGINS", [])
# The address people and vendors reach us at; OAuth callbacks are built from it.
PUBLIC_URL = env.address("PUBLIC_URL", UP.get("address", "http://127.0.0.1:8000"))

# postgresql://user:password@host/name, or postgresql://user@/name?host=/folder/of/its/socket.
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", UP.get("database_url", "postgres:///mobly_sync")),
        "CONN_MAX_AGE": env.whole("DATABASE_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
# A read-only copy of it for the pages that only look: `mobly_sync.replica`.
if env.text("DATABASE_REPLICA_URL", ""):
    REPLICA = env.database("DATABASE_REPLICA_URL", "postgres:///mobly_sync")
    DATABASES["replica"] = {**DATABASES["default"], **REPLICA, "TEST": {"MIRROR": "default"}}
DATABASE_ROUTERS = ["mobly_sync.replica.ReplicaRouter"]
REPLICA_LAG_SECONDS = env.whole("REPLICA_LAG_SECONDS", 10)
# redis://host:port/0, or unix:///path/of.sock?db=0.
REDIS_URL = env.redis("REDIS_URL", UP.get("redis_url", "redis://127.0.0.1:6379/0"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
    "mobly_sync",
    "leads",
    "integrations",
    "reconciliation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mobly_sync.not_found.DesignedNotFound",
    "mobly_sync.replica.RememberChanges",
]

ROOT_URLCONF = "mobly_sync.urls"
WSGI_APPLICATION = "mobly_sync.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "leads.access.navigation",
                "reconciliation.notices.navigation",
            ],
        },
    },
]

# --- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "leads.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "leads.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.one_of("ACCOUNT_EMAIL_VERIFICATION", "optional", ("none", "optional", "mandatory"))
# Organizations are made by an operator (`manage.py create_organization`); strangers cannot sign up unless this is on.
SIGN_UP_OPEN = env.flag("SIGN_UP_OPEN", False)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Invited people hold the mailbox that the invitation went to; only where strangers sign up may an address be another's.
MFA_ALLOW_UNVERIFIED_EMAIL = not SIGN_UP_OPEN

EMAIL_CONFIG = env.mail("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL", "Mobly <no-reply@localhost>")

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True

# --- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"), required=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Largest spreadsheet a browser may upload, in bytes.
UPLOAD_MAX_BYTES = env.whole("UPLOAD_MAX_BYTES", 25 * 1024 * 1024, least=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.whole("DATA_UPLOAD_MAX_MEMORY_SIZE", 5 * 1024 * 1024, least=1)

# --- Safety -----------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "https:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# The OAuth popup speaks to its opener through our own callback page, which is the same origin.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
if not DEBUG:
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.whole("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# --- Celery -----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", broker_url(REDIS_URL))
# Redis Sentinel alone: the name it knows the Redis group by, and the password of the Sentinels where they have one.
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(
    CELERY_BROKER_URL,
    master=env.text("SENTINEL_MASTER", "mymaster"),
    password=env.text("SENTINEL_PASSWORD", ""),
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "reconciliation.tasks.*": {"queue": "sync"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "reconciliation.tasks.sweep", "schedule": env.number("SWEEP_SECONDS", 3.0, above=0)},
    "resume-bulk-actions": {
        "task": "reconciliation.tasks.sweep_bulk",
        "schedule": env.number("BULK_SWEEP_SECONDS", 10.0, above=0),
    },
    "sum-up-figures": {"task": "reconciliation.tasks.sum_up_figures", "schedule": 60.0},
    "prune-attempts": {"task": "reconciliation.tasks.prune_attempts", "schedule": 3600.0},
    "send-alerts": {"task": "alerts.sweep", "schedule": env.number("ALERT_SWEEP_SECONDS", 30.0, above=0)},
    "forget-old-sign-ins": {"task": "integrations.tasks.forget_old_sign_ins", "schedule": 600.0},
    "forget-old-plans": {"task": "integrations.tasks.forget_old_plans", "schedule": 3600.0},
    "finish-enrichment": {
        "task": "leads.tasks.sweep_enrichment",
        "schedule": env.number("ENRICHMENT_SWEEP_SECONDS", 5.0, above=0),
    },
    "resume-imports": {
        "task": "leads.tasks.sweep_imports",
        "schedule": env.number("IMPORT_SWEEP_SECONDS", 10.0, above=0),
    },
}

# --- Sync -------------------------------------------------------------------------------------------------------------

# How long a worker may hold one integration's lane without a heartbeat, in seconds.
LANE_LEASE_SECONDS = env.whole("LANE_LEASE_SECONDS", 60, least=1)
# How long a company whose create was left without an answer may hide from the vendor's search, in seconds: so long no
# other lead creates it.
COMPANY_DOUBT_SECONDS = env.number("COMPANY_DOUBT_SECONDS", 60.0)
# After this long on one integration a worker gives the lane back, so that others get their turn, in seconds.
LANE_SLICE_SECONDS = env.whole("LANE_SLICE_SECONDS", 20, least=1)
# Of a vendor's daily calls we use this share at most; above it only what a person pushes goes on, up to the second.
DAILY_CALLS_SHARE = env.number("DAILY_CALLS_SHARE", 0.8, above=0, most=1)
INTERACTIVE_CALLS_SHARE = env.number("INTERACTIVE_CALLS_SHARE", max(0.95, DAILY_CALLS_SHARE), above=0, most=1)
if INTERACTIVE_CALLS_SHARE < DAILY_CALLS_SHARE:
    env.refuse(f"INTERACTIVE_CALLS_SHARE is {INTERACTIVE_CALLS_SHARE}; it must not be below DAILY_CALLS_SHARE.")
# Attempts older than this are removed; records and their last state stay. Days.
ATTEMPT_DAYS = env.whole("ATTEMPT_DAYS", 90, least=1)
# Mapping plans that were imported longer ago are removed, with what was not applied of them. Days.
PLAN_DAYS = env.whole("PLAN_DAYS", 30, least=1)
# While leads of a bulk change (an import, a backfill) keep coming within this time, a batch is given four times as long
# to fill, in seconds: a full batch costs hardly more calls than a small one. What a person waits for never waits here.
GATHER_SECONDS = env.number("GATHER_SECONDS", 1.0)
# The vendor calls of one attempt wait this long for a connection and for an answer, in seconds.
HTTP_CONNECT_TIMEOUT = env.number("HTTP_CONNECT_TIMEOUT", 5.0, above=0)
HTTP_READ_TIMEOUT = env.number("HTTP_READ_TIMEOUT", 60.0, above=0)
# A vendor's answer larger than this is refused, in bytes.
HTTP_MAX_BYTES = env.whole("HTTP_MAX_BYTES", 32 * 1024 * 1024, least=1)
# One whole vendor call ends after this long, however slowly its bytes drip in, in seconds.
HTTP_DEADLINE = env.number("HTTP_DEADLINE", 120.0, above=0)
# A PEM file of certificate authorities to trust instead of the public ones (a sandbox with its own certificate).
HTTP_CA_BUNDLE = env.file("HTTP_CA_BUNDLE")
# How long a lead waits for its enrichment before it is sent as it is, in seconds; an organization can set its own.
ENRICHMENT_PATIENCE_SECONDS = env.whole("ENRICHMENT_PATIENCE_SECONDS", 120)

# Where alerts may be posted to: `*` is every public host over https, and no address of our own network.
ALERT_WEBHOOK_HOSTS = env.hosts("ALERT_WEBHOOK_HOSTS", ["*"])

# --- Vendors ----------------------------------------------------------------------------------------------------------

# Where each vendor lives and who we are to it. The defaults are the sandbox of `manage.py sandbox`; docs/operations.md
# says how to point one at the real vendor. `login_url` is where people sign in, `api_url` where it differs from what
# the token says.
# `hosts` are the only names that requests for this vendor may go to; a leading dot allows subdomains.
SANDBOX_HOST = env.text("SANDBOX_HOST", "127.0.0.1")
# The simulated vendors take the ports from this one on, in the order below.
SANDBOX_PORT_BASE = env.whole("SANDBOX_PORT_BASE", UP.get("sandbox_port", 8801), least=1, most=65_500)
PROVIDERS = {
    "salesforce": {
        "client_id": env.text("SALESFORCE_CLIENT_ID", "sandbox-salesforce-consumer-key"),
        "client_secret": env.text("SALESFORCE_CLIENT_SECRET", "sandbox-salesforce-consumer-secret"),
        "login_url": env.address("SALESFORCE_LOGIN_URL", f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE}"),
        "api_url": "",
        "api_version": env.shaped("SALESFORCE_API_VERSION", "64.0", r"\d+\.0"),
        "rows_per_request": env.whole("SALESFORCE_ROWS_PER_REQUEST", 400, least=1),
        "hosts": env.hosts("SALESFORCE_HOSTS", [SANDBOX_HOST]),
        # Where sandbox orgs sign in.
        "regions": env.addresses("SALESFORCE_REGIONS", [f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE}"]),
        # The last version that lets people sign in by password; Salesforce took that out of the later ones.
        "more": {"soap_version": env.shaped("SALESFORCE_SOAP_VERSION", "64.0", r"\d+\.0")},
    },
    "hubspot": {
        "client_id": env.text("HUBSPOT_CLIENT_ID", "sandbox-hubspot-client-id"),
        "client_secret": env.text("HUBSPOT_CLIENT_SECRET", "sandbox-hubspot-client-secret"),
        "login_url": env.address("HUBSPOT_LOGIN_URL", f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE + 1}"),
        "api_url": env.address("HUBSPOT_API_URL", f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE + 1}"),
        "api_version": env.shaped("HUBSPOT_API_VERSION", "2026-03", r"\d{4}-\d{2}(-beta)?"),
        "rows_per_request": env.whole("HUBSPOT_ROWS_PER_REQUEST", 500, least=1),
        "hosts": env.hosts("HUBSPOT_HOSTS", [SANDBOX_HOST]),
    },
    "pipedrive": {
        "client_id": env.text("PIPEDRIVE_CLIENT_ID", "sandbox-pipedrive-client-id"),
        "client_secret": env.text("PIPEDRIVE_CLIENT_SECRET", "sandbox-pipedrive-client-secret"),
        "login_url": env.address("PIPEDRIVE_LOGIN_URL", f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE + 2}"),
        # Every company has an address of its own, told with its tokens.
        "api_url": "",
        "api_version": env.shaped("PIPEDRIVE_API_VERSION", "v2", r"v\d+"),
        # Pipedrive takes one record a request: this many are on their way at once.
        "rows_per_request": env.whole("PIPEDRIVE_REQUESTS_AT_ONCE", 8, least=1),
        "hosts": env.hosts("PIPEDRIVE_HOSTS", [SANDBOX_HOST]),
    },
    "zoho": {
        "client_id": env.text("ZOHO_CLIENT_ID", "sandbox-zoho-client-id"),
        "client_secret": env.text("ZOHO_CLIENT_SECRET", "sandbox-zoho-client-secret"),
        # Accounts server -> the client's secret there, where data centres do not share one.
        "more": env.pairs("ZOHO_CLIENT_SECRETS"),
        "login_url": env.address("ZOHO_LOGIN_URL", f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE + 3}"),
        # Told with the tokens: it depends on the data centre.
        "api_url": "",
        "api_version": env.shaped("ZOHO_API_VERSION", "v8", r"v\d+(\.\d+)?"),
        "rows_per_request": env.whole("ZOHO_ROWS_PER_REQUEST", 100, least=1),
        "hosts": env.hosts("ZOHO_HOSTS", [SANDBOX_HOST]),
        # Accounts servers of other data centres than Zoho's own list, such as a simulated one.
        "regions": env.addresses("ZOHO_REGIONS", [f"http://{SANDBOX_HOST}:{SANDBOX_PORT_BASE + 3}/eu"]),
    },
}

# --- Logging ----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.one_of("LOG_LEVEL", "INFO", ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")),
    },
    # At DEBUG it writes out whole addresses, and that of a webhook is a secret.
    "loggers": {"urllib3.connectionpool": {"level": "INFO"}},
}

env.refuse_what_is_wrong()
# What a variable can be called, so that a misspelt one is told (`mobly_sync.checks`).
VARIABLES = frozenset(env.asked)
