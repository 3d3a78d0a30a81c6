"""A slice is written once, whoever writes it: two workers, a worker that was killed."""

from __future__ import annotations

from muster.organisation.models import Person
from muster.sheets import actions, intake
from muster.sheets.models import ImportRow
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, csv_of, tried, write

BOOK = csv_of([HEADS, *((f"人{n}", "A1", f"W{n}", *[""] * 5) for n in range(5))])


def test_the_same_slice_again_writes_nothing(cast: Cast) -> None:
    found = tried(cast.commander, BOOK)
    found = actions.apply(by=cast.commander, imported=found)
    rows = intake.rows_at(found, list(ImportRow.objects.filter(imported=found).order_by("position")[:3]))
    for written in (3, 0):
        given = {"rows": rows, "verdicts": ["new"] * 3, "upto": 3, "ended": False}
        assert actions.write_rows(by=cast.commander, imported=found, **given) == written  # type: ignore[arg-type]
    for _step in intake.go_on(found):
        pass
    assert Person.objects.filter(number__startswith="W").count() == 5


def test_it_rejects_an_import_that_nobody_applied(cast: Cast) -> None:
    found = tried(cast.commander, BOOK)
    with raises_refusal("import.state"):
        actions.write_rows(by=cast.commander, imported=found, rows=[], verdicts=[], upto=0, ended=True)
    write(cast.commander, found)
