"""A roll's outstanding as a CSV file that a spreadsheet opens safely: UTF-8 with its mark, no cell is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from muster.foundation.sql import slices
from muster.roll.coverage import Name
from muster.roll.looks import Look
from muster.roll.models import Roll
from muster.roll.rows import late_since, rows_of, subject_codes, units_of
from muster.sheets.out import BYTE_ORDER_MARK, Echo, safe

SLICE = 500


def outstanding(seen: Look, roll: Roll, names: Sequence[Name]) -> Iterator[str]:
    """The file line by line: code, name, unit, unit above, lead to call, due, hours overdue. Six queries a slice.

    Language and zone are those of the moment of the call: the lines are asked for when the request has ended.
    """
    as_of = timezone.localtime(seen.as_of).strftime("%Y-%m-%d %H:%M")
    head = [_("Code"), _("Name"), _("Code of the unit"), _("Unit"), _("Unit above"), _("Lead to call"), _("Due")]
    due = timezone.localtime(roll.due_at).strftime("%Y-%m-%d %H:%M") if roll.due_at else ""
    late = late_since(roll, seen.as_of)
    hours = "" if late is None else f"{late.total_seconds() / 3600:.2f}"
    return _lines(seen, roll, names, [*head, _("Hours overdue"), _("As of")], [due, hours, as_of], get_language())


def _lines(
    seen: Look, roll: Roll, names: Sequence[Name], head: list[str], ends: list[str], language: str | None
) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + str(writer.writerow([safe(cell) for cell in head]))
    for part in slices(names, SLICE):
        with override(language):
            cells = _cells(seen, roll, part)
        for row in cells:
            yield str(writer.writerow([safe(cell) for cell in [*row, *ends]]))


def _cells(seen: Look, roll: Roll, names: Sequence[Name]) -> list[list[Any]]:
    units, codes = units_of(seen, names), subject_codes(names)
    found = []
    for row in rows_of(seen, roll, names, units, phones=False):
        unit = units.get(row.name.unit)
        above = units.get(unit.above) if unit and unit.above else None
        place = [unit.code if unit else "", unit.name if unit else "", above.name if above else ""]
        found.append([codes.get(row.name.subject_id), row.title, *place, row.lead.name if row.lead else ""])
    return found
