"""The difference between two versions of a text: by lines, and inside a changed line by words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

SAME: Literal["same"] = "same"
ADDED: Literal["added"] = "added"
TAKEN: Literal["taken"] = "taken"

Kind = Literal["same", "added", "taken"]

WORD = re.compile(r"[^\W_]+|\s+|.", re.DOTALL)
NEAR = 0.35
"""Two lines less alike than this are shown as one taken away and one added, not word by word."""
LINE_MOST = 2000
"""Signs of a line beyond which it is not compared word by word."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both versions have, or only the new one, or only the old one."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """The new text with what was added and what was taken away, in order; line ends stay in the pieces."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces: list[Piece] = []
    for change, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if change == "equal":
            pieces.append(Piece(SAME, "".join(after[k:m])))
        else:
            pieces += _block(before[i:j], after[k:m])
    return _joined(pieces)


def _block(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """A changed block: lines that lie over each other are compared if they are alike."""
    for place in range(max(len(old), len(new))):
        gone = old[place] if place < len(old) else ""
        come = new[place] if place < len(new) else ""
        if gone and come and max(len(gone), len(come)) <= LINE_MOST:
            yield from _line(gone, come)
        else:
            yield Piece(TAKEN, gone)
            yield Piece(ADDED, come)


def _line(old: str, new: str) -> Iterator[Piece]:
    before, after = _words(old), _words(new)
    if not _alike(before, after):
        yield Piece(TAKEN, old)
        yield Piece(ADDED, new)
        return
    for change, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if change == "equal":
            yield Piece(SAME, "".join(after[k:m]))
        else:
            yield Piece(TAKEN, "".join(before[i:j]))
            yield Piece(ADDED, "".join(after[k:m]))


def _alike(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether two lines have enough words in common to be read as one that changed; spaces are no words."""
    old, new = ([word for word in words if not word.isspace()] for words in (before, after))
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= NEAR


def _words(line: str) -> list[str]:
    """Words of letters and digits; of a script that writes no spaces, sign by sign."""
    found: list[str] = []
    for word in WORD.findall(line):
        found += [word] if word.isascii() else list(word)
    return found


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Without empty pieces, and with neighbours of one kind joined."""
    found: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found


def changed(pieces: Sequence[Piece]) -> bool:
    """Whether the two texts differ."""
    return any(piece.kind != SAME for piece in pieces)
