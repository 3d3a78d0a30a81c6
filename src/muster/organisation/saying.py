"""What a row of a sheet says of a person: each cell by its own rule, before anybody is looked up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from muster.foundation.errors import Text, text
from muster.organisation.incoming import Place, Places, empty, hidden_signs, too_long
from muster.sheets import cells
from muster.sheets.importer import Fault, Row

NAME, UNIT, NUMBER, TITLE, LEADS = "name", "unit", "number", "title", "leads"
ID_NUMBER, PHONE, SINCE, PLACE = "id_number", "phone", "since", "place"
COLUMNS = (NAME, UNIT, NUMBER, TITLE, LEADS, ID_NUMBER, PHONE, SINCE, PLACE)
SINCE_YEAR_MIN = 1950
BORN_MIN, BORN_MAX = 1900, 2100

_NUMBER = re.compile(r"[\w.-]{1,32}")
_PHONE = re.compile(r"\+?\d{5,20}", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d*", re.ASCII)
_IDENTITY = re.compile(r"\d{17}[0-9X]", re.ASCII)
_DIGITS = re.compile(r"\d{13,20}[A-Z]?|\d{17}X", re.ASCII)
_PAPER = re.compile(r"(?=.*[A-Z])[A-Z0-9-]{5,30}", re.ASCII)
MOBILE_LENGTH = 11


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says; None for what it says nothing of."""

    name: str
    folded: str
    unit: Place
    number: str
    title: str | None
    leads: bool | None
    id_number: str
    phone: str
    since: datetime | None
    second: bool | None = None
    """Whether the place is a second one, or the main one."""

    @property
    def marked(self) -> bool:
        """Whether it says more than a name by which people are told apart."""
        return bool(self.number or self.id_number or self.phone)

    @property
    def marks(self) -> list[tuple[str, ...]]:
        """What tells for sure who is meant: another row with one of them is about the same person."""
        found: list[tuple[str, ...]] = [("id", self.id_number)] if self.id_number else []
        found += [("number", self.number)] if self.number else []
        return found + ([("phone", self.phone, self.folded)] if self.phone else [])


def say(row: Row, places: Places, zone: ZoneInfo, now: datetime) -> tuple[Said | None, list[Fault]]:
    """What a row says, or all that is wrong with it, cell by cell."""
    faults = hidden_signs(row.cells, COLUMNS)
    if faults:
        return None, faults
    name = cells.name(row[NAME])
    faults += empty(NAME, name) or too_long(NAME, name, 80)
    unit, wrong = (None, None) if not row[UNIT].strip() else places.one(UNIT, row[UNIT])
    faults += ([wrong] if wrong else []) if row[UNIT].strip() else empty(UNIT, "")
    number = cells.code(row[NUMBER])
    faults += _number(number)
    title = cells.tidy(row[TITLE])
    faults += too_long(TITLE, title, 80)
    leads = cells.yes(row[LEADS]) if row[LEADS].strip() else None
    faults += _yes(row[LEADS], leads)
    identity, phone = cells.code(row[ID_NUMBER]).upper(), cells.phone(row[PHONE])
    faults += id_faults(identity) + phone_faults(phone)
    since, late = _since(row[SINCE], zone, now)
    faults += late
    second = _second(row[PLACE])
    faults += _which_place(row[PLACE], second)
    if faults or unit is None:
        return None, faults
    return Said(name, cells.fold(name), unit, number, title or None, leads, identity, phone, since, second), []


def _number(number: str) -> list[Fault]:
    if not number or _NUMBER.fullmatch(number):
        return []
    return [Fault(NUMBER, "number.wrong", text("A number has letters, digits, - and . only, 32 at most."))]


def _yes(words: str, leads: bool | None) -> list[Fault]:
    if not words.strip() or leads is not None:
        return []
    return [Fault(LEADS, "cell.yes", text("Write yes or no."))]


def _second(words: str) -> bool | None:
    if cells.is_word("second_place", words):
        return True
    return False if cells.is_word("main_place", words) else None


def _which_place(words: str, second: bool | None) -> list[Fault]:
    if not words.strip() or second is not None:
        return []
    return [Fault(PLACE, "cell.place", text("Write main or second."))]


CUT: Text = text("The spreadsheet kept the first 15 digits only. Make the cell text, and type the number anew.")


def id_faults(number: str) -> list[Fault]:
    """What is wrong with an ID number. 18 signs with a check digit; or another paper's letters and digits."""
    if not number:
        return []
    if cells.is_cut(number):
        return [Fault(ID_NUMBER, "id.cut", CUT)]
    if len(number) == 15 and number.isdigit():
        return [Fault(ID_NUMBER, "id.old", text("This is an old number of 15 digits. Write the one of 18."))]
    if _IDENTITY.fullmatch(number):
        return _checked(number)
    if _DIGITS.fullmatch(number) or not _PAPER.fullmatch(number):
        length = len(number)
        message = text("An ID number has 18 digits, the last may be X; this has %(length)s signs.")
        return [Fault(ID_NUMBER, "id.length", message, {"length": length})]
    return []


def _checked(number: str) -> list[Fault]:
    from stdnum.cn import ric

    if ric.calc_check_digit(number) != number[-1]:
        return [Fault(ID_NUMBER, "id.check_digit", text("A digit is wrong: the check digit at the end does not fit."))]
    if not _is_birth(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        return [Fault(ID_NUMBER, "id.birth", text("Digits 7 to 14 are no date of birth."))]
    return []


def _is_birth(year: int, month: int, day: int) -> bool:
    if not BORN_MIN <= year <= BORN_MAX:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def phone_faults(number: str) -> list[Fault]:
    """What is wrong with a telephone number."""
    if not number:
        return []
    if cells.is_cut(number):
        return [Fault(PHONE, "phone.cut", CUT)]
    if not _PHONE.fullmatch(number):
        return [Fault(PHONE, "phone.wrong", text("A telephone number has digits only, 5 to 20, one number a cell."))]
    if _MOBILE.fullmatch(number) and len(number) != MOBILE_LENGTH and len(number) > 8:
        message = text("A mobile number has 11 digits; this has %(length)s.")
        return [Fault(PHONE, "phone.length", message, {"length": len(number)})]
    return []


def _since(words: str, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, list[Fault]]:
    if not words.strip():
        return None, []
    found = cells.moment(words)
    if found is None or found.year < SINCE_YEAR_MIN:
        return None, [Fault(SINCE, "cell.date", text("This is no date. Write it like 2020-01-29."))]
    at = found.replace(tzinfo=zone)
    if at > now:
        return None, [Fault(SINCE, "cell.future", text("This is later than now. Look at the date."))]
    return at, []
