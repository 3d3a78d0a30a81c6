"""20 figures with names, noted at 20 moments of the big play, are the same at the end and after dump and restore."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import copy_database, make_database

ROOT = Path(__file__).resolve().parents[2]


def muster(*arguments: str, url: str, keys: Path) -> subprocess.CompletedProcess[str]:
    return run(str(Path(sys.executable).parent / "muster"), *arguments, url=url, keys=keys)


def run(*arguments: str, url: str, keys: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(keys)}
    environment.pop("PYTEST_VERSION", None)
    return subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The big scenario, played with 20 stops; the folder with `noted.json` and the database's address."""
    folder = tmp_path_factory.mktemp("time-machine")
    url = make_database("time_machine", folder)
    done = run(
        sys.executable,
        "-m",
        "tests.drill.time_machine",
        "note",
        str(folder / "noted.json"),
        url=url,
        keys=folder / "keys",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, url


def test_it_notes_20_moments_with_figures_that_move(played: tuple[Path, str]) -> None:
    noted = json.loads((played[0] / "noted.json").read_text())
    assert len(noted) == 20
    values = [moment["figures"]["mobilisation.members_reported_in 0"]["value"] for moment in noted]
    assert values[0] > 0
    assert len(set(values)) >= 15
    for moment in noted:
        for figure in moment["figures"].values():
            assert figure["answered"] + figure["excused"] + figure["outstanding"] == figure["expected"]


def test_each_moment_is_the_same_when_asked_at_the_end(played: tuple[Path, str]) -> None:
    folder, url = played
    again = run(
        sys.executable,
        "-m",
        "tests.drill.time_machine",
        "ask",
        str(folder / "noted.json"),
        url=url,
        keys=folder / "keys",
    )
    assert again.returncode == 0, again.stdout + again.stderr[-2000:]


def test_each_moment_is_the_same_after_dump_and_restore(played: tuple[Path, str]) -> None:
    folder, _ = played
    url = make_database("restored", folder)
    copy_database("time_machine", "restored", folder)
    again = run(
        sys.executable,
        "-m",
        "tests.drill.time_machine",
        "ask",
        str(folder / "noted.json"),
        url=url,
        keys=folder / "keys",
    )
    assert again.returncode == 0, again.stdout + again.stderr[-2000:]
    proved = muster("verify", url=url, keys=folder / "keys")
    assert proved.returncode == 0, proved.stdout + proved.stderr[-2000:]


def test_what_must_hold_of_the_big_scenario(played: tuple[Path, str]) -> None:
    folder, url = played

    def figures(as_of: str) -> dict[str, dict[str, int]]:
        done = muster("report", "--as-of", as_of, "--format", "json", url=url, keys=folder / "keys")
        return {f["key"]: f for f in json.loads(done.stdout)["figures"]}

    organisations, members = "mobilisation.organisations_acknowledged", "mobilisation.members_reported_in"
    end = figures("2020-02-11T18:00")
    assert [end[organisations][k] for k in ("value", "expected", "outstanding")] == [412, 412, 0]
    assert [end[members][k] for k in ("value", "expected", "excused", "outstanding")] == [8126, 8163, 37, 0]
    before = figures("2020-01-28T12:00")
    assert before[organisations]["value"] == before[members]["value"] == before[members]["expected"] == 0
    between = figures("2020-01-30T12:00")
    assert 0 < between[organisations]["value"] < 412
    assert 0 < between[members]["value"] < 8163
    fallen = figures("2020-01-31T09:00:05")
    assert (fallen[organisations]["value"], fallen[organisations]["expected"]) == (0, 412)
    missing = muster(
        "missing", members, "--as-of", "2020-01-30T12:00", "--format", "json",
        url=url, keys=folder / "keys",
    )  # fmt: skip
    named = json.loads(missing.stdout)
    assert named["outstanding"] == len(named["rows"]) == between[members]["outstanding"]
