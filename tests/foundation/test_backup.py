"""A backup is whole, of one moment and without keys; a restore puts all of it into an empty place or nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ENGINE
from tests.databases import make_database
from tests.drill.test_time_machine import muster, run

SQLITE = ENGINE == "sqlite"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A played drill with its keys and a backup of it."""
    folder = tmp_path_factory.mktemp("backup")
    url = make_database("backup_of", folder)
    done = muster("drill", "play", "flood-small", url=url, keys=folder / "keys")
    assert done.returncode == 0, done.stderr[-2000:]
    done = muster("backup", str(folder / "file"), url=url, keys=folder / "keys")
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, url


def _report(url: str, keys: Path) -> str:
    done = muster("report", "--as-of", "2022-11-18T09:00", "--format", "json", url=url, keys=keys)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_what_is_restored_is_the_same(played: tuple[Path, str]) -> None:
    folder, url = played
    other = make_database("backup_into", folder)
    done = muster("restore", str(folder / "file"), url=other, keys=folder / "keys")
    assert done.returncode == 0, done.stderr[-2000:]
    assert _report(other, folder / "keys") == _report(url, folder / "keys")
    verified = muster("verify", url=other, keys=folder / "keys")
    assert verified.returncode == 0, verified.stdout
    assert muster("tick", url=other, keys=folder / "keys").returncode == 0


def test_it_holds_no_key_and_is_the_owners_alone(played: tuple[Path, str]) -> None:
    folder, _url = played
    raw = (folder / "file").read_bytes()
    if not SQLITE:
        with zipfile.ZipFile(folder / "file") as archive:
            raw = b"".join(archive.read(name) for name in archive.namelist())
    keys = [path.read_text().strip() for path in (folder / "keys").glob("*-0001")]
    assert len(keys) == 6
    assert not [key for key in keys if key.encode() in raw or bytes.fromhex(key) in raw]
    assert (folder / "file").stat().st_mode & 0o777 == 0o600


def test_it_is_written_while_somebody_writes(played: tuple[Path, str]) -> None:
    """The line of an action that ends during the backup is in it whole or not at all: what is restored is proved."""
    folder, url = played
    environment = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(folder / "keys")}
    ticking = subprocess.Popen(
        [sys.executable, "-c", _WRITE], env=environment, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert ticking.stdout is not None
    ticking.stdout.readline()
    try:
        for number in range(3):
            done = muster("backup", str(folder / f"busy{number}"), url=url, keys=folder / "keys")
            assert done.returncode == 0, done.stderr[-2000:]
    finally:
        ticking.send_signal(signal.SIGKILL)
        ticking.wait()
    other = make_database("backup_busy", folder)
    assert muster("restore", str(folder / "busy2"), url=other, keys=folder / "keys").returncode == 0
    assert muster("verify", url=other, keys=folder / "keys").returncode == 0


_WRITE = """
import django
django.setup()
from muster.foundation.backup import note_backup
from muster.foundation.rights import house
while True:
    note_backup(by=house("x"), bytes_written=1)
    print("written", flush=True)
"""


def test_it_rejects_an_occupied_place_and_leaves_it_as_it_is(played: tuple[Path, str]) -> None:
    folder, url = played
    before = _report(url, folder / "keys")
    done = muster("restore", str(folder / "file"), url=url, keys=folder / "keys")
    assert (done.returncode, "stands here already" in done.stderr or "已经有" in done.stderr) == (1, True), done.stderr
    assert _report(url, folder / "keys") == before


def test_it_rejects_a_damaged_one_another_file_and_another_engines(played: tuple[Path, str]) -> None:
    folder, _url = played
    whole = (folder / "file").read_bytes()
    half = len(whole) // 2
    damaged = whole[:half] + bytes(2000) + whole[half + 2000 :]
    files = {
        "damaged": damaged,
        "cut": whole[:half],
        "text": b"no backup",
        "empty": b"",
        "foreign": _of_the_other_engine(folder),
        "strange": _strange(folder),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        other = make_database("backup_bad", folder)
        done = muster("restore", str(folder / name), url=other, keys=folder / "keys")
        assert done.returncode == 1, name
        assert "Traceback" not in done.stderr, done.stderr
        again = muster("restore", str(folder / "file"), url=other, keys=folder / "keys")
        assert again.returncode == 0, (name, again.stderr)
        if SQLITE:
            for ending in ("", "-wal", "-shm"):
                (folder / f"backup_bad.db{ending}").unlink(missing_ok=True)


def _of_the_other_engine(folder: Path) -> bytes:
    place = folder / "of-other"
    if SQLITE:
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("manifest.json", "{}")
        return place.read_bytes()
    sqlite3.connect(place).execute("CREATE TABLE t (x)").connection.close()
    return place.read_bytes()


def _strange(folder: Path) -> bytes:
    """Of this engine's kind, but nothing of Muster's."""
    place = folder / "strange-one"
    place.unlink(missing_ok=True)
    if SQLITE:
        sqlite3.connect(place).execute("CREATE TABLE t (x)").connection.close()
        return place.read_bytes()
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("manifest.json", '{"format": "other"}')
    return place.read_bytes()


def test_it_rejects_one_whose_keys_are_not_there(played: tuple[Path, str]) -> None:
    folder, _url = played
    other = make_database("backup_keyless", folder)
    done = muster("restore", str(folder / "file"), url=other, keys=folder / "nowhere")
    assert done.returncode == 1
    assert "--without-keys" in done.stderr
    done = muster("restore", str(folder / "file"), "--without-keys", url=other, keys=folder / "nowhere")
    assert done.returncode == 0, done.stderr


def test_it_rejects_one_that_a_newer_muster_wrote(played: tuple[Path, str]) -> None:
    folder, _url = played
    newer = folder / "newer"
    newer.write_bytes((folder / "file").read_bytes())
    if SQLITE:
        with sqlite3.connect(newer) as opened:
            opened.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('roll', '9999_x', '2030-01-01')")
        opened.close()
    else:
        with zipfile.ZipFile(folder / "file") as old, zipfile.ZipFile(newer, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, content.replace(b'["roll", "0001', b'["roll", "9999_x"], ["roll", "0001'))
    other = make_database("backup_newer", folder)
    done = muster("restore", str(newer), url=other, keys=folder / "keys")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert run("test", "-e", str(folder / "none"), url=other, keys=folder / "keys").returncode == 1


def test_it_rejects_a_file_that_is_there(played: tuple[Path, str]) -> None:
    folder, url = played
    before = (folder / "file").read_bytes()
    assert muster("backup", str(folder / "file"), url=url, keys=folder / "keys").returncode == 1
    assert (folder / "file").read_bytes() == before


def test_a_restore_that_was_killed_is_served_to_nobody_and_ended_by_doing_it_again(played: tuple[Path, str]) -> None:
    folder, _url = played
    other = make_database("backup_killed", folder)
    killed = run(sys.executable, "-c", _KILLED, str(folder / "file"), url=other, keys=folder / "keys")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert muster("tick", url=other, keys=folder / "keys").returncode == 1
    done = muster("restore", str(folder / "file"), url=other, keys=folder / "keys")
    assert done.returncode == 0, done.stderr
    assert muster("tick", url=other, keys=folder / "keys").returncode == 0
    assert muster("verify", url=other, keys=folder / "keys").returncode == 0


_KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from muster.foundation import backup
backup._finish = lambda: os.kill(os.getpid(), signal.SIGKILL)
backup.restore(Path(sys.argv[1]))
"""
