"""A function fits a screen, a file has one subject, nothing is named for what it is not."""

import ast

from tests.architecture.rooms import ROOT, shown, sources

LINES_OF_A_FUNCTION = 60
LINES_OF_A_FILE = 600
SAYS_NOTHING = {"utils", "util", "core", "manager", "helper", "helpers", "common", "misc", "service", "services"}


def _code() -> list[tuple[str, ast.Module, int]]:
    files = [path for path in sources(".py") if "migrations" not in path.parts]
    texts = [(path, path.read_text(encoding="utf-8")) for path in files]
    return [(str(path), ast.parse(text), text.count("\n")) for path, text in texts]


def test_functions_fit_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name} {node.end_lineno - node.lineno + 1}"
        for name, tree, _ in _code()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LINES_OF_A_FUNCTION
    ]
    assert not long, long


def test_files_have_one_subject() -> None:
    long = [f"{name} {lines}" for name, _, lines in _code() if lines >= LINES_OF_A_FILE]
    assert not long, long


def test_names_say_something() -> None:
    vague = [shown(path, 1) for path in sources(".py") if SAYS_NOTHING & {path.stem, *path.relative_to(ROOT).parts}]
    assert not vague, vague
