"""A row that is asked about is written only when it is answered; the answer is one of those that are offered."""

from __future__ import annotations

from muster.sheets import intake
from muster.sheets.models import ImportRow
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of, tried

ASKED = csv_of(
    [HEADS, ("王五", "A1", "", "a", "", "", "", ""), ("王五", "A1", "", "b", "", "", "", ""), ("赵一", "A1", *[""] * 6)]
)


def test_an_answer_may_be_changed(cast: Cast) -> None:
    found = tried(cast.commander, ASKED)
    assert counts(found) == (1, 0, 0, 2, 0)
    for answer, expected in (("new", (2, 0, 0, 1, 0)), ("out", (1, 0, 0, 2, 0)), ("new", (2, 0, 0, 1, 0))):
        intake.answer(cast.commander, found, 0, answer)
        found.refresh_from_db()
        assert counts(found) == expected


def test_answers_may_come_with_the_file(cast: Cast) -> None:
    found = tried(cast.commander, ASKED, answers={("", 2): "new", ("", 3): "out"})
    assert counts(found) == (2, 0, 0, 1, 0)


def test_an_answer_that_is_given_now_stands_over_one_of_before(cast: Cast) -> None:
    applied(cast.commander, ASKED, answers={("", 2): "new", ("", 3): "new"})
    again = tried(cast.commander, ASKED, answers={("", 2): "out"})
    answers = ImportRow.objects.filter(imported=again).order_by("position").values_list("answer", flat=True)
    assert answers[0] == "out"
    assert answers[1] not in ("", "new", "out"), "whom it made before"


def test_it_rejects_what_was_not_asked_or_not_offered(cast: Cast) -> None:
    found = tried(cast.commander, ASKED)
    with raises_refusal("import.not_asked"):
        intake.answer(cast.commander, found, 2, "new")
    with raises_refusal("import.not_asked"):
        intake.answer(cast.commander, found, 99, "new")
    with raises_refusal("import.answer"):
        intake.answer(cast.commander, found, 0, str(cast.people["m_b1_1"].pk))
    with raises_refusal("import.answer"):
        intake.answer(cast.commander, found, 0, "")
    with raises_refusal("import.unknown"):
        intake.answer(cast.clerk, found, 0, "new")
