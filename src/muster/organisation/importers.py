"""What organisation takes in: people with their places, units."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from muster.foundation.errors import text
from muster.foundation.registry import IMPORTS, JOBS, LISTS
from muster.organisation import importing_people, importing_units, incoming, registers, writing_people
from muster.sheets.importer import Column, Importer


def yes_or_no() -> Sequence[str]:
    """The drop-down of a column that is yes or no."""
    return [gettext("yes"), gettext("no")]


def main_or_second() -> Sequence[str]:
    """The drop-down of the column that says which place of somebody a row is about."""
    return [gettext("main"), gettext("second")]


def kinds() -> Sequence[str]:
    """The drop-down of kinds of units."""
    return [name for name in registers.names_of_kinds().values() if len(name) < 30][:20]


PEOPLE = Importer(
    key="people",
    label=text("People and their places"),
    about=text(
        "A row a person: name and unit at least. Who is in the register already is found, and what differs is shown."
    ),
    columns=(
        Column("name", text("Full name"), required=True, width=14),
        Column(
            "unit",
            text("Unit"),
            required=True,
            note=text("Its name, short name or code. Where two have one name, the code."),
            width=26,
        ),
        Column("number", text("Number"), note=text("By which the district knows them; one is made where it is empty.")),
        Column("title", text("Position"), width=18),
        Column("leads", text("Leads the unit"), note=text("yes or no"), choices=yes_or_no, width=12),
        Column(
            "id_number",
            text("ID number"),
            note=text("18 digits, as text. It is encrypted and never shown in full."),
            width=22,
            personal=True,
        ),
        Column(
            "phone",
            text("Telephone"),
            note=text("One number. It is encrypted; screens hide its middle."),
            width=16,
            personal=True,
        ),
        Column(
            "since", text("Since when"), note=text("The day on which they took the place, like 2020-01-29."), width=14
        ),
        Column(
            "place",
            text("Main or second place"),
            note=text("main or second. A second place is a row of its own, below the one of the main place."),
            choices=main_or_second,
            width=14,
        ),
    ),
    planner=importing_people.PeoplePlanner,
    write=writing_people.write,
    made=incoming.id_of,
    built_on=writing_people.built_on,
    undo=writing_people.undo,
    who=incoming.who,
    may=incoming.may,
)

UNITS = Importer(
    key="units",
    place=2,
    label=text("Units"),
    about=text(
        "A row a unit, known by its code. New ones come under units of yours; names may change, nothing is deleted."
    ),
    columns=(
        Column(
            "code", text("Code"), required=True, note=text("By which others know the unit; it stands once."), width=18
        ),
        Column("unit_name", text("Name of the unit"), required=True, width=30),
        Column("short_name", text("Short name"), note=text("As lists show it; the name where it is empty."), width=18),
        Column(
            "kind",
            text("Kind"),
            note=text("One of the district's own kinds. It must be there for a new unit."),
            choices=kinds,
        ),
        Column("parent", text("Unit above"), note=text("Its code or name; it may be a row of this sheet."), width=24),
        Column("opened_on", text("Opened"), note=text("A day, like 2020-01-29."), width=14),
    ),
    planner=importing_units.UnitsPlanner,
    write=importing_units.write,
    built_on=importing_units.built_on,
    undo=importing_units.undo,
    who=incoming.who,
    may=incoming.may,
)


def register() -> None:
    """Offer them, and the lists to take along."""
    from muster.organisation import lists, making
    from muster.sheets.made import MAKE

    JOBS.add(MAKE, making.make)
    LISTS.add("people", lists.people)
    LISTS.add("units", lists.units)
    LISTS.add("rights", lists.grants)
    for offer in (PEOPLE, UNITS):
        IMPORTS.add(offer.key, offer)
