"""By what a name is found: its plain form, its pinyin, its initials. Whoever writes a name writes these with it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from muster.sheets import cells

PINYIN_MAX, INITIALS_MAX, FOLDED_MAX, UNIT_MAX = 160, 80, 160, 240
"""Characters of a person's columns and of a unit's."""

_DIGIT = re.compile(r"\d")
_SIGNS = re.compile(r"[\W_]+")
# A run of letters and digits of one writing: a Chinese surname before a Latin name is two.
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_IS_HAN = re.compile(f"[{_HAN}]")
_PARTS = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")


def plain(words: str) -> str:
    """What two ways to write one name have in common: its letters and digits, simplified, small, and nothing else."""
    return _SIGNS.sub("", cells.fold(words))


def person_columns(name: str) -> dict[str, str]:
    """{column: what stands in it} for somebody of this name; all empty for a name that was blanked."""
    full, initials = spelled(name, surname=True)
    return {
        "pinyin": f"{full} {initials}".strip()[:PINYIN_MAX],
        "initials": initials[:INITIALS_MAX],
        "folded": plain(name)[:FOLDED_MAX],
    }


def unit_columns(name: str, short: str) -> dict[str, str]:
    """{column: what stands in it} for a unit: of its name and of its short one."""
    called = dict.fromkeys((name, short))
    sounds = (" ".join(spelled(one)) for one in called)
    return {
        "pinyin": " ".join(dict.fromkeys(sounds)).strip()[:UNIT_MAX],
        "folded": " ".join(dict.fromkeys(map(plain, called))).strip()[:UNIT_MAX],
    }


@lru_cache(maxsize=20_000)
def spelled(name: str, surname: bool = False) -> tuple[str, str]:
    """A name's pinyin and its initials, in small letters; what is not Chinese is spelled as it is, word by word.

    surname: it begins with one, which is read as surnames are.
    """
    syllables = list(_syllables(name, surname))
    # A part with a digit in it is a code: the room A1 is not "a".
    return "".join(syllables), "".join(one if _DIGIT.search(one) else one[:1] for one in syllables)


def _syllables(name: str, surname: bool) -> Iterator[str]:
    from pypinyin import lazy_pinyin

    for part in _PARTS.findall(cells.simplified(cells.name(name))):
        first = _surname(part) if surname else ()
        surname = False
        yield from first
        # A character that has no pinyin is left out: no two ways to type it would agree.
        rest = lazy_pinyin(part[len(first) :], errors="ignore") if _IS_HAN.match(part) else [part]
        yield from (one.casefold().replace("\u00fc", "v") for one in rest)


def _surname(part: str) -> tuple[str, ...]:
    """How the surname with which some words begin is read; nothing where it is read as the word is."""
    known = _surnames()
    return known.get(part[:2]) or known.get(part[:1]) or ()


@lru_cache(maxsize=1)
def _surnames() -> dict[str, tuple[str, ...]]:
    with (Path(__file__).parent / "surnames.csv").open(encoding="utf-8", newline="") as file:
        return {row["surname"]: tuple(row["syllables"].split()) for row in csv.DictReader(file)}
