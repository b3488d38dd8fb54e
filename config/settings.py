"""Settings. What differs between machines comes from the environment; what is missing or wrong is named at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.api import describing
from apps.tenants.roles import Role
from apps.watching.lines import logging_to_one_place
from config.database import database
from config.embedded import valkey
from config.embedded.place import default_place
from config.environment import SettingRefused, flag, is_given, named_secrets, networks, number, one_of, text
from config.keysets import master_keyset
from config.models import has_aws_credentials, model_address, model_clients, model_key
from config.public import past_day, rows, security_contact

BASE_DIR = Path(__file__).resolve().parent.parent

# ---- who this process is ------------------------------------------------------------------------------------------
ROLE = Role.of_this_process()
DEBUG = False
EMBEDDED = not is_given("DATABASE_URL")
SECRET_KEY = text("SPECWARD_SECRET_KEY", default_place().password("secret-key") if EMBEDDED else None)
ALLOWED_HOSTS = ["*"]  # HostWall answers 404 for a host that is no tenant's

# ---- apps ---------------------------------------------------------------------------------------------------------
SHARED_APPS = [
    "django_tenants",
    "apps.tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
]
TENANT_APPS = [
    "apps.vault",
    "auditlog",
    "apps.audit",
    "apps.accounts",
    "apps.access",
    "apps.recordings",
    "apps.inference",
    "apps.specs",
    "apps.webhooks",
    "apps.siem",
    "apps.compliance",
    "apps.watching",
    "apps.console",
    "apps.api",
]
INSTALLED_APPS = [
    *SHARED_APPS,
    *TENANT_APPS,
    "apps.console.django_admin.DjangoAdmin",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
]
# The LogEntry of each would be a second log, and one that can be changed: it has no table.
MIGRATION_MODULES: dict[str, str | None] = {"admin": None, "auditlog": None}

DATABASES: dict[str, Any] = {"default": database(ROLE)}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
AUTH_USER_MODEL = "accounts.User"
AUDITLOG_LOGENTRY_MODEL = "audit.Entry"
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_BASE_MIGRATE_COMMAND = "apps.tenants.migrating.Command"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- web ----------------------------------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "apps.watching.measuring.Measuring",
    "apps.api.answering.ProblemsOnly",
    "apps.tenants.host_wall.HostWall",
    "apps.audit.middleware.RequestTrail",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.console.browser_headers.BrowserHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.accounts.credential_wall.CredentialWall",
    "django.middleware.common.CommonMiddleware",
    "apps.accounts.credential_wall.CsrfWall",
    "apps.access.declared_only.DeclaredOnly",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
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
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where collectstatic puts them, under names with their hashes. Empty: served as they lie in the tree.
STATIC_ROOT = text("SPECWARD_STATIC_ROOT", "")
WHITENOISE_USE_FINDERS = not STATIC_ROOT
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# ---- who asks -----------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["apps.accounts.signing_in.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "apps.accounts.passwords.NotTooLong"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
SESSION_ENGINE = "apps.accounts.session_store"
SESSION_COOKIE_AGE = 3600 * number("SPECWARD_SESSION_HOURS", 12, least=1, most=168)
SESSION_IDLE_SECONDS = 60 * number("SPECWARD_SESSION_IDLE_MINUTES", 60, least=1, most=1440)
# Signed cookies: there is no session for those who are not signed in.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
TOKEN_PEPPERS = named_secrets(
    "SPECWARD_TOKEN_PEPPERS", f"1:{default_place().password('token-pepper')}" if EMBEDDED else None
)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.access.rest.ProvenCredential"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.access.rest.Declared"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.reading.Json"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.api.reading.JsonAlways",
    "DEFAULT_PAGINATION_CLASS": "apps.api.pages.Pages",
    "DEFAULT_SCHEMA_CLASS": "apps.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "apps.api.answering.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
TRUSTED_PROXIES = networks("SPECWARD_TRUSTED_PROXIES")

# ---- what is sealed -----------------------------------------------------------------------------------------------
# Three places that are backed up apart: what is sealed, what it is sealed under, and what that is sealed under.
MASTER_KEYSET = master_keyset("SPECWARD_MASTER_KEYSET", default_place().data / "master.keyset" if EMBEDDED else None)
MASTER_KEYSET.refuse_at_start()
KEY_FOLDER = text("SPECWARD_KEY_FOLDER", str(default_place().data / "keys") if EMBEDDED else None)
OBJECT_FOLDER = text("SPECWARD_OBJECT_FOLDER", str(default_place().data / "objects") if EMBEDDED else None)

# ---- mail ---------------------------------------------------------------------------------------------------------
EMAIL_HOST = text("SPECWARD_SMTP_HOST", "")
EMAIL_PORT = number("SPECWARD_SMTP_PORT", 587, least=1, most=65_535)
EMAIL_HOST_USER = text("SPECWARD_SMTP_USER", "")
EMAIL_HOST_PASSWORD = text("SPECWARD_SMTP_PASSWORD", "")
EMAIL_USE_TLS = flag("SPECWARD_SMTP_STARTTLS", default=not EMBEDDED)
EMAIL_TIMEOUT = 20
# For a machine without mail: each is written to a file of this folder instead.
EMAIL_FILE_PATH = text("SPECWARD_MAIL_FOLDER", "")
_MAIL_GOES = "smtp" if EMAIL_HOST else "filebased" if EMAIL_FILE_PATH else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_MAIL_GOES}.EmailBackend"
DEFAULT_FROM_EMAIL = text("SPECWARD_MAIL_FROM", "Specward <specward@localhost>")
# What is written in links where the service is not at the scheme's own port; 0: it is.
PUBLIC_PORT = number("SPECWARD_PUBLIC_PORT", 0, least=0, most=65_535)

# ---- what browsers are told ---------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = flag("SPECWARD_HTTPS", default=not EMBEDDED)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SECURE_HSTS_SECONDS = number("SPECWARD_HSTS_SECONDS", 31_536_000 if HTTPS else 0, least=0, most=63_072_000)
# Where the edge is shaken hands with, host:port; by default each customer's own host. And whose certificates are good
# there, as a file in PEM; by default what this machine trusts.
EDGE = text("SPECWARD_EDGE", "")
EDGE_CERTIFICATE_AUTHORITY = text("SPECWARD_EDGE_CERTIFICATE_AUTHORITY", "")
# The operator's word that database and Valkey are reached without leaving the machine, though by its network.
ONE_MACHINE = flag("SPECWARD_ONE_MACHINE", default=False)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = ["apps.recordings.no_files.NoFiles"]


REDIS_URL = text("REDIS_URL", valkey.url(default_place()) if EMBEDDED else None)
KEY_PREFIX = text("SPECWARD_KEY_PREFIX", "specward:")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{KEY_PREFIX}cache",
        # Who asks waits for it: what does not answer at once is done without.
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }
}

# ---- the API ------------------------------------------------------------------------------------------------------
# Requests a minute, by whom they are counted: those of a network that proved nobody, those that proved somebody.
API_LIMITS = {
    "stranger": number("SPECWARD_LIMIT_STRANGER", 60, least=1, most=1_000_000),
    "network": number("SPECWARD_LIMIT_NETWORK", 3_000, least=1, most=1_000_000),
    "user": number("SPECWARD_LIMIT_USER", 1_200, least=1, most=1_000_000),
    "token": number("SPECWARD_LIMIT_TOKEN", 600, least=1, most=1_000_000),
}
# How long a part of an upload may take.
UPLOAD_PART_SECONDS = number("SPECWARD_UPLOAD_PART_SECONDS", 300, least=1, most=3_600)
SPECTACULAR_SETTINGS = describing.SPECTACULAR

# ---- webhooks -----------------------------------------------------------------------------------------------------
# For trying them out on one machine: http, and the loopback. Never where others give the addresses.
WEBHOOKS_TO_LOOPBACK = flag("SPECWARD_WEBHOOKS_TO_LOOPBACK", default=False)

# ---- what everybody may know ---------------------------------------------------------------------------------------
# Who besides us takes part in an installation (its hosting, its mail): NAME|what it does|what it gets|where; NAME|...
SUBPROCESSORS = rows("SPECWARD_SUBPROCESSORS", 4)
# security.txt says until when it may be believed: 360 days from when somebody last looked that mail to this
# address is read. Without both there is none: it would promise what nobody has looked at.
SECURITY_CONTACT = security_contact("SPECWARD_SECURITY_CONTACT")
SECURITY_REVIEWED = past_day("SPECWARD_SECURITY_REVIEWED")
if bool(SECURITY_CONTACT) != bool(SECURITY_REVIEWED):
    raise SettingRefused("Set SPECWARD_SECURITY_CONTACT and SPECWARD_SECURITY_REVIEWED together, or neither.")

# ---- backups ------------------------------------------------------------------------------------------------------
# Whether there are any; and days after which a restore is to have been rehearsed again: a week, and a day to be late.
BACKUPS = flag("SPECWARD_BACKUPS", default=True)
REHEARSAL_DAYS = number("SPECWARD_REHEARSAL_DAYS", 8, least=1, most=366)

# ---- who watches --------------------------------------------------------------------------------------------------
LOGGING = logging_to_one_place(
    one_of("SPECWARD_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
)
# What the collector of figures shows; without it there are none to be had.
METRICS_TOKEN = text("SPECWARD_METRICS_TOKEN", "")
if METRICS_TOKEN and len(METRICS_TOKEN) < 24:
    raise SettingRefused("SPECWARD_METRICS_TOKEN has fewer than 24 characters. Draw a longer one at random.")

# ---- tasks --------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": KEY_PREFIX}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# These wait for other people's machines: whoever answers none of them for 15 s keeps nobody's spec waiting.
CELERY_TASK_ROUTES = {
    "apps.tenants.tasks.*": {"queue": "provisioning"},
    "apps.webhooks.tasks.deliver": {"queue": "webhooks"},
    "apps.siem.tasks.push": {"queue": "webhooks"},
    "apps.siem.tasks.try_out": {"queue": "webhooks"},
}
# A worker that says nothing for so long is taken for dead; it speaks between its steps, and while it reads.
GENERATION_LEASE_SECONDS = number("SPECWARD_GENERATION_LEASE_SECONDS", 600, least=1, most=86_400)
# The same of a worker that makes an export of an audit log, and days that an export's file is kept.
AUDIT_EXPORT_LEASE_SECONDS = number("SPECWARD_AUDIT_EXPORT_LEASE_SECONDS", 120, least=1, most=86_400)
AUDIT_EXPORT_DAYS = number("SPECWARD_AUDIT_EXPORT_DAYS", 7, least=1, most=90)
# ---- models -------------------------------------------------------------------------------------------------------
# Whose model may write is each tenant's own setting; by which key it is asked is the operator's.
MODEL_ANTHROPIC_KEY = model_key("SPECWARD_ANTHROPIC_KEY")
MODEL_BEDROCK_KEY = model_key("SPECWARD_BEDROCK_KEY")
MODEL_AWS_CREDENTIALS = has_aws_credentials()
# Clients that other processes of the installation have keys for: web has none itself, and says so to nobody.
MODEL_CLIENTS = model_clients("SPECWARD_MODEL_CLIENTS")
# Another server than the provider's, for both; plain http to the loopback only.
MODEL_URL = model_address("SPECWARD_MODEL_URL")
# For all calls of one spec together: well below the lease, within which the worker has to say something.
_MOST_SECONDS = max(1, min(300, GENERATION_LEASE_SECONDS // 3))
MODEL_SECONDS = number("SPECWARD_MODEL_SECONDS", min(90, _MOST_SECONDS), least=1, most=_MOST_SECONDS)
# What the calls of a month may take until an owner of the tenant says otherwise; 0: nothing.
MODEL_MONTHLY_TOKENS = number("SPECWARD_MODEL_MONTHLY_TOKENS", 5_000_000, least=0, most=10**12)
# The most that an owner may say: it is the operator's key that pays.
MODEL_MOST_MONTHLY_TOKENS = number("SPECWARD_MODEL_MOST_MONTHLY_TOKENS", 100_000_000, least=0, most=10**12)

# Seconds. What is due is found by its row: `celery -A config.celery beat` only says when to look.
CELERY_BEAT_SCHEDULE = {
    "audit: exports that were lost": {"task": "apps.audit.tasks.make_what_waits", "schedule": 60},
    "audit: exports that expire": {"task": "apps.audit.tasks.purge_exports_everywhere", "schedule": 300},
    "recordings: what is to be discarded": {"task": "apps.recordings.tasks.purge_everywhere", "schedule": 300},
    "inference: calls that were lost": {"task": "apps.inference.tasks.settle_lost_everywhere", "schedule": 60},
    "specs: what was lost": {"task": "apps.specs.tasks.generate_what_waits", "schedule": 60},
    "tenants: changes that are due": {"task": "apps.tenants.tasks.change_what_is_due", "schedule": 300},
    "webhooks: what waits": {"task": "apps.webhooks.tasks.deliver_what_waits", "schedule": 30},
    "webhooks: what is old": {"task": "apps.webhooks.tasks.forget_old_everywhere", "schedule": 21_600},
    "siem: what is to be pushed": {"task": "apps.siem.tasks.push_everywhere", "schedule": 30},
    "watching: recordings by state": {"task": "apps.watching.tasks.count_recordings", "schedule": 60},
    "watching: how far logs are behind": {"task": "apps.watching.tasks.measure_merge_delays", "schedule": 60},
    "watching: calls of models": {"task": "apps.watching.tasks.count_model_calls", "schedule": 60},
    "watching: how checks stand": {"task": "apps.watching.tasks.count_standings", "schedule": 300},
    "watching: sinks of the SIEM": {"task": "apps.watching.tasks.count_sinks", "schedule": 60},
    "compliance: checks that are due": {"task": "apps.compliance.tasks.run_due_everywhere", "schedule": 300},
    "compliance: reports whose turn has come": {"task": "apps.compliance.tasks.reports_everywhere", "schedule": 60},
    "accounts: mail that waits": {"task": "apps.accounts.tasks.send_what_waits", "schedule": 60},
}
# Who asks does not wait for a broker that is away: what is to be done has a row, and is found by that.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
