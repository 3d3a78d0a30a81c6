"""A workbook of Excel 97 to 2003 is read as any other: Chinese text, numbers as they are shown, days."""

from __future__ import annotations

from datetime import date

from muster.organisation.models import Appointment, Person
from muster.sheets import reading
from muster.vault import matching
from tests.cast import START, Cast
from tests.sheets.books import HEADS, applied, counts, phone
from tests.sheets.old_books import xls_of

BOOK = xls_of(
    "花名册",
    [
        ("人员花名册",),
        HEADS,
        ("赵一", "A1", "W1", "厨师", "否", "", float(phone(1)), date(2019, 5, 1)),
        ("钱二", "A2", 12.0, "", "", "", "", ""),
        ("合计", 2.5),
    ],
)


def test_text_numbers_and_days() -> None:
    assert BOOK.startswith(reading.OLE)
    (sheet,) = reading.read(BOOK).sheets
    assert (sheet.name, sheet.hidden) == ("花名册", False)
    assert sheet.rows[2] == ["赵一", "A1", "W1", "厨师", "否", "", phone(1), "2019-05-01"]
    assert sheet.rows[3][:3] == ["钱二", "A2", "12"]
    assert sheet.rows[4][:2] == ["合计", "2.5"]


def test_its_people_are_taken_in(cast: Cast) -> None:
    done = applied(cast.commander, BOOK)
    assert counts(done) == (2, 0, 0, 0, 0)
    person = Person.objects.get(number="W1")
    assert (person.name, Appointment.objects.get(person=person).title) == ("赵一", "厨师")
    assert matching.find("phone", phone(1), START) == [person.pk]
    assert Person.objects.get(number="12").name == "钱二"
