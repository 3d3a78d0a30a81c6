"""MUSTER_DATABASE_URL."""

from pathlib import Path

import pytest

from muster.website.database_url import WrongSetting, database_settings


def test_a_relative_sqlite_path_starts_at_the_project(tmp_path: Path) -> None:
    found = database_settings("sqlite:///var/a%20b.db", root=tmp_path)
    assert found["NAME"] == tmp_path / "var" / "a b.db"
    assert found["CONN_MAX_AGE"] is None
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]


def test_an_absolute_sqlite_path_stays(tmp_path: Path) -> None:
    found = database_settings(f"sqlite:///{tmp_path}/x.db", root=Path("/nowhere"), synchronous="normal")
    assert found["NAME"] == tmp_path / "x.db"
    assert "synchronous=NORMAL" in found["OPTIONS"]["init_command"]


def test_a_postgresql_address_gives_every_part() -> None:
    found = database_settings("postgresql://u:p%40ss@db.example:5433/district?sslmode=require", root=Path("/"))
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("u", "p@ss", "db.example", "5433")
    assert found["NAME"] == "district"
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["options"] == "-c transaction_timeout=8s -c lock_timeout=5s -c jit=off"
    assert "CONN_MAX_AGE" not in found


def test_a_socket_folder_is_the_host() -> None:
    found = database_settings("postgresql://postgres@/district?host=/run/pg", root=Path("/"))
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("/run/pg", "", "")


WRONG = [
    ("nonsense", "starts with 'nonsense'"),
    ("user:secret@host/name", "starts with 'user'"),
    ("sqlite://x.db", "starts with 'sqlite'"),
    ("sqlite:relative", "starts with 'sqlite'"),
    ("postgresql://h:notaport/x", "the port as a number"),
    ("postgresql://user:secret/x", "the port as a number"),
    ("postgresql://h:99999/x", "the port as a number"),
    ("postgresql://", "names no database"),
    ("postgresql://user:secret@h", "names no database"),
    ("sqlite:////dev/null/under/x.db", "cannot be made"),
]


@pytest.mark.parametrize(("url", "words"), WRONG)
def test_what_is_no_database_is_refused_without_telling_the_password(url: str, words: str) -> None:
    with pytest.raises(WrongSetting, match=words) as refused:
        database_settings(url, root=Path("/"))
    assert "secret" not in str(refused.value)


def test_another_scheme_is_refused_without_telling_the_password() -> None:
    with pytest.raises(ValueError, match="'mysql'") as refused:
        database_settings("mysql://u:secret@h/d", root=Path("/"))
    assert "secret" not in str(refused.value)


def test_an_unknown_synchronous_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MUSTER_SQLITE_SYNCHRONOUS"):
        database_settings("sqlite:///x.db", root=tmp_path, synchronous="FULL; DROP TABLE x")
