"""What organisation takes in: people with their places, units."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from muster.foundation.errors import text
from muster.foundation.registry import IMPORTS, LISTS
from muster.organisation import importing_people, incoming, writing_people
from muster.sheets.importer import Column, Importer


def yes_or_no() -> Sequence[str]:
    """The drop-down of a column that is yes or no."""
    return [gettext("yes"), gettext("no")]


PEOPLE = Importer(
    key="people",
    label=text("People and their places"),
    about=text(
        "A row a person: name and unit at least. Who is in the register already is found, and what differs is shown."
    ),
    columns=(
        Column("name", text("Name"), required=True, example=text("Zhang San"), width=14),
        Column(
            "unit",
            text("Unit"),
            required=True,
            note=text("Its name, short name or code. Where two have one name, the code."),
            width=26,
        ),
        Column("number", text("Number"), note=text("By which the district knows them; one is made where it is empty.")),
        Column("title", text("Title"), width=18),
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
        Column("since", text("Since"), note=text("The day on which they took the place, like 2020-01-29."), width=14),
    ),
    planner=importing_people.PeoplePlanner,
    write=writing_people.write,
    built_on=writing_people.built_on,
    undo=writing_people.undo,
    who=incoming.who,
    may=incoming.may,
)


def register() -> None:
    """Offer them, and the lists to take along."""
    from muster.organisation import lists

    LISTS.add("people", lists.people)
    LISTS.add("units", lists.units)
    LISTS.add("rights", lists.grants)
    for offer in (PEOPLE,):
        IMPORTS.add(offer.key, offer)
