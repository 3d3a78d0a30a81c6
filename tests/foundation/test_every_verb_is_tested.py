"""For every verb of the house there is a file of tests named after it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import muster
from muster.foundation.registry import ACTIONS

TOGETHER = ("drill",)
"""The verbs of a play are steps of one thing: tests/drill/test_play.py plays it, stops it, kills it and goes on."""
TESTS = Path(__file__).resolve().parents[1]
SOURCE = Path(muster.__file__).parent


def import_all() -> None:
    """A verb is registered when its module is imported: every module that makes one is."""
    for path in SOURCE.rglob("*.py"):
        if "\n@action(" in path.read_text(encoding="utf-8"):
            import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))


def test_every_verb_has_a_file_of_tests() -> None:
    import_all()
    verbs = [
        verb for verb, run in ACTIONS.items() if run.__module__.startswith("muster.") and not verb.startswith(TOGETHER)
    ]
    assert len(verbs) > 30
    files = {verb: TESTS / verb.split(".")[0] / f"test_{verb.split('.')[1]}.py" for verb in verbs}
    assert not [f"{verb}: write {path.relative_to(TESTS.parent)}" for verb, path in files.items() if not path.is_file()]


def test_every_verb_says_what_it_does_in_its_rooms_name() -> None:
    import_all()
    for verb, run in ACTIONS.items():
        if run.__module__.startswith("muster."):
            assert run.__doc__, f"{verb} says nothing of itself"
            assert run.__module__.split(".")[1] == verb.split(".")[0], f"{verb} lives in {run.__module__}"
