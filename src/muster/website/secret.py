"""The key that signs sessions and forms."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_key(folder: Path) -> str:
    """The key from MUSTER_SECRET_KEY, else from the file `secret_key` in `folder`, made on first need.

    Two processes that start together end with the same key: only one of them can make the file.
    """
    given = os.environ.get("MUSTER_SECRET_KEY")
    if given:
        return given
    file = folder / "secret_key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".secret_key.{os.getpid()}"
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        draft.chmod(0o400)
        with suppress(FileExistsError):
            os.link(draft, file)  # atomic, and never over an existing key
        draft.unlink()
    return file.read_text(encoding="ascii").strip()
