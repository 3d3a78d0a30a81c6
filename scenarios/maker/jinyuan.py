"""The folder jinyuan-2020, whole."""

from __future__ import annotations

from pathlib import Path

from . import jinyuan_events, jinyuan_orders, jinyuan_people, jinyuan_units
from .sheets import write


def make(folder: Path) -> None:
    """Write every sheet and file of the scenario from divisions.csv and the seed."""
    tree = jinyuan_units.tree(folder / "divisions.csv")
    people = jinyuan_people.register(tree)
    scenario = [{"key": key, "value": value} for key, value in jinyuan_orders.SCENARIO.items()]
    sheets = {
        "scenario": scenario,
        "kinds": jinyuan_units.KINDS,
        "units": [unit.row() for unit in tree.units],
        "sets": jinyuan_units.sets(tree),
        "people": [person.row() for person in people.people],
        "appointments": jinyuan_people.appointments(people),
        "grants": jinyuan_people.grants(),
        "cast": jinyuan_people.cast(people),
        "reasons": jinyuan_orders.REASONS,
        "incidents": jinyuan_orders.INCIDENTS,
        "series": jinyuan_orders.SERIES,
        "orders": jinyuan_orders.ORDERS,
        "pledges": jinyuan_orders.PLEDGES,
        "watch_items": jinyuan_orders.watch_items(),
        **jinyuan_events.play(tree, people),
    }
    for sheet, rows in sheets.items():
        write(folder, sheet, rows)
    for name, text in jinyuan_orders.FILES.items():
        path = folder / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
