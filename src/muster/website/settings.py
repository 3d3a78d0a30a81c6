"""Django's settings. Everything that differs between two machines comes from an environment variable.

MUSTER_DATABASE_URL      sqlite:///path (from the project's folder), sqlite:////absolute/path,
                         postgresql://user:password@host:port/name, ...?host=/folder/of/the/socket
MUSTER_HOSTS             names that the server answers to, with commas between
MUSTER_HTTPS             1 when a proxy in front speaks HTTPS: cookies then travel on HTTPS only, and the last address
                         of its X-Forwarded-For is the one whose wrong tries are counted
MUSTER_SECRET_KEY        signs sessions; without it, a key of its own is made once in var/
MUSTER_SQLITE_SYNCHRONOUS    FULL; a drill may do with NORMAL, since a killed process loses nothing by it
MUSTER_TRANSACTION_TIMEOUT   PostgreSQL cuts a transaction off after this time; 0 for never
MUSTER_ADDRESS           https://name under which everybody reaches this server: the links in messages begin with it
MUSTER_PRIVATE_GATEWAYS  names or networks in the house to which messages may go (10.1.2.3, 10.1.0.0/16, sms.local);
                         without it, a webhook to a private address is refused
MUSTER_TOKEN_DAYS        days that a token of the API lasts at most; 366
MUSTER_DEBUG             1 on a developer's machine
"""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO

from muster.website.database_url import database_settings
from muster.website.logs import LOGGING as LOGGING
from muster.website.secret import secret_key


def _project_folder() -> Path:
    """The nearest folder from the current one upwards that holds Muster's source, else the current one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "src" / "muster").is_dir() or (folder / "var" / "muster.db").is_file():
            return folder
    return here


ROOT = _project_folder()
VAR = ROOT / "var"
DEBUG = os.environ.get("MUSTER_DEBUG") == "1"
HTTPS = os.environ.get("MUSTER_HTTPS") == "1"
PUBLIC_ADDRESS = os.environ.get("MUSTER_ADDRESS", "").rstrip("/")
PRIVATE_GATEWAYS = tuple(name.strip() for name in os.environ.get("MUSTER_PRIVATE_GATEWAYS", "").split(",") if name)

INSTALLED_APPS = [
    "muster.website",
    "muster.drill",
    "muster.briefing",
    "muster.mobilisation",
    "muster.roll",
    "muster.messages",
    "muster.organisation",
    "muster.sheets",
    "muster.vault",
    "muster.foundation",
    "muster.website.apps.ContentTypesOfDjango",
    "muster.website.apps.AuthOfDjango",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
# Not installed: the admin site (a write is one action, never a form on a table) and
# django.contrib.messages (its label is the one of Muster's own room of that name).

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "muster.website.who.SignedInMiddleware",
    "muster.website.by_token.ByTokenMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "muster.website.middleware.WhoMiddleware",
    "muster.website.readable.ReadableMiddleware",
]

ROOT_URLCONF = "muster.website.urls"
WSGI_APPLICATION = "muster.website.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "muster.website.context.frame",
            ],
        },
    }
]

DATABASES = {
    "default": database_settings(
        os.environ.get("MUSTER_DATABASE_URL") or "sqlite:///var/muster.db",
        root=ROOT,
        synchronous=os.environ.get("MUSTER_SQLITE_SYNCHRONOUS", "FULL"),
        transaction_timeout=os.environ.get("MUSTER_TRANSACTION_TIMEOUT", "8s"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.Account"
AUTHENTICATION_BACKENDS = ["muster.website.who.DoorBackend"]
# Argon2 alone: nobody had a password before it. Its library is a dependency, so no other is ever fallen back to.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name",)},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# So long without a request, and a session ends; each way in sets its own (letting_in): the office 8 h, a phone 12 h,
# a shared phone 15 min. This one is for a drill's buttons and for whoever is half-way in.
SESSION_COOKIE_AGE = 12 * 3600
SECRET_KEY = secret_key(VAR)
TOKEN_DAYS_MAX = int(os.environ.get("MUSTER_TOKEN_DAYS", "366"))

USE_TZ = True
TIME_ZONE = "UTC"  # pages show the district's own zone
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
# Each language is written in itself, so that who reads only that one finds it.
LANGUAGES = [(code, LANG_INFO[code]["name_local"]) for code in ("zh-hans", "zh-hant", "en")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]

ALLOWED_HOSTS = [name for name in os.environ.get("MUSTER_HOSTS", "127.0.0.1,localhost,testserver").split(",") if name]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page, never from the cookie
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes
# A file that is sent in is held in memory and never on a disk; the handler says how much is taken.
FILE_UPLOAD_HANDLERS = ["muster.sheets.uploads.InMemory"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
# `muster serve` collects the files under hashed names and writes the manifest last; until then,
# in tests and in debugging they come straight from the source.
COLLECTED = not DEBUG and "PYTEST_VERSION" not in os.environ and (STATIC_ROOT / "staticfiles.json").is_file()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = not COLLECTED
