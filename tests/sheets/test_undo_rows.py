"""A slice is taken back from the end; what was built on between the look and the slice stays, and is counted."""

from __future__ import annotations

from muster.organisation.actions import appoint
from muster.organisation.models import Person
from muster.sheets import actions, intake
from tests.cast import START, Cast, raises_refusal
from tests.sheets.books import HEADS, applied, csv_of

BOOK = csv_of([HEADS, ("赵一", "A1", *[""] * 6), ("钱二", "A1", *[""] * 6)])


def test_what_was_built_on_meanwhile_stays(cast: Cast) -> None:
    done = applied(cast.commander, BOOK)
    begun = actions.undo(by=cast.commander, imported=done)
    person = Person.objects.get(name="钱二")
    appoint(by=cast.commander, person=person, unit=cast.neighbour, title="", leads=False, since=START)
    for _step in intake.go_on(begun):
        pass
    begun.refresh_from_db()
    assert (begun.state, begun.kept) == ("undone", 1)
    assert list(Person.objects.filter(name__in=("赵一", "钱二")).values_list("name", flat=True)) == ["钱二"]


def test_it_rejects_an_import_that_nobody_takes_back(cast: Cast) -> None:
    done = applied(cast.commander, BOOK)
    with raises_refusal("import.state"):
        actions.undo_rows(by=cast.commander, imported=done, first=0)
