"""The rooms and their order, read from the one place that declares them: the import contract."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "muster"


def heights() -> dict[str, int]:
    """Each room's height; foundation is 0. Rooms side by side have the same."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [c for c in config["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    layers: list[str] = contract["layers"]
    return {room.strip(" ()"): height for height, layer in enumerate(reversed(layers)) for room in layer.split("|")}


def sources(*endings: str) -> list[Path]:
    """Files of the source with one of the endings, but catalogues and what was vendored."""
    return [
        path
        for path in sorted(SOURCE.rglob("*"))
        if path.is_file() and path.suffix in endings and not {"locale", "vendor", "__pycache__"} & set(path.parts)
    ]


def shown(path: Path, line: int) -> str:
    """path:line from the repository's root."""
    return f"{path.relative_to(ROOT)}:{line}"


def line_of(text: str, position: int) -> int:
    """The number of the line at a position."""
    return text.count("\n", 0, position) + 1
