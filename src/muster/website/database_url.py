"""Turns MUSTER_DATABASE_URL into Django's settings of a database."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_noop

# WAL lets readers go on while somebody writes. FULL: what was answered "done" survives a power cut.
# recursive_triggers: without it INSERT OR REPLACE deletes a fact without asking its trigger.
# secure_delete: what is erased is overwritten in the file, not only marked as free.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA busy_timeout=20000; "
    "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;"
)

UNREACHABLE_AFTER = 5
"""Seconds until whoever asks a PostgreSQL that does not answer is told so."""


class WrongSetting(ValueError):
    """A setting that nothing can be started with; its words say what to write instead, and hold no password.

    words: in English, as the catalogues know them, with places for the values: no language is known before settings.
    """

    def __init__(self, words: str, **values: str) -> None:
        super().__init__(words % values)
        self.words, self.values = words, values


def database_settings(
    url: str, *, root: Path, synchronous: str = "FULL", transaction_timeout: str = "8s"
) -> dict[str, Any]:
    """The entry of DATABASES for a URL; a relative SQLite path starts at `root`.

    Raises: WrongSetting when the URL names neither SQLite nor PostgreSQL, or a place that cannot be.
    """
    if url.startswith("sqlite:///"):
        return _sqlite(root / unquote(url.removeprefix("sqlite:///")), synchronous)
    if url.startswith(("postgresql://", "postgres://")):
        return _postgresql(url, transaction_timeout)
    scheme = url.split(":", 1)[0][:20]  # never the whole URL: it may hold a password
    raise WrongSetting(
        gettext_noop(
            "MUSTER_DATABASE_URL starts with '%(scheme)s': write sqlite:///path or postgresql://user@host/name"
        ),
        scheme=scheme,
    )


def _sqlite(path: Path, synchronous: str) -> dict[str, Any]:
    if synchronous.upper() not in {"FULL", "NORMAL", "OFF", "EXTRA"}:
        raise WrongSetting(
            gettext_noop("MUSTER_SQLITE_SYNCHRONOUS is '%(value)s': use FULL or NORMAL"), value=synchronous[:20]
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongSetting(
            gettext_noop(
                "MUSTER_DATABASE_URL names a file in %(folder)s, which cannot be made (%(reason)s):"
                " name a folder that may be written to"
            ),
            folder=str(path.parent),
            reason=error.strerror or "",
        ) from error
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # The write lock is taken at the start: two writers wait for each other, none dies half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS.format(synchronous=synchronous.upper()),
        },
        # A file, so that the tests' workers and transactions behave as in life.
        "TEST": {"NAME": path.parent / "test.sqlite3"},
    }


def _postgresql(url: str, transaction_timeout: str) -> dict[str, Any]:
    from psycopg import IsolationLevel  # only here: on SQLite nobody waits for its import

    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:  # its words repeat what was written, which may be a password in a wrong place
        raise WrongSetting(
            gettext_noop(
                "MUSTER_DATABASE_URL holds no address: write postgresql://user@host:5432/name, the port as a number"
            )
        ) from None
    query = dict(parse_qsl(parts.query))
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise WrongSetting(gettext_noop("MUSTER_DATABASE_URL names no database: write postgresql://user@host/name"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": port,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 5,
            "pool": {"min_size": 1, "max_size": 16, "timeout": UNREACHABLE_AFTER},
            "connect_timeout": UNREACHABLE_AFTER,
            "isolation_level": IsolationLevel.READ_COMMITTED,
            # Every question is answered in milliseconds; compiling its plan first costs tens of them.
            "options": f"-c transaction_timeout={transaction_timeout} -c lock_timeout=5s -c jit=off",
            **query,  # sslmode and the like
        },
    }
