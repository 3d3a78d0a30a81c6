"""What the content security policy would block, and text that no catalogue knows."""

import re
from pathlib import Path

from tests.architecture.rooms import line_of, shown, sources

COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.DOTALL)
BLOCKED = {
    "an inline style": re.compile(r"""<style\b|[\s"']style\s*=""", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "a handler in an attribute": re.compile(r"""[\s"'](hx-)?on[a-z:-]+\s*=\s*["']""", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "an address elsewhere": re.compile(r"""(src|href)\s*=\s*["'](https?:)?//""", re.IGNORECASE),
}
CHINESE = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


def _blanked(text: str) -> str:
    """The text without comments, its lines where they were."""
    return COMMENT.sub(lambda hit: re.sub(r"[^\n]", " ", hit.group()), text)


def _hits(path: Path, pattern: re.Pattern[str], text: str) -> list[str]:
    return [shown(path, line_of(text, hit.start())) for hit in pattern.finditer(text)]


def test_templates_hold_nothing_that_the_policy_blocks() -> None:
    found = {
        what: [hit for path in sources(".html") for hit in _hits(path, pattern, _blanked(path.read_text("utf-8")))]
        for what, pattern in BLOCKED.items()
    }
    assert not any(found.values()), {what: hits for what, hits in found.items() if hits}


def test_chinese_is_in_catalogues_only() -> None:
    files = sources(".py", ".html", ".txt", ".js", ".css", ".svg", ".json", ".webmanifest")
    found = [hit for path in files for hit in _hits(path, CHINESE, path.read_text("utf-8"))]
    assert not found, found
