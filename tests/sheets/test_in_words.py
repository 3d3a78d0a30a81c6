"""What came of a file, for people: in the language of whoever reads it, and no more is opened than is told."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from muster.sheets import results
from tests.cast import Cast
from tests.sheets.books import HEADS, csv_of, tried


def test_how_it_was_read_is_said_in_the_readers_language(cast: Cast) -> None:
    rows = [HEADS, ("赵一", "A1", *[""] * 6)]
    with translation.override("zh-hans"):
        found = tried(cast.commander, csv_of(rows, encoding="gb18030"))
        assert "It was read as GBK." not in "\n".join(results.in_words(found))
    with translation.override("en"):
        assert "It was read as GBK." in list(results.in_words(found))


def test_of_many_faults_the_first_are_told_and_only_those_are_opened(cast: Cast) -> None:
    rows = [(f"人{n}", "nowhere", *[""] * 6) for n in range(1400)]
    found = tried(cast.commander, csv_of([HEADS, *rows]))
    with (
        translation.override("en"),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        lines = list(results.in_words(found))
    assert lines[-1] == "… and 1380 more."
    assert len(lines) == 1 + results.TOLD_MOST + 1
    assert len(asked) <= 9, "as many as for twenty rows"
