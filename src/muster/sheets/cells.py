"""What a cell says, whoever typed it: full-width digits, numbers that a spreadsheet made, spaces, dates, yes and no.

A cell is text from here on, as the spreadsheet shows it; what each function gives is what it gives again for that.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from muster.foundation.clock import YEAR_MAX

DATE_YEAR_MIN = 1900
DAY_0 = date(1899, 12, 30)
# Full-width forms and the wide space, and nothing else of what NFKC would change: a name stays as it was typed.
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Joiners and marks without width say nothing; marks that turn the direction of writing change what one sees.
_WITHOUT_WIDTH = dict.fromkeys((8203, 8204, 8205, 8288, 65279, 173))
_PLAIN = _WIDE | _WITHOUT_WIDTH
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufffe\uffff\ufffd]"
)
_HAN = r"[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_BETWEEN_HAN = re.compile(f"(?<={_HAN}) +(?={_HAN})")
_DOTS = re.compile("[\u2022\u2027\u30fb\u2219\u22c5\u318d\uff65]")
_SEPARATORS = re.compile(r"[\s._/:,()\[\]{}*#-]+|[\u3001\u3002\u3010\u3011\u300a\u300b]+")
_DATE = re.compile(r"(\d{4})[-./\u5e74](\d{1,2})(?:[-./\u6708](\d{1,2})\u65e5?)?\u6708?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:\u65f6](\d{2})\u5206?(?::\d{2})?", re.ASCII)
_FLOAT = re.compile(r"\d+\.0", re.ASCII)
_SERIAL = re.compile(r"[2-5]\d{4}", re.ASCII)
_CUT = re.compile(r"\d(\.\d+)?E\+\d\d", re.ASCII)


def has_forbidden(words: str) -> bool:
    """Whether a cell holds a sign that cannot be seen: a control character, one that turns the writing around."""
    return _FORBIDDEN.search(words) is not None


def is_cut(words: str) -> bool:
    """Whether a spreadsheet has kept the first digits of a long number only."""
    return _CUT.fullmatch(words) is not None


def tidy(words: str) -> str:
    """Full-width signs as plain ones, blanks of all kinds as one space, none at the ends; nothing without width."""
    if words.isascii() and not (" " in words or "\t" in words or "\n" in words or "\r" in words):
        return words
    return " ".join(unicodedata.normalize("NFC", words.translate(_PLAIN)).split())


def name(words: str) -> str:
    """A person's or a unit's name: no space between Han characters, one kind of dot between parts of a name."""
    found = tidy(words)
    return _DOTS.sub("\u00b7", _BETWEEN_HAN.sub("", found))


@lru_cache(maxsize=100_000)
def fold(words: str) -> str:
    """What two ways to write one name have in common: simplified characters, lower case, no spaces, no signs."""
    found = name(words)
    if not found.isascii():
        found = unicodedata.normalize("NFKC", simplified(found))
    return _SEPARATORS.sub("", found).casefold()


@lru_cache(maxsize=1)
def _endings() -> tuple[tuple[str, str], ...]:
    """(how the name of an office ends, how that of its place does), the longest first."""
    with (Path(__file__).parent / "endings.csv").open(encoding="utf-8", newline="") as file:
        found = [(fold(row["said"]), fold(row["short"])) for row in csv.DictReader(file)]
    return tuple(sorted(found, key=lambda one: -len(one[0])))


@lru_cache(maxsize=10_000)
def place_of_office(words: str) -> str:
    """A unit's name, folded, with the ending of its office as that of its place; empty where it has no such ending.

    The office of a street, the government of a town, the committee of a village: people write the one for the other.
    """
    folded = fold(words)
    for said, short in _endings():
        if folded.endswith(said) and len(folded) > len(said):
            head = folded.removesuffix(said)
            # A community's committee may be called by the community's own name: nothing is said twice.
            return head if head.endswith(short) else head + short
    return ""


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(words: str) -> str:
    return str(_converter().convert(words))


def code(words: str) -> str:
    """A number or code: no blanks in it, no apostrophe of a spreadsheet before it."""
    found = tidy(words).replace(" ", "").lstrip("'\u2019\u2018`")
    # A number that a program wrote as a float, into a CSV file or a cell of text.
    return found[:-2] if found.endswith(".0") and _FLOAT.fullmatch(found) else found


def phone(words: str) -> str:
    """A phone number: its digits and a plus in front; the country's own prefix and hyphens go."""
    found = code(words)
    if found.isdigit() and not found.startswith("00"):
        return found
    return re.sub(r"^(\+86|0086)(?=1\d{10}$)", "", re.sub(r"[-() ]", "", found))


@lru_cache(maxsize=4096)
def moment(words: str) -> datetime | None:
    """A date, or a date and a time of day, as people write them; without a zone. None for what is none."""
    day, _, clock = tidy(words).replace("T", " ").partition(" ")
    found = as_date(day)
    if found is None:
        return None
    if not clock:
        return datetime(found.year, found.month, found.day)  # noqa: DTZ001 the zone is the caller's
    hit = _TIME.fullmatch(clock.replace(" ", ""))
    if hit is None or int(hit[1]) > 23 or int(hit[2]) > 59:
        return None
    return datetime(found.year, found.month, found.day, int(hit[1]), int(hit[2]))  # noqa: DTZ001


def as_date(words: str) -> date | None:
    """A date as people write it: 2020-01-29, 2020.1.29, 2020/1/29, 20200129, with year, month and day in Chinese.

    43831 is one too: the number by which a spreadsheet keeps a day, where the cell has lost its format.
    """
    found = code(words)
    if _SERIAL.fullmatch(found):
        return DAY_0 + timedelta(days=int(found))
    hit = _DATE.fullmatch(found) or _COMPACT.fullmatch(found)
    if hit is None:
        return None
    try:
        day = date(int(hit[1]), int(hit[2]), int(hit[3] or 1))
    except ValueError:
        return None
    return day if DATE_YEAR_MIN <= day.year <= YEAR_MAX else None


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    """The words by which sheets say total, note, yes and no, in the languages of those who write them."""
    found: dict[str, set[str]] = {}
    with (Path(__file__).parent / "words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["kind"], set()).add(row["word"])
    return {kind: frozenset(words) for kind, words in found.items()}


def is_word(kind: str, words: str) -> bool:
    """Whether a cell is one of the words of a kind: `total`, `note`, `yes`, `no`."""
    return tidy(words).replace(" ", "").casefold() in _close(kind)


@lru_cache(maxsize=16)
def _close(kind: str) -> frozenset[str]:
    return frozenset(word.replace(" ", "").casefold() for word in _words()[kind])


@lru_cache(maxsize=256)
def yes(words: str) -> bool | None:
    """Yes or no; None for what is neither."""
    if is_word("yes", words):
        return True
    return False if is_word("no", words) else None
