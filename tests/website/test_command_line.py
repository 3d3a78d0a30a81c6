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


def _environment(folder: Path) -> dict[str, str]:
    ours = {"MUSTER_DATABASE_URL": f"sqlite:///{folder}/served.db", "MUSTER_KEYS": str(folder / "keys")}
    # As in life: the tests' own name for "never collected static files" is not for the server.
    return {**{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "MUSTER_TEST"))}, **ours}


def _said(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MUSTER, *words], cwd=folder, env=_environment(folder), capture_output=True, text=True, check=False, timeout=60
    )


def test_alone_it_lists_its_own_verbs(tmp_path: Path) -> None:
    alone, helped = _said(folder=tmp_path), _said("--help", folder=tmp_path)
    assert alone.returncode == helped.returncode == 0
    assert alone.stdout == helped.stdout
    verbs = re.findall(r"^  (\w+)  +\S", alone.stdout, re.MULTILINE)
    assert {"check", "init", "serve", "verify"} <= set(verbs)
    assert "migrate" not in verbs


def test_an_unknown_verb_ends_with_2_and_a_hint(tmp_path: Path) -> None:
    said = _said("veryfi", folder=tmp_path)
    assert said.returncode == 2
    assert "muster verify" in said.stderr
    assert "Traceback" not in said.stderr


def test_commands_of_django_stay(tmp_path: Path) -> None:
    assert _said("migrate", "--help", folder=tmp_path).returncode == 0


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
