"""`muster` and `muster serve`, each as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MUSTER = Path(sys.executable).parent / "muster"


def _environment(folder: Path, url: str = "", language: str = "en_US.UTF-8") -> dict[str, str]:
    ours = {
        "MUSTER_DATABASE_URL": url or f"sqlite:///{folder}/served.db",
        "MUSTER_KEYS": str(folder / "keys"),
        "LC_ALL": language,
        "PYTHONIOENCODING": "utf-8",
    }
    # As in life: the tests' own name for "never collected static files" is not for the server.
    return {**{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "MUSTER_TEST"))}, **ours}


def _said(*words: str, folder: Path, url: str = "", language: str = "en_US.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MUSTER, *words],
        cwd=folder,
        env=_environment(folder, url, language),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


CHINESE = re.compile("[\u4e00-\u9fff]")


def test_alone_it_lists_its_own_verbs(tmp_path: Path) -> None:
    alone, helped = _said(folder=tmp_path), _said("--help", folder=tmp_path)
    assert alone.returncode == helped.returncode == 0
    assert alone.stdout == helped.stdout
    verbs = re.findall(r"^  (\w+)  +\S", alone.stdout, re.MULTILINE)
    assert {"check", "init", "serve", "verify"} <= set(verbs)
    assert "migrate" not in verbs


@pytest.mark.parametrize(
    ("language", "chinese"), [("zh_CN.UTF-8", True), ("zh_TW.UTF-8", True), ("C.UTF-8", True), ("en_GB.UTF-8", False)]
)
def test_it_speaks_the_shells_language_before_there_is_a_district(tmp_path: Path, language: str, chinese: bool) -> None:
    assert _said("init", folder=tmp_path, language=language).returncode == 0
    for words in (
        ["--help"],
        ["verify", "--help"],
        ["check"],
        ["verify"],
        ["tick"],
        ["veryfi"],
        ["serve", "--port", "0"],
    ):
        said = _said(*words, folder=tmp_path, language=language)
        assert bool(CHINESE.search(said.stdout + said.stderr)) == chinese, words
        told = said.stdout.splitlines() if words in (["check"], ["verify"]) else []
        assert all(CHINESE.search(line) for line in told) or not chinese, told
    for url in ("nonsense", "postgresql://", "postgresql://h:x/y", "sqlite:////dev/null/under/x.db"):
        said = _said("check", folder=tmp_path, url=url, language=language)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr.startswith("muster: MUSTER_DATABASE_URL ")
        assert [bool(CHINESE.search(line)) for line in said.stderr.splitlines()] == [chinese] * 2


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("zh_CN.UTF-8", "设置"),
        ("zh_TW.UTF-8", "設定"),
        ("zh_HK", "設定"),
        ("zh-Hant", "設定"),
        ("en", "setting"),
    ],
)
def test_before_settings_and_after_it_is_the_same_language(tmp_path: Path, language: str, word: str) -> None:
    assert word in _said("check", folder=tmp_path, url="nonsense", language=language).stderr
    first = {"设置": "用法", "設定": "用法", "setting": "usage"}[word]
    assert first in _said("--help", folder=tmp_path, language=language).stdout


def test_a_password_in_a_wrong_address_is_told_in_no_language(tmp_path: Path) -> None:
    for language in ("zh_CN.UTF-8", "zh_TW.UTF-8", "en_US.UTF-8"):
        for url in ("user:secret@host/name", "postgresql://user:secret/x", "postgresql://user:secret@h"):
            assert "secret" not in _said("check", folder=tmp_path, url=url, language=language).stderr


def test_an_unknown_verb_ends_with_2_and_a_hint(tmp_path: Path) -> None:
    said = _said("veryfi", folder=tmp_path)
    assert said.returncode == 2
    assert "muster verify" in said.stderr
    assert "Traceback" not in said.stderr


def test_commands_of_django_stay(tmp_path: Path) -> None:
    assert _said("migrate", "--help", folder=tmp_path).returncode == 0


@pytest.mark.parametrize("url", ["nonsense", "postgresql://h:notaport/x", "sqlite:////dev/null/under/x.db"])
def test_a_wrong_address_of_the_database_is_said_in_words(tmp_path: Path, url: str) -> None:
    said = _said("check", folder=tmp_path, url=url)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("muster: MUSTER_DATABASE_URL ")
    assert "Traceback" not in said.stderr


def _a_folder(file: Path) -> None:
    file.mkdir()


def _rubbish(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 40)


@pytest.mark.parametrize("verb", ["init", "verify", "tick", "check", "report"])
@pytest.mark.parametrize("spoil", [_a_folder, _rubbish])
def test_a_database_that_is_none_is_named_with_what_to_do(
    tmp_path: Path, spoil: Callable[[Path], None], verb: str
) -> None:
    spoil(tmp_path / "served.db")
    said = _said(verb, folder=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert str(tmp_path / "served.db") in said.stderr
    assert "MUSTER_DATABASE_URL" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("words", [("verify",), ("tick",), ("badge", "revoked"), ("report",)])
def test_an_empty_database_is_to_be_made_ready_first(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = _said(*words, folder=tmp_path)
    assert said.returncode == 1
    assert "muster init" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_server_that_does_not_answer_is_named_soon_and_without_the_password(tmp_path: Path) -> None:
    begun = time.monotonic()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and listens not
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        said = _said("verify", folder=tmp_path, url=f"postgresql://u:secret@{address}/district")
    assert time.monotonic() - begun < 17
    assert said.returncode == 1
    assert f"district ({address})" in said.stderr
    assert "secret" not in said.stderr
    assert "Traceback" not in said.stderr


def test_before_the_first_incident_there_is_no_report(tmp_path: Path) -> None:
    assert _said("init", folder=tmp_path).returncode == 0
    said = _said("report", folder=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    none_named = said.stderr
    assert _said("report", "--incident", "flood", folder=tmp_path).stderr != none_named


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on an empty database of its own, and its address."""
    assert _said("init", folder=tmp_path).returncode == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [MUSTER, "serve", "--port", str(port)],
        cwd=tmp_path,
        env=_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(lambda: _status(f"{address}/no-such-page") is not None)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def _status(address: str) -> int | None:
    """The answer's status; None when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return None


def _wait(until: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_the_server_sends_static_files_to_keep_and_stops_cleanly(
    server: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, address = server
    (hashed,) = (tmp_path / "var" / "static").glob("icons.*.svg")
    with urllib.request.urlopen(f"{address}/static/{hashed.name}", timeout=5) as answer:
        assert "immutable" in answer.headers["cache-control"]
        assert answer.read() == hashed.read_bytes()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert f"{address}/" in output
    assert _status(address) is None


def test_it_rejects_a_port_that_is_taken(server: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    said = _said("serve", "--port", server[1].rsplit(":", 1)[1], folder=tmp_path)
    assert said.returncode == 1
    assert "--port" in said.stderr
    assert "answers on" not in said.stdout
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("words", [("--port", "99999"), ("--port", "0"), ("--host", "203.0.113.7")])
def test_it_rejects_an_address_that_is_none(tmp_path: Path, words: tuple[str, str]) -> None:
    assert _said("init", folder=tmp_path).returncode == 0
    said = _said("serve", *words, folder=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert "Traceback" not in said.stderr


def test_it_rejects_an_empty_database(tmp_path: Path) -> None:
    said = _said("serve", "--port", "8999", folder=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert "muster init" in said.stderr


def test_a_killed_server_leaves_its_port_free(server: tuple[subprocess.Popen[str], str]) -> None:
    process, address = server
    process.kill()
    process.wait()
    _wait(lambda: _status(address) is None)


def test_the_parsers_own_words_go_through_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    import argparse

    from muster.website import cli

    known = cli.parser_words()
    monkeypatch.setattr(argparse, "_", argparse._)  # type: ignore[attr-defined] # put back after the test
    monkeypatch.setattr(cli, "gettext", lambda words: f"<{words}>" if words in known else words)
    with pytest.raises(SystemExit):
        cli.main(["check", "--no-such"])
    parser = argparse.ArgumentParser("muster")
    parser.add_argument("what")
    assert parser.format_help().startswith("<usage: >muster")
    assert "<positional arguments>:" in parser.format_help()
    assert "<show this help message and exit>" in parser.format_help()
