"""The keys: a folder outside the database and outside its backup, files readable by their owner only.

contact and identity encrypt particulars (AES-256-GCM), bodies encrypts what is bigger, matching makes the hashes by
which they are found, sealing makes the macs of the audit log and of entries, signing (Ed25519) signs badges.
An existing key is never overwritten, and none is made in the place of one that was lost. Each key file is named
`<purpose>-<key id>`; the newest by name is in force, older ones still open.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from muster.foundation import clock
from muster.foundation.errors import Refusal, text
from muster.foundation.registry import KEYED

PURPOSES = ("contact", "identity", "bodies", "matching", "sealing", "signing")


def folder() -> Path:
    """Where the keys of this database lie: `MUSTER_KEYS`, else `keys/<database's id>` under `var/`."""
    return folder_of(None)


def folder_of(database_id: UUID | None) -> Path:
    """Where the keys of a database lie by its id, of this one without: a backup's, before it is restored."""
    named = os.environ.get("MUSTER_KEYS")
    if named:
        return Path(named)
    return Path(settings.VAR) / "keys" / str(database_id) if database_id else own_folder()


def is_folder_named() -> bool:
    """Whether MUSTER_KEYS names the folder."""
    return bool(os.environ.get("MUSTER_KEYS"))


def own_folder() -> Path:
    """The folder under `var/` that bears this database's id: nobody else's keys lie there."""
    return Path(settings.VAR) / "keys" / _database_id()


@lru_cache(maxsize=1)
def _database_id() -> str:
    from muster.foundation.models import Database

    found = Database.objects.values_list("id_public", flat=True).first()
    if found is None:
        raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))
    return str(found)


def create_missing() -> list[Path]:
    """Make each key that is not there yet; returns the files made."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for purpose in PURPOSES:
        if not list(place.glob(f"{purpose}-*")):
            made.append(_make(place, purpose, "0001"))
    forget()
    return made


def rotate(purpose: str) -> str:
    """Add a new key, in force from now on; returns its id. The old ones stay: they open and prove what they made.

    Raises: Refusal `keys.missing` where there is none yet: a first key is made by `muster init`.
    """
    ids = key_ids(purpose)
    if not ids:
        raise is_missing(purpose)
    key_id = f"{int(ids[-1]) + 1:04d}"
    _make(folder(), purpose, key_id)
    forget()
    return key_id


def _make(place: Path, purpose: str, key_id: str) -> Path:
    raw = Ed25519PrivateKey.generate().private_bytes_raw() if purpose == "signing" else secrets.token_bytes(32)
    return put(place, f"{purpose}-{key_id}", raw.hex())


def put(place: Path, name: str, words: str) -> Path:
    """Write a key's file, whole or not at all, and never in the place of another."""
    path, whole = place / name, place / f".{name}-{secrets.token_hex(8)}"
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(words.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(whole)
    finally:
        whole.unlink()
    return path


def key(purpose: str, key_id: str | None = None) -> tuple[str, bytes]:
    """A key's id and its 32 bytes; the one in force when no id is given.

    Raises: Refusal `keys.missing`, `keys.broken`.
    """
    return _key(purpose, key_id, _state())


_looked: tuple[float, int] | None = None
"""When the folder was looked at last, by the monotonic clock, and what was seen."""


def _state() -> int:
    """When a file came into the folder or left it last: a server sees within a second that a key was rotated."""
    global _looked
    now = clock.monotonic()
    if _looked is None or now - _looked[0] > 1:
        try:
            _looked = now, folder().stat().st_mtime_ns
        except FileNotFoundError:
            _looked = now, 0
    return _looked[1]


@lru_cache(maxsize=64)
def _key(purpose: str, key_id: str | None, _state: int) -> tuple[str, bytes]:
    files = sorted(folder().glob(f"{purpose}-{key_id or '*'}"))
    if not files:
        raise is_missing(purpose)
    newest = files[-1]
    try:
        words = newest.read_text().strip()
    except (OSError, UnicodeError):
        words = ""
    if not re.fullmatch(r"[0-9a-f]{64}", words):
        raise Refusal(
            "keys.broken",
            text("The key file %(file)s holds no key."),
            text("Put the folder of keys back from its copy."),
            status=503,
            file=str(newest),
        )
    return newest.name.removeprefix(f"{purpose}-"), bytes.fromhex(words)


def is_missing(purpose: str) -> Refusal:
    """What needs this key is refused until it is back."""
    return Refusal(
        "keys.missing",
        text("The key “%(purpose)s” of this database is missing in %(folder)s."),
        text("Put the folder of keys back, or name it with MUSTER_KEYS."),
        status=503,
        purpose=purpose,
        folder=str(folder()),
    )


def key_ids(purpose: str) -> list[str]:
    """The ids of all keys of a purpose, oldest first."""
    return list(_key_ids(purpose, _state()))


@lru_cache(maxsize=64)
def _key_ids(purpose: str, _state: int) -> tuple[str, ...]:
    return tuple(p.name.removeprefix(f"{purpose}-") for p in sorted(folder().glob(f"{purpose}-*")))


def missing() -> list[str]:
    """Purposes without a key."""
    return [p for p in PURPOSES if not key_ids(p)]


def lost() -> list[str]:
    """Purposes without a key though this database holds what one made: a new key would open and prove none of it."""
    return [p for p in missing() if p in KEYED and KEYED[p]()]


def broken() -> list[str]:
    """The names of key files that hold no key."""
    found = []
    for purpose in PURPOSES:
        for key_id in key_ids(purpose):
            try:
                key(purpose, key_id)
            except Refusal:
                found.append(f"{purpose}-{key_id}")
    return found


def forget() -> None:
    """Read keys and the database's id again at the next question."""
    global _looked
    _looked = None
    _key.cache_clear()
    _key_ids.cache_clear()
    _database_id.cache_clear()
    _signing_key.cache_clear()


def hmac_hex(purpose: str, content: str) -> str:
    """The keyed hash of a text by the key in force, in hex."""
    return hmac.digest(key(purpose)[1], content.encode(), "sha256").hex()


def hmacs_hex(purpose: str, content: str) -> list[str]:
    """The keyed hashes of a text by every key of the purpose, that of the one in force first."""
    found = [hmac.digest(key(purpose, one)[1], content.encode(), "sha256").hex() for one in key_ids(purpose)]
    if not found:
        raise is_missing(purpose)
    return found[::-1]


def is_hmac(purpose: str, content: str, hex_digits: str) -> bool:
    """Whether this is the keyed hash of a text by any key of the purpose: what an older one sealed is still proved."""
    return any(hmac.compare_digest(one, hex_digits) for one in hmacs_hex(purpose, content))


def signing_key(key_id: str | None = None) -> tuple[str, Ed25519PrivateKey]:
    """The signing key and its id."""
    found, raw = key("signing", key_id)
    return found, _signing_key(raw)


@lru_cache(maxsize=8)
def _signing_key(raw: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_signing_keys() -> dict[str, str]:
    """Every public signing key by key id, in hex: what phones and `muster badge check` need.

    Raises: Refusal `keys.missing`: without them every badge would be called forged.
    """
    key("signing")
    public = {}
    for key_id in key_ids("signing"):
        private = signing_key(key_id)[1]
        raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        public[key_id] = raw.hex()
    return public
