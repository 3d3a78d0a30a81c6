"""A small district in an empty database, for what runs in processes of its own."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from muster.foundation import clock, database
from muster.foundation.rights import house
from muster.organisation.actions import NewKind, NewUnit, register_kinds, register_units, set_up_district
from muster.organisation.models import Unit


def district(**under: str) -> dict[str, UUID]:
    """Make it; returns {code: unit id}. under: the code above each code, "" for that of the root."""
    database.make_ready(drill=False)
    by = house("set-up")
    register_kinds(by=by, kinds=[NewKind("district", "District", 1), NewKind("town", "Town", 2)])
    units = [
        NewUnit(code, "test", code, code, "town" if above else "district", above, date(2019, 1, 1))
        for code, above in under.items()
    ]
    ids = register_units(by=by, units=units, opened_at=clock.now())
    root = Unit.objects.get(parent=None)
    set_up_district(by=by, root=root, zone="Asia/Shanghai", day_starts_at=time(0), language="en")
    return ids
