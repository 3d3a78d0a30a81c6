"""Fetches the browser's files that Muster carries along: exact versions, hashed, with their licences.

    python tools/vendor.py           fetch with npm and write static/vendor/, static/icons.svg, VENDORED.toml
    python tools/vendor.py --check   compare what stands there with VENDORED.toml; no network; exit 1 on a difference

Only a maintainer runs the first, and commits the outcome: whoever installs Muster needs no Node. A version that
is fetched again must give the same bytes as before, else the script stops.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "src/muster/website/static"
LIST = STATIC / "vendor" / "VENDORED.toml"
SPRITE = STATIC / "icons.svg"


@dataclass(frozen=True)
class Package:
    """One package of npm; files: path in the package -> name under vendor/<short>-<version>/."""

    name: str
    version: str
    short: str
    licence: str
    files: dict[str, str]


PACKAGES = [
    Package("htmx.org", "4.0.1", "htmx", "0BSD", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "inter",
        "OFL-1.1",
        {"files/inter-latin-wght-normal.woff2": "inter-latin.woff2", "LICENSE": "LICENSE"},
    ),
    Package("@tabler/icons", "3.52.0", "tabler-icons", "MIT", {"LICENSE": "LICENSE"}),
]

# The icons in use. One more: add its name here, run the script, commit.
# fmt: off
ICONS = [
    "alert-triangle", "arrow-back-up", "arrow-down-right", "arrow-left", "arrow-right", "arrow-up-right",
    "bell-ringing", "broadcast", "building-community", "calendar-time", "check", "chevron-down",
    "chevron-left", "chevron-right", "circle-check", "circle-dashed", "circle-minus", "circle-x",
    "clipboard-list", "clock", "cloud-off", "cloud-up", "copy", "device-tv", "download", "equal", "eye",
    "file-spreadsheet", "file-text", "flag", "git-compare", "hand-click", "hand-stop", "help-circle",
    "history", "home", "id-badge-2", "language", "layout-dashboard", "link", "list-check", "list-details",
    "lock", "login", "logout", "mail-opened", "map-pin", "masks-theater", "moon", "note", "package",
    "paperclip", "pencil", "phone", "plus", "printer", "qrcode", "refresh", "report", "search", "send",
    "shield-check", "shield-x", "signature", "speakerphone", "sun", "sun-moon", "truck", "user", "users",
    "versions", "x",
]
# fmt: on


def fetch(package: Package, into: Path) -> Path:
    """The unpacked package. npm checks what it fetched against the registry's own hash."""
    named = f"{package.name}@{package.version}"
    done = subprocess.run(["npm", "pack", "--silent", named], cwd=into, check=True, capture_output=True, text=True)
    folder = into / package.short
    with tarfile.open(into / done.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def without_source_map(name: str, content: bytes) -> bytes:
    """A map that isn't there stops the storage of hashed names."""
    if not name.endswith((".js", ".css")):
        return content
    return re.sub(rb"\n?(//|/\*)# sourceMappingURL=[^\n]*?(\*/)?\s*$", b"\n", content)


def sprite(folder: Path, version: str) -> bytes:
    """All icons as symbols of one file; line width and colour come from the style sheet."""
    symbols = []
    for name in sorted(ICONS):
        source = (folder / "icons" / "outline" / f"{name}.svg").read_text("utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line)\b[^>]*/>", source)
        drawn = "".join(re.sub(r"\s+", " ", shape) for shape in shapes if 'stroke="none"' not in shape)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    head = f"<!-- Tabler Icons {version}, MIT: vendor/tabler-icons-{version}/LICENSE. Written by tools/vendor.py -->"
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', head, *symbols, "</svg>", ""]).encode()


def listed() -> dict[str, dict[str, str]]:
    """VENDORED.toml by file."""
    if not LIST.exists():
        return {}
    return {entry["file"]: entry for entry in tomllib.loads(LIST.read_text("utf-8"))["file"]}


def sha256(content: bytes) -> str:
    """Hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes, package: Package) -> dict[str, str]:
    """Writes one file and returns its entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {
        "file": path.relative_to(STATIC).as_posix(),
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "sha256": sha256(content),
    }


def vendor() -> int:
    """Fetches everything anew."""
    before, entries = listed(), []
    with tempfile.TemporaryDirectory() as place:
        for package in PACKAGES:
            folder = fetch(package, Path(place))
            home = STATIC / "vendor" / f"{package.short}-{package.version}"
            for inside, name in package.files.items():
                content = without_source_map(name, (folder / inside).read_bytes())
                known = before.get((home / name).relative_to(STATIC).as_posix())
                if known and known["sha256"] != sha256(content):
                    print(f"{known['file']}: not the bytes that version {package.version} had. Nothing was written.")
                    return 1
                entries.append(write(home / name, content, package))
            if package.short == "tabler-icons":
                entries.append(write(SPRITE, sprite(folder, package.version), package))
    note = "# Files from elsewhere, written by tools/vendor.py; `python tools/vendor.py --check` compares them.\n"
    blocks = ["[[file]]\n" + "\n".join(f'{key} = "{value}"' for key, value in entry.items()) for entry in entries]
    LIST.write_text(note + "\n" + "\n\n".join(blocks) + "\n", "utf-8")
    return check()


def check() -> int:
    """Every listed file has its hash, and no other file lies in vendor/."""
    known, wrong = listed(), []
    for file, entry in known.items():
        path = STATIC / file
        if not path.is_file():
            wrong.append(f"{file}: missing")
        elif sha256(path.read_bytes()) != entry["sha256"]:
            wrong.append(f"{file}: changed since it was fetched")
    for path in (STATIC / "vendor").rglob("*"):
        if path.is_file() and path != LIST and path.relative_to(STATIC).as_posix() not in known:
            wrong.append(f"{path.relative_to(STATIC)}: not in VENDORED.toml")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv[1:] else vendor())
