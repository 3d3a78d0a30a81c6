"""50 people are forgotten: nothing of them stands anywhere any more, and every count is as it was.

On a database of its own, in processes of their own: what is looked through are the files themselves.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ENGINE
from tests.databases import make_database, own, postgresql
from tests.drill.test_time_machine import muster, run

SQLITE = ENGINE == "sqlite"
DAYS = "500"


class District:
    """A played drill whose 50 people have left; what is known of them; all that its commands said."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder, folder / "keys"
        self.url = make_database("forgetful", folder)
        self.said: list[str] = []
        self.muster("drill", "play", "flood-small")
        self.script("let_go", str(folder / "known.json"))
        self.known: list[str] = json.loads((folder / "known.json").read_text(encoding="utf-8"))
        self.figures = self.script("figures")
        self.muster("backup", str(folder / "before"))

    def muster(self, *arguments: str, url: str = "") -> str:
        return self._heard(muster(*arguments, url=url or self.url, keys=self.keys))

    def script(self, *arguments: str, url: str = "") -> str:
        done = run(sys.executable, "-m", "tests.vault.forgetful", *arguments, url=url or self.url, keys=self.keys)
        return self._heard(done)

    def _heard(self, done: object) -> str:
        out, error, code = done.stdout, done.stderr, done.returncode  # type: ignore[attr-defined]
        assert code == 0, out + error[-2000:]
        self.said += [out, error]
        return str(out)

    def found_in(self, content: bytes) -> list[str]:
        """Which of the known words stand in it."""
        return [word for word in self.known if word.encode() in content]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    made = District(tmp_path_factory.mktemp("forgetful"))
    assert len(made.known) == 250
    names = made.known[0::5]
    assert set(made.found_in(_files_of("forgetful", made))) >= set(names), "else nothing would be proved"
    made.said.clear()
    _sample()
    done = json.loads(made.script("forget", DAYS))
    # The numbers of those who stay have come to their end as well.
    assert done["register"] == 50
    assert done["retention"] >= 100
    return made


def _files_of(name: str, district: District) -> bytes:
    """All that the database's own files hold: the file and its write-ahead log; the files of its tables and indexes."""
    if SQLITE:
        return b"".join(path.read_bytes() for path in sorted(district.folder.glob(f"{name}.db*")))
    postgresql("psql", "-q", "-c", "CHECKPOINT", "postgres")
    asked = (
        f"SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = '{own(name)}'"
    )
    place = postgresql("psql", "-At", "-c", asked, "postgres").decode().strip()
    return b"".join(path.read_bytes() for path in sorted(Path(place).iterdir()) if path.is_file())


def _sample() -> None:
    """PostgreSQL samples its tables by itself when it finds the time; here before anybody is forgotten."""
    if not SQLITE:
        postgresql("psql", "-q", "-c", "ANALYZE", own("forgetful"))


def _of_backup(file: Path) -> bytes:
    if SQLITE:
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.fixture(scope="module")
def restored(district: District) -> str:
    """The address of the backup from before, restored after all was forgotten."""
    url = make_database("forgetful_again", district.folder)
    district.muster("restore", str(district.folder / "before"), url=url)
    district.script("forget", "0", url=url)  # the job that scrubs
    return url


def test_the_databases_own_files_hold_nothing_of_them(district: District) -> None:
    assert district.found_in(_files_of("forgetful", district)) == []


def test_a_backup_from_now_on_holds_nothing_of_them(district: District) -> None:
    district.muster("backup", str(district.folder / "after"))
    assert district.found_in(_of_backup(district.folder / "after")) == []


def test_a_backup_from_before_brings_nobody_back(district: District, restored: str) -> None:
    assert district.found_in(_of_backup(district.folder / "before"))
    assert district.found_in(_files_of("forgetful_again", district)) == []


def test_every_count_is_as_it_was(district: District, restored: str) -> None:
    assert district.script("figures") == district.figures
    assert district.script("figures", url=restored) == district.figures


def test_verify_finds_nothing(district: District, restored: str) -> None:
    district.muster("verify")
    district.muster("verify", url=restored)


def test_lists_reports_and_logs_hold_nothing_of_them(district: District) -> None:
    for form in ("json", "text", "html"):
        district.muster("report", "--as-of", "2022-11-18T09:00", "--format", form)
    district.muster("missing", "mobilisation.members_reported_in", "--as-of", "2022-11-17T18:00")
    assert district.found_in("".join(district.said).encode()) == []


def test_the_journal_names_ids_only(district: District) -> None:
    journal = (district.keys / "erased.journal").read_bytes()
    assert journal.count(b" person ") == 50
    assert district.found_in(journal) == []
