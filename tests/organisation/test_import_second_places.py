"""A second place from a sheet: given where a column says so, of somebody who is certain; never guessed."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.foundation.registry import IMPORTS
from muster.organisation.lives import retire, transfer
from muster.organisation.models import Appointment, Grant, Person
from muster.sheets import columns, intake, results
from muster.sheets.models import Import
from tests.cast import Cast, at, raises_refusal
from tests.organisation.test_import_people import state
from tests.sheets.books import HEADS, applied, counts, csv_of, faults, id_number, phone, tried, undone

WITH_PLACE = (*HEADS, "主岗/兼职")


def row(name: str, unit: str = "A1", place: str = "", **more: object) -> list[object]:
    found = {"姓名": name, "单位": unit, "主岗/兼职": place, **more}
    return [found.get(head, "") for head in WITH_PLACE]


def book(*rows: list[object]) -> bytes:
    return csv_of([WITH_PLACE, *rows])


def places(name: str) -> set[tuple[str, str, bool]]:
    found = Appointment.objects.filter(person__name=name, until__isnull=True)
    return set(found.values_list("unit__name", "title", "primary"))


MARKS: list[dict[str, object]] = [{"身份证号": id_number(1)}, {"工号": "W-1"}, {"手机号": phone(1)}]


@pytest.mark.parametrize("mark", MARKS)
def test_somebody_new_comes_with_both_places_and_the_same_file_again_changes_nothing(
    cast: Cast, mark: dict[str, object]
) -> None:
    both = book(row("赵一", "A1", "主岗", 职务="x", **mark), row("赵一", "A2", "兼职", 职务="y", 负责人="是", **mark))
    done = applied(cast.commander, both)
    assert counts(done) == (1, 1, 0, 0, 0)
    assert done.written == 2
    assert places("赵一") == {("Unit A1", "x", True), ("Unit A2", "y", False)}
    account = Person.objects.get(name="赵一").account
    held = set(Grant.objects.filter(account=account).values_list("role", "unit__name"))
    assert held == {("member", "Unit A1"), ("member", "Unit A2"), ("lead", "Unit A2")}
    before = state()
    assert counts(applied(cast.commander, both)) == (0, 0, 2, 0, 0)
    assert state() == before


def test_somebody_of_the_register_has_a_further_place_and_keeps_the_main_one(cast: Cast) -> None:
    done = applied(cast.commander, book(row("Name of m_a1_1", "A2", "second", 工号="m_a1_1", 职务="y")))
    assert counts(done) == (0, 1, 0, 0, 0)
    (shown,) = results.shown(done, list(done.rows.all()))
    assert shown.changes == {"unit": ["", "Unit A2"], "title": ["", "y"]}
    assert {(unit, primary) for unit, _title, primary in places("Name of m_a1_1")} == {
        ("Unit A1", True),
        ("Unit A2", False),
    }


def test_the_title_of_a_second_place_is_changed_there_only(cast: Cast) -> None:
    applied(cast.commander, book(row("赵一", 工号="W1", 职务="x"), row("赵一", "A2", "兼任", 工号="W1", 职务="y")))
    done = applied(cast.commander, book(row("赵一", "A2", "兼任", 工号="W1", 职务="z", 手机号=phone(9))))
    assert counts(done) == (0, 1, 0, 0, 0)
    assert places("赵一") == {("Unit A1", "x", True), ("Unit A2", "z", False)}


def test_rows_of_two_slices_are_one_person(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "JUDGED_ROWS", 2)
    monkeypatch.setattr(intake, "MANY_ROWS", 0)
    object.__setattr__(IMPORTS["people"], "slice_rows", 2)
    try:
        rows = [row(f"某{n}", 工号=f"N{n}") for n in range(3)]
        done = applied(
            cast.commander,
            book(row("赵一", 手机号=phone(1)), *rows, row("赵一", "A2", "兼职", 手机号=phone(1))),
        )
    finally:
        object.__setattr__(IMPORTS["people"], "slice_rows", 2000)
    assert counts(done) == (4, 1, 0, 0, 0)
    assert done.written == 5
    assert places("赵一") == {("Unit A1", "", True), ("Unit A2", "", False)}


def test_taken_back_it_is_as_if_it_had_not_been(cast: Cast) -> None:
    before = state()
    done = applied(
        cast.commander,
        book(
            row("赵一", 工号="W1"),
            row("赵一", "A2", "兼职", 工号="W1", 负责人="是"),
            row("Name of m_a1_1", "A2", "兼职", 工号="m_a1_1"),
        ),
    )
    assert counts(done) == (1, 2, 0, 0, 0)
    with at(6):
        undone(cast.commander, done)
    assert state() == before


def test_it_rejects_taking_back_a_second_place_that_became_the_main_one(cast: Cast) -> None:
    done = applied(cast.commander, book(row("赵一", 工号="W1"), row("赵一", "A2", "兼职", 工号="W1")))
    person = Person.objects.get(name="赵一")
    with at(5):
        transfer(by=cast.commander, parent=cast.town, person=person, into=cast.neighbour)
    with at(6), raises_refusal("import.built_on"):
        undone(cast.commander, done)
    assert Import.objects.get(pk=done.pk).state == Import.State.APPLIED


def test_it_rejects_another_unit_where_nobody_says_which_place_it_is(cast: Cast) -> None:
    found = tried(cast.commander, csv_of([HEADS, row("赵一", 工号="W1")[:-1], row("赵一", "A2", 工号="W1")[:-1]]))
    assert counts(found) == (1, 0, 0, 0, 1)
    assert faults(found) == [(3, "B", "row.other_unit")]
    with override("en"):
        assert "in row 2" in results.as_json(found)["errors"][0]["message"]


def test_it_rejects_the_same_place_twice(cast: Cast) -> None:
    found = tried(
        cast.commander,
        book(
            row("赵一", 工号="W1"),
            row("赵一", "A1", "兼职", 工号="W1"),
            row("赵一", "A2", "兼职", 工号="W1"),
            row("赵一", "A2", "兼职", 工号="W1", 职务="other"),
            row("赵一", "A3", "主岗", 工号="W1"),
        ),
    )
    assert counts(found) == (1, 1, 0, 0, 3)
    assert [(line, code) for line, _column, code in faults(found)] == [
        (3, "row.twice"),
        (5, "row.twice"),
        (6, "row.twice"),
    ]


def test_it_rejects_a_second_place_without_a_main_one(cast: Cast) -> None:
    retire(by=cast.lead, unit=cast.village, person=cast.people["m_a1_2"])
    found = tried(
        cast.commander,
        book(
            row("赵一", "A2", "兼职", 工号="W1"),
            row("钱二", "A1"),
            row("钱二", "A2", "兼职"),
            row("Name of m_a1_2", "A2", "兼职", 工号="m_a1_2"),
        ),
    )
    assert counts(found) == (1, 0, 0, 0, 3)
    assert {code for _line, _column, code in faults(found)} == {"place.no_main"}


def test_it_rejects_the_main_place_called_second_and_the_second_called_main(cast: Cast) -> None:
    applied(cast.commander, book(row("赵一", 工号="W1"), row("赵一", "A2", "兼职", 工号="W1")))
    for unit, place in (("A1", "兼职"), ("A2", "主岗")):
        found = tried(cast.commander, book(row("赵一", unit, place, 工号="W1")))
        assert faults(found) == [(2, "I", "place.other")]


def test_it_rejects_what_is_neither_main_nor_second_and_a_lead_named_by_a_clerk(cast: Cast) -> None:
    found = tried(
        cast.clerk, book(row("赵一", "A1", "maybe"), row("Name of m_a1_1", "A2", "兼", 工号="m_a1_1", 负责人="是"))
    )
    assert faults(found) == [(2, "I", "cell.place"), (3, "E", "leads.rights")]


def test_it_rejects_a_second_place_of_somebody_at_a_unit_that_is_not_theirs(cast: Cast) -> None:
    applied(cast.commander, book(row("赵一", "B1", 工号="W1")))
    found = tried(cast.town_lead, book(row("赵一", "A1", "兼职", 工号="W1")))
    assert faults(found) == [(2, "", "person.elsewhere")]


@pytest.mark.parametrize("head", ["主岗/兼职", "本职/兼任", "主崗兼職", "Main or second place", "任职类别"])
def test_the_column_is_guessed_by_its_head(head: str) -> None:
    assert columns.guess(IMPORTS["people"].columns, ["姓名", "单位", head], [])["place"] == 2


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["W1", "W2"]), st.sampled_from(["A1", "A2", "A3"]), st.sampled_from(["", "主岗", "兼职"])
        ),
        min_size=1,
        max_size=7,
    )
)
def test_counts_add_up_and_nobody_has_two_main_places(cast: Cast, rows: list[tuple[str, str, str]]) -> None:
    from django.db import transaction

    with transaction.atomic():
        done = applied(cast.commander, book(*(row(f"某{n}", unit, place, 工号=n) for n, unit, place in rows)))
        assert sum(counts(done)) == len(rows)
        held = list(Appointment.objects.filter(person__number__in=("W1", "W2")).values_list("person", "unit"))
        assert len(held) == len(set(held)) == done.written
        again = applied(cast.commander, book(*(row(f"某{n}", unit, place, 工号=n) for n, unit, place in rows)))
        assert again.written == 0 or (done.refused and again.new == 0)
        transaction.set_rollback(True)
