"""A row that is asked about is written only when it is answered; the answer is one of those that are offered."""

from __future__ import annotations

from muster.organisation.models import Person
from muster.sheets import intake
from muster.sheets.models import ImportRow
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of, faults, tried

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


def test_it_rejects_two_answers_that_mean_one(cast: Cast) -> None:
    applied(cast.commander, csv_of([HEADS, ("李四", "A1", "W4", *[""] * 5), ("李四", "A1", "W5", *[""] * 5)]))
    rows = [("李四", "A1", "", title, *[""] * 4) for title in ("a", "b")]
    found = tried(cast.commander, csv_of([HEADS, *rows, ("李四", "A1", "W5", "c", *[""] * 4)]))
    assert counts(found) == (0, 1, 0, 2, 0)
    four, five = (str(Person.objects.get(number=number).pk) for number in ("W4", "W5"))
    with raises_refusal("import.answered_twice"):
        intake.answer(cast.commander, found, 0, five)
    intake.answer(cast.commander, found, 0, four)
    intake.answer(cast.commander, found, 0, four)
    found.refresh_from_db()
    with raises_refusal("import.answered_twice"):
        intake.answer(cast.commander, found, 1, four)
    intake.answer(cast.commander, found, 0, "out")
    intake.answer(cast.commander, found, 1, four)
    found.refresh_from_db()
    assert counts(found) == (0, 2, 0, 1, 0)


def test_answers_of_one_file_that_mean_one_are_refused_when_it_is_tried(cast: Cast) -> None:
    applied(cast.commander, csv_of([HEADS, ("李四", "A1", "W4", *[""] * 5), ("李四", "A1", "W5", *[""] * 5)]))
    four = str(Person.objects.get(number="W4").pk)
    rows = [("李四", "A1", "", title, *[""] * 4) for title in ("a", "b")]
    found = tried(cast.commander, csv_of([HEADS, *rows]), answers={("", 2): four, ("", 3): four})
    assert counts(found) == (0, 1, 0, 0, 1)
    assert faults(found) == [(3, "", "row.twice")]
