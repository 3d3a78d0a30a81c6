"""The static files under hashed names in STATIC_ROOT, so that a browser may keep each one for ever."""

import fcntl
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


def collect() -> bool:
    """Collects the files unless the ones there are made of the same sources. Returns whether it did.

    Old files stay, since another server on the same folder may still be sending them.
    """
    target = Path(settings.STATIC_ROOT)
    target.mkdir(parents=True, exist_ok=True)
    stamp = target / ".sources"
    with (target / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = _digest_of_sources()
        manifest = target / "staticfiles.json"
        if manifest.is_file() and stamp.is_file() and stamp.read_text() == sources:
            return False
        command = Command()
        # Whatever these settings use: until now there was no manifest to read names from.
        command.storage = CompressedManifestStaticFilesStorage(location=str(target), base_url=settings.STATIC_URL)
        call_command(command, interactive=False, verbosity=0)
        stamp.write_text(sources)
    return True


def _digest_of_sources() -> str:
    """Changes when any file, size or time of change does."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            seen.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return seen.hexdigest()
