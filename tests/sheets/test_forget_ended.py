"""When the cells of a file have ended its rows go too; that it was taken in, and its counts, stay."""

from __future__ import annotations

from muster.sheets import intake, made
from muster.sheets.models import ImportPart, ImportRow, MadeList
from tests.access.matrix import client_of
from tests.cast import Cast, at, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of

BOOK = csv_of([HEADS, ("赵一", "A1", *[""] * 6), ("钱二", "Z", *[""] * 6)])


def test_the_rows_go_and_the_counts_stay(cast: Cast) -> None:
    done = applied(cast.clerk, BOOK)
    made.order_list(by=cast.clerk, which="people", asked={}, count=1)
    assert made.chore() == 0
    with at(60 * 24 * 31):
        assert made.chore() == 3
        assert made.chore() == 0
        page = client_of("clerk").get(f"/office/import/{done.pk}/")
    assert page.status_code == 200
    done.refresh_from_db()
    assert counts(done) == (1, 0, 0, 0, 1)
    assert not ImportRow.objects.exists()
    assert not ImportPart.objects.exists()
    assert not MadeList.objects.exists()


def test_it_rejects_everybody_but_the_clockwork(cast: Cast) -> None:
    intake.take(cast.clerk, "people", BOOK)
    with raises_refusal("rights.refused"):
        made.forget_ended(by=cast.commander)


def test_a_file_that_nobody_looked_at_goes_too(cast: Cast) -> None:
    intake.take(cast.clerk, "people", BOOK)
    assert not ImportRow.objects.exists()
    with at(60 * 24 * 31):
        made.chore()
    assert not ImportPart.objects.exists()
