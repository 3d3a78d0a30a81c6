"""How the server is, for whoever keeps it: signs with a value, a state and what to do; `muster check` in figures.

What is only right or wrong is a check (CHECKS); its sign says how many faults it found, `muster check` which. What
has a size or an age is a sign of its own (HEALTH). No sign names a path, a person or a secret.
"""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext, ngettext

from muster.foundation import checks, clock, clockwork, keys, seals, sql
from muster.foundation.errors import Text, text
from muster.foundation.models import AuditLine, Database
from muster.foundation.registry import CHECKS, HEALTH

OK, WARN, BAD = "ok", "warn", "bad"
ORDER = (BAD, WARN, OK)
IN_FIGURES = ("disk",)
"""Checks of which a sign says more."""
DISK_WARN_BYTES = 4 * checks.DISK_FREE_BYTES_MIN
BACKUP_WARN, BACKUP_BAD = timedelta(hours=26), timedelta(days=7)
KEY_COPY_WARN = timedelta(days=90)
UNSEALED_WARN, UNSEALED_BAD = timedelta(minutes=5), timedelta(hours=1)
UNSEALED_COUNTED_MOST = 10_000
GB = 1_000_000_000


@dataclass(frozen=True)
class Sign:
    """One thing: how it is called, what it is now, whether that is well (ok, warn, bad), what to do where it is not."""

    key: str
    label: Text
    value: str
    state: str = OK
    next_step: str = ""


def signs() -> list[Sign]:
    """All signs, the worst first."""
    found = [sign for ask in HEALTH.values() for sign in ask()]
    found += [_of_check(check) for key, check in CHECKS.items() if key not in IN_FIGURES]
    return sorted(found, key=lambda sign: ORDER.index(sign.state))


def _of_check(check: checks.Check) -> Sign:
    count = len(check.look())
    if not count:
        return Sign(check.key, check.name, gettext("well"))
    words = ngettext("%(count)s fault", "%(count)s faults", count) % {"count": count}
    todo = gettext("Run `muster check --verbose` on the server: it says which, and what to do.")
    return Sign(check.key, check.name, words, BAD, todo)


def disks() -> list[Sign]:
    """Room on the disks of the database and of the keys; how long it lasts as the database has grown until now."""
    size = database_bytes()
    found = [_disk("disk_database", text("Disk of the database"), _database_folder(), _bytes_a_day(size))]
    found.append(_disk("disk_keys", text("Disk of the keys"), keys.folder(), 0))
    return [*found, Sign("database_size", text("Size of the database"), in_gb(size))]


def _disk(key: str, label: Text, place: Path, bytes_a_day: float) -> Sign:
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    value = gettext("%(size)s free") % {"size": in_gb(free)}
    days = int(free / bytes_a_day) if bytes_a_day > 0 else 0
    if 0 < days < 3650:
        more = ngettext("%(count)s day at the growth until now", "%(count)s days at the growth until now", days)
        value += f" · {more % {'count': days}}"
    state = BAD if free < checks.DISK_FREE_BYTES_MIN else WARN if free < DISK_WARN_BYTES else OK
    todo = gettext("Make room: delete old backups and whatever else is not Muster's, or add a disk.")
    return Sign(key, label, value, state, todo if state != OK else "")


def _database_folder() -> Path:
    """Of an SQLite file; where the database is another server's, the folder of this one's own files."""
    name = Path(str(connection.settings_dict["NAME"]))
    return name.parent if connection.vendor == "sqlite" and name.is_absolute() else Path(settings.VAR)


def database_bytes() -> int:
    """What the database takes on its disk."""
    if connection.vendor == "postgresql":
        return int(sql.rows("SELECT pg_database_size(current_database())")[0][0])
    ((pages,),), ((size,),) = sql.rows("PRAGMA page_count"), sql.rows("PRAGMA page_size")
    return int(pages) * int(size)


def _bytes_a_day(size: int) -> float:
    made = Database.objects.values_list("made_at", flat=True).first()
    days = (clock.machine_now() - made) / timedelta(days=1) if made else 0
    return size / days if days >= 1 else 0.0


def in_gb(count: int) -> str:
    """Bytes for a reader: 1.2 GB, 340 MB."""
    return f"{count / GB:.1f} GB" if count >= GB else f"{count / 1_000_000:.0f} MB"


def backup() -> list[Sign]:
    """The age of the last backup, by its line."""
    at = _last("foundation.note_backup")
    state = BAD if at is None or _age(at) > BACKUP_BAD else WARN if _age(at) > BACKUP_WARN else OK
    todo = gettext("Run `muster backup FILE` on the server, and let cron do it each day.")
    return [Sign("backup", text("Last backup"), _ago(at), state, todo if state != OK else "")]


def clockwork_ticks() -> list[Sign]:
    """When the clockwork ticked last."""
    at = clockwork.last_tick()
    state = BAD if clockwork.tick_is_old(at) else OK
    todo = gettext("See that `muster serve` runs, or let cron call `muster tick` each minute.")
    return [Sign("tick", text("Last tick of the clockwork"), _ago(at), state, todo if state != OK else "")]


def unsealed() -> list[Sign]:
    """Lines of the log that no seal holds yet: since when, how many."""
    last, oldest = seals.latest(), seals.oldest_unsealed_at()
    if oldest is None:
        return [Sign("unsealed", text("Lines not sealed yet"), gettext("none"))]
    lines = AuditLine.objects.all() if last is None else AuditLine.objects.filter(at__gt=last.up_to)
    count = len(lines.values_list("pk")[: UNSEALED_COUNTED_MOST + 1])
    shown = f"> {UNSEALED_COUNTED_MOST}" if count > UNSEALED_COUNTED_MOST else str(count)
    state = BAD if _age(oldest) > UNSEALED_BAD else WARN if _age(oldest) > UNSEALED_WARN else OK
    value = gettext("%(count)s, the oldest %(ago)s") % {"count": shown, "ago": _ago(oldest)}
    todo = gettext("The clockwork seals at each tick: run `muster tick` on the server and read what it says.")
    return [Sign("unsealed", text("Lines not sealed yet"), value, state, todo if state != OK else "")]


def versions() -> list[Sign]:
    """What runs here."""
    engine = connection.vendor
    if engine == "postgresql":
        engine = f"PostgreSQL {sql.rows('SHOW server_version')[0][0]}"
    else:
        engine = f"SQLite {sql.rows('SELECT sqlite_version()')[0][0]}"
    value = f"Muster {version('muster')} · Python {platform.python_version()} · {engine}"
    return [Sign("version", text("Version"), value)]


def key_copy(verb: str) -> list[Sign]:
    """The age of the last copy of the keys, by its line. verb: that of the room which writes it."""
    at = _last(verb)
    state = WARN if at is None or _age(at) > KEY_COPY_WARN else OK
    todo = gettext("Run `muster keys export FILE` on the server and keep it apart from the backups.")
    return [Sign("key_copy", text("Last copy of the keys"), _ago(at), state, todo if state != OK else "")]


def _last(verb: str) -> datetime | None:
    return AuditLine.objects.filter(verb=verb).order_by("-at").values_list("at", flat=True).first()


def _age(at: datetime) -> timedelta:
    return max(clock.now() - at, timedelta())


def _ago(at: datetime | None) -> str:
    if at is None:
        return gettext("never")
    minutes = _age(at) // timedelta(minutes=1)
    if minutes < 120:
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(count)s hour ago", "%(count)s hours ago", hours) % {"count": hours}
    return ngettext("%(count)s day ago", "%(count)s days ago", hours // 24) % {"count": hours // 24}


def register() -> None:
    """The ground's own signs."""
    HEALTH.add_all(
        {"disks": disks, "backup": backup, "clockwork": clockwork_ticks, "seals": unsealed, "version": versions}
    )
