"""A copy of the folder of keys in one file under a passphrase, for a safe; and putting it back.

The file is JSON: scrypt's parameters (RFC 7914), salt, nonce, and what AES-256-GCM made of the keys and the journal.
"""

from __future__ import annotations

import base64
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from muster.foundation import journal, keys
from muster.foundation.errors import Refusal, text

FORMAT = "muster-keys-1"
SCRYPT = {"n": 2**15, "r": 8, "p": 1}
"""RFC 7914's parameters: 32 MB and about a tenth of a second a guess."""
PASSPHRASE_LENGTH_MIN = 12


def write(file: Path, passphrase: str) -> int:
    """Write every key and the journal of erasures into a new file; returns how many keys.

    Raises: Refusal `keys.passphrase`, `keys.copy_there`, `keys.missing`.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise Refusal(
            "keys.passphrase",
            text("A passphrase has at least %(count)s characters."),
            text("Choose some words that nobody guesses, and keep them apart from the file."),
            status=422,
            count=PASSPHRASE_LENGTH_MIN,
        )
    found = {f"{purpose}-{one}": keys.key(purpose, one)[1].hex() for purpose in keys.PURPOSES for one in _ids(purpose)}
    lines = journal.file().read_text(encoding="utf-8").splitlines() if journal.file().exists() else []
    salt, nonce = os.urandom(16), os.urandom(12)
    body = AESGCM(_stretched(passphrase, salt, SCRYPT)).encrypt(
        nonce, json.dumps({"keys": found, "journal": lines}).encode(), FORMAT.encode()
    )
    content = {"format": FORMAT, "scrypt": SCRYPT, **{k: _written(v) for k, v in _parts(salt, nonce, body).items()}}
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Refusal(
            "keys.copy_there",
            text("%(file)s is there already."),
            text("Name a file that is not there yet."),
            file=str(file),
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(json.dumps(content) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return len(found)


def _ids(purpose: str) -> list[str]:
    found = keys.key_ids(purpose)
    if not found:
        raise keys.is_missing(purpose)
    return found


def _parts(salt: bytes, nonce: bytes, body: bytes) -> dict[str, bytes]:
    return {"salt": salt, "nonce": nonce, "body": body}


def _written(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _stretched(passphrase: str, salt: bytes, how: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, n=how["n"], r=how["r"], p=how["p"]).derive(passphrase.encode())


def put_back(file: Path, passphrase: str, place: Path) -> list[str]:
    """Put back the keys that are missing in a folder, and the lines that its journal lacks; returns the keys' names.

    Nothing is overwritten. Raises: Refusal `keys.no_copy` for another file, a wrong passphrase or a spoilt one,
    `keys.differs` where a key of the same name says something else.
    """
    content = _opened(file, passphrase)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    there = {name: (place / name).read_text().strip() for name in content["keys"] if (place / name).exists()}
    for name, words in there.items():
        if words != content["keys"][name]:
            raise Refusal(
                "keys.differs",
                text("The key %(name)s in %(folder)s is another one. Nothing was put back."),
                text("This copy belongs to another database: name its folder with MUSTER_KEYS."),
                name=name,
                folder=str(place),
            )
    missing = sorted(set(content["keys"]) - set(there))
    for name in missing:
        keys.put(place, name, content["keys"][name])
    journal.merge(content["journal"], place)
    keys.forget()
    return missing


def _opened(file: Path, passphrase: str) -> dict[str, Any]:
    with suppress(ValueError, KeyError, TypeError, InvalidTag):
        content = json.loads(file.read_text(encoding="ascii"))
        if content["format"] == FORMAT and content["scrypt"]["n"] <= 2**20:
            salt, nonce, body = (base64.b64decode(content[name]) for name in ("salt", "nonce", "body"))
            opened = AESGCM(_stretched(passphrase, salt, content["scrypt"])).decrypt(nonce, body, FORMAT.encode())
            return json.loads(opened)  # type: ignore[no-any-return]
    raise Refusal(
        "keys.no_copy",
        text("This is no copy of keys, or the passphrase is another one."),
        text("Look at the file and try the passphrase again: capitals count."),
        status=422,
    )
