"""Says which links of the documents lead nowhere and which commands in them do not exist; exit 1 if any.

Checked: relative links and their #anchors in every .md, and in blocks marked ```sh each line that begins with
`make` or `muster` (an environment variable, `$` or .venv/bin/ may stand before it).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import django
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"^(?P<fence>```+|~~~+)[ ]*(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
COMMAND = re.compile(r"^(?:\$\s+)?(?:\w+=\S*\s+)*(?:\.venv/bin/)?(make|muster)(?:\s+(.*))?$")


def documents() -> list[Path]:
    """Every document in the repository."""
    skipped = {".venv", "var", "node_modules", ".git"}
    return [path for path in sorted(ROOT.rglob("*.md")) if not skipped & set(path.relative_to(ROOT).parts)]


def anchors(text: str) -> set[str]:
    """The anchors that a heading gets where such pages are shown."""
    plain = (re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(BLOCK.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def dead_links(path: Path, text: str) -> Iterator[str]:
    """Links of one document to files or headings that are not there."""
    for link in LINK.findall(BLOCK.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists():
            yield f"{path.relative_to(ROOT)}: no such file: {link}"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}: no such heading: {link}"


def targets() -> set[str]:
    """The Makefile's targets."""
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def unknown_commands(path: Path, text: str, known: dict[str, set[str]]) -> Iterator[str]:
    """Commands of one document that nobody could type."""
    for block in BLOCK.finditer(text):
        if block["kind"] != "sh":
            continue
        for line in block["body"].splitlines():
            hit = COMMAND.match(line.strip())
            if hit is None:
                continue
            words = [w for w in (hit[2] or "").split("#")[0].split() if not w.startswith("-") and "=" not in w]
            if words and words[0] not in known[hit[1]]:
                yield f"{path.relative_to(ROOT)}: no such command: {line.strip()}"


def main() -> int:
    """Prints what is wrong; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muster.website.settings")
    django.setup()
    known = {"make": targets(), "muster": set(get_commands()) | {"help"}}
    wrong: list[str] = []
    for path in documents():
        text = path.read_text(encoding="utf-8")
        wrong += [*dead_links(path, text), *unknown_commands(path, text, known)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
