"""Answers from a list on paper: recorded as their own would be, each once; what is refused, and in which cell."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from muster.mobilisation.answers import acknowledge
from muster.mobilisation.importing_answers import AnswersPlanner
from muster.mobilisation.models import Acknowledgement, Badge, ReportIn
from muster.organisation.models import Person
from muster.organisation.names import person_columns
from muster.sheets.importer import Row
from tests.cast import Cast, at, raises_refusal
from tests.sheets.books import applied, counts, csv_of, faults, tried, undone

HEADS = ("文号", "单位或编号", "签收情况", "原因", "告知人", "时间")


def book(*rows: tuple[str, ...]) -> bytes:
    return csv_of([HEADS, *(row + ("",) * (len(HEADS) - len(row)) for row in rows)])


def test_units_acknowledge_and_members_report_in(cast: Cast) -> None:
    order = cast.order(call_up="under:A -unit:A")
    given = book(
        (order.number, "A1", "已签收", "", "lead_a1", "2020-01-29 9:30"),
        (order.number, "Unit A2", "不能", "Because"),
        (order.number, "m_a1_1", "已报到", "", "", "2020.1.29 09:40"),
        (order.key, "Name of m_a1_2", "报到"),
    )
    with at(60):
        done = applied(cast.clerk, given, "answers")
    assert counts(done) == (4, 0, 0, 0, 0)
    assert cast.entry(order, "A1").outcome == "will_do"
    assert cast.told(order, "A2") is not None
    fact = Acknowledgement.objects.get(at_unit=cast.village)
    assert (fact.by_person, fact.for_person) == (cast.people["clerk"].pk, cast.people["lead_a1"].pk)
    assert (fact.clock_basis, fact.happened_at.minute) == ("device", 30)
    assert ReportIn.objects.filter(for_person=cast.people["m_a1_1"].pk, by_person=cast.people["clerk"].pk).exists()
    assert Badge.objects.count() == 2
    with at(61):
        again = applied(cast.clerk, given, "answers")
    assert counts(again) == (0, 0, 4, 0, 0)


def test_it_rejects_what_is_not_asked_and_what_was_answered_otherwise(cast: Cast) -> None:
    order = cast.order(call_up="unit:A1")
    acknowledge(by=cast.lead, unit=cast.village, order=order, outcome="will_do")
    given = book(
        ("No. 99", "A1", "签收"),
        (order.number, "H", "签收"),
        (order.number, "A1", "不能", "Because"),
        (order.number, "A2", "maybe"),
        (order.number, "A2", "不能"),
        (order.number, "A3", "签收", "", "somebody"),
        (order.number, "A3", "签收", "", "", "2031-01-01"),
        (order.number, "B1", "签收"),
        (order.number, "B1", "签收"),
        (order.number, "m_a2_1", "报到"),
    )
    with at(60):
        found = tried(cast.clerk, given, "answers")
    assert counts(found) == (1, 0, 0, 0, 9)
    assert faults(found) == [
        (2, "A", "order.unknown"),
        (3, "B", "answer.not_asked"),
        (4, "C", "answer.otherwise"),
        (5, "C", "answer.unknown"),
        (6, "D", "reason.unknown"),
        (7, "E", "person.unknown"),
        (8, "F", "cell.future"),
        (10, "", "row.twice"),
        (11, "B", "answer.not_asked"),
    ]


def test_it_rejects_answers_for_units_that_are_not_mine(cast: Cast) -> None:
    order = cast.order()
    found = tried(cast.town_lead, book((order.number, "A1", "签收"), (order.number, "B1", "签收")), "answers")
    assert faults(found) == [(3, "B", "answer.not_asked")]
    with raises_refusal("rights.refused"):
        tried(cast.member, book((order.number, "A1", "签收")), "answers")


def test_it_rejects_taking_answers_back_at_once(cast: Cast) -> None:
    order = cast.order()
    done = applied(cast.clerk, book((order.number, "A1", "签收")), "answers")
    with raises_refusal("import.no_undo"):
        undone(cast.clerk, done)


def test_more_rows_ask_no_more_of_the_database(cast: Cast) -> None:
    order = cast.order(call_up="under:A -unit:A")
    Person.objects.filter(number__in=("m_a1_1", "m_a2_1")).update(name="Same Name", **person_columns("Same Name"))
    cells = [
        {"subject": "A1", "answer": "签收", "told_by": "lead_a1"},
        {"subject": "Same Name", "answer": "已报到"},
        {"subject": "A2", "answer": "不能", "reason": "none of the list"},
        {"subject": "A3", "answer": "签收", "told_by": "lead_a3"},
        {"subject": "Same Name", "answer": "已报到"},
        {"subject": "A3", "answer": "不能", "reason": "none of the list"},
    ]
    rows = [Row(n, "", n + 2, {"order": order.number, **one}) for n, one in enumerate(cells)]
    with CaptureQueriesContext(connection) as few:
        found = AnswersPlanner(cast.clerk).judge(rows[:3])
    assert [one.what for one in found] == ["new", "asked", "refused"]
    assert [one.about for one in found[1].candidates] == ["Unit A1", "Unit A2"]
    with CaptureQueriesContext(connection) as many:
        AnswersPlanner(cast.clerk).judge(rows)
    assert len(many) <= len(few)
