"""Whom a row may mean is told apart by unit, position and the end of the number, of one's own units only."""

from __future__ import annotations

from django.utils import translation

from muster.sheets import results
from muster.vault.models import Reading
from tests.cast import Cast
from tests.sheets.books import HEADS, applied, csv_of, phone, tried


def test_unit_position_and_the_end_of_the_number(cast: Cast) -> None:
    rows = [("李四", "A1", "W4", "Cook", "", "", phone(4), ""), ("李四", "A1", "W5", "Guard", "", "", phone(5), "")]
    applied(cast.commander, csv_of([HEADS, *rows]))
    found = tried(cast.lead, csv_of([HEADS, ("李四", "A1", *[""] * 6)]))
    (row,) = results.shown(found, list(found.rows.all()))
    assert [(one[1], one[2]) for one in row.candidates] == [
        ("李四 · W4", "Unit A1 Cook · 139****0004"),
        ("李四 · W5", "Unit A1 Guard · 139****0005"),
    ]
    assert not Reading.objects.exists()


def test_of_who_is_at_a_unit_of_others_neither_unit_nor_number_is_shown(cast: Cast) -> None:
    applied(cast.commander, csv_of([HEADS, ("李四", "B1", "W4", "Cook", "", "", phone(4), "")]))
    with translation.override("en"):
        found = tried(cast.lead, csv_of([HEADS, ("王五", "A1", "W4", *[""] * 5)]))
    (row,) = results.shown(found, list(found.rows.all()))
    assert [one[2] for one in row.candidates] == ["at a unit that is not yours"]
