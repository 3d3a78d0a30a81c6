"""A large file is judged by a job."""

from __future__ import annotations

from muster.foundation import jobs
from muster.sheets import actions, intake
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, counts, csv_of

BOOK = csv_of([HEADS, ("赵一", "A1", *[""] * 6)])


def test_the_clockwork_judges_it(cast: Cast) -> None:
    found = actions.judge_later(by=cast.commander, imported=intake.take(cast.commander, "people", BOOK))
    jobs.work()
    found.refresh_from_db()
    assert (found.state, counts(found)) == ("planned", (1, 0, 0, 0, 0))


def test_it_rejects_somebody_elses(cast: Cast) -> None:
    found = intake.take(cast.commander, "people", BOOK)
    with raises_refusal("import.unknown"):
        actions.judge_later(by=cast.clerk, imported=found)
