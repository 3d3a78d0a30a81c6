"""An import is taken back as long as nothing was built on it; only by whoever took it in, only once."""

from __future__ import annotations

from muster.organisation.models import Person
from muster.sheets import actions
from muster.sheets.models import Import
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, csv_of, tried, undone

BOOK = csv_of([HEADS, ("赵一", "A1", *[""] * 6)])


def test_it_is_taken_back_and_may_be_taken_in_again(cast: Cast) -> None:
    done = applied(cast.commander, BOOK)
    assert undone(cast.commander, done).undone_at is not None
    assert not Person.objects.filter(name="赵一").exists()
    assert applied(cast.commander, BOOK).written == 0 or Person.objects.filter(name="赵一").count() == 1


def test_it_rejects_what_was_not_written_what_was_undone_and_others(cast: Cast) -> None:
    unwritten = tried(cast.commander, BOOK)
    with raises_refusal("import.state"):
        actions.undo(by=cast.commander, imported=unwritten)
    done = applied(cast.commander, BOOK)
    with raises_refusal("import.unknown"):
        actions.undo(by=cast.clerk, imported=done)
    undone(cast.commander, done)
    with raises_refusal("import.state"):
        actions.undo(by=cast.commander, imported=Import.objects.get(pk=done.pk))


def test_it_rejects_taking_back_somebody_who_stands_on_a_roll(cast: Cast) -> None:
    done = applied(cast.commander, BOOK)
    cast.order(call_up="unit:A1")
    with raises_refusal("import.built_on"):
        actions.undo(by=cast.commander, imported=done)
