"""For `muster verify`: what a name is found by is of that name."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from muster.organisation.models import Person, Unit
from muster.organisation.names import person_columns, unit_columns

COLUMNS = tuple(person_columns(""))


def prove_names(**_: Any) -> list[str]:
    """Everybody's and every unit's columns for searching are those of the name; of a blanked name nothing is left."""
    found = []
    people = Person.objects.values_list("pk", "name", *COLUMNS)
    words = gettext("person %(person)s: what the name is found by is not of this name")
    for pk, name, *columns in people.iterator(chunk_size=5000):
        if columns != list(person_columns(name).values()):
            found.append(words % {"person": pk})
    words = gettext("unit %(unit)s: what its names are found by is not of these names")
    for pk, name, short, pinyin, folded in Unit.objects.values_list("pk", "name", "short_name", "pinyin", "folded"):
        if unit_columns(name, short) != {"pinyin": pinyin, "folded": folded}:
            found.append(words % {"unit": pk})
    return found
