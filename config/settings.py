"""Settings. What differs between machines comes from the environment; what is missing or wrong is named at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.tenants.roles import Role
from config.database import database
from config.embedded import valkey
from config.embedded.place import default_place
from config.environment import flag, is_given, number, text

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
    "auditlog",
    "apps.audit",
    "apps.accounts",
    "apps.access",
    "apps.console",
    "apps.api",
]
INSTALLED_APPS = [
    *SHARED_APPS,
    *TENANT_APPS,
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
]
# Its LogEntry would be a second log, and one that can be changed: it has no table.
MIGRATION_MODULES: dict[str, str | None] = {"admin": None}

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
    "apps.tenants.host_wall.HostWall",
    "apps.audit.middleware.RequestTrail",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
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
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

SECURE_CONTENT_TYPE_NOSNIFF = True
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
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440


REDIS_URL = text("REDIS_URL", valkey.url(default_place()) if EMBEDDED else None)
