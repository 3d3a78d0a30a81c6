"""A face calls an action: no page and no operation of the API writes by itself."""

import ast
from pathlib import Path

from tests.architecture.rooms import shown, sources

WRITES = {"save", "create", "delete", "update", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}


def _is_face(path: Path) -> bool:
    return path.stem.startswith(("views", "api")) or bool({"views", "api"} & set(path.parts))


def test_views_and_api_write_nothing_themselves() -> None:
    found = []
    for path in filter(_is_face, sources(".py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            # The session is no domain model; a dictionary is joined with `|`.
            if node.func.attr in WRITES and "session" not in ast.unparse(node.func.value):
                found.append(f"{shown(path, node.lineno)} {ast.unparse(node.func)}")
    assert not found, found
