"""Units from a sheet: new ones under mine, in whatever order; other names; what a sheet does not do; taking back."""

from __future__ import annotations

import pytest

from muster.foundation import database
from muster.foundation.rights import house
from muster.organisation import tree
from muster.organisation.actions import NewKind, NewPerson, register_kinds, register_people
from muster.organisation.models import Unit, UnitCode
from tests.cast import LONG_AGO, Cast, at, raises_refusal
from tests.sheets.books import applied, counts, csv_of, faults, tried, undone, xlsx_of

HEADS = ("代码", "单位名称", "简称", "类别", "上级单位", "成立日期")


def book(*rows: tuple[str, ...]) -> bytes:
    return csv_of([HEADS, *(row + ("",) * (len(HEADS) - len(row)) for row in rows)])


def test_new_units_come_under_mine_children_before_parents_too(cast: Cast) -> None:
    given = book(
        ("A11", "一组", "", "village", "A4", "2019-05-01"),
        ("A4", "甲四村", "四村", "Village", "Unit A"),
        ("A12", "二组", "", "village", "A11"),
    )
    done = applied(cast.commander, given, "units")
    assert counts(done) == (3, 0, 0, 0, 0)
    leaf = Unit.objects.get(codes__code="A12")
    assert [one.short_name for one in tree.towards_root(leaf)] == ["D", "A", "四村", "一组", "二组"]
    assert tree.prove() == []
    assert counts(applied(cast.commander, given, "units")) == (0, 0, 3, 0, 0)


def test_names_change_and_nothing_else(cast: Cast) -> None:
    given = book(
        ("A1", "甲一村", "甲一"), ("A2", "Unit A2"), ("A3", "Unit A3", "A3", "town"), ("B1", "Unit B1", "B1", "", "A")
    )
    done = applied(cast.commander, given, "units")
    assert counts(done) == (0, 1, 1, 0, 2)
    assert faults(done) == [(4, "D", "kind.differs"), (5, "E", "parent.differs")]
    assert (Unit.objects.get(pk=cast.village.pk).name, Unit.objects.get(pk=cast.village.pk).short_name) == (
        "甲一村",
        "甲一",
    )


@pytest.mark.parametrize(
    ("by", "code", "expected"),
    [
        ("lead_a", "A1", 0),
        ("commander", "D", 0),
        ("lead_a1", "A1", 1),
        ("lead_a", "A", 1),
        ("clerk", "A1", 1),
        ("clerk", "D", 1),
    ],
)
def test_it_rejects_another_name_by_whoever_may_not_rename_the_unit(
    cast: Cast, by: str, code: str, expected: int
) -> None:
    found = tried(cast.actor(by), book((code, "Other name", "Other")), "units")
    assert counts(found) == (0, 1 - expected, 0, 0, expected)
    assert faults(found) == ([(2, "B", "rename.rights"), (2, "C", "rename.rights")] if expected else [])


def test_it_rejects_what_cannot_stand_in_the_tree(cast: Cast) -> None:
    given = book(
        ("N1", "x", "", "nothing", "A"),
        ("N2", "x", "", "village", "Z"),
        ("N3", "x", "", "village", "N4"),
        ("N4", "x", "", "village", "N3"),
        ("N5", "x", "", "village", ""),
        ("N6", "x", "", "village", "N1"),
        ("N7", "x", "", "village", "A"),
        ("N7", "y", "", "village", "A"),
        ("", "x"),
    )
    found = tried(cast.commander, given, "units")
    assert counts(found) == (1, 0, 0, 0, 8)
    codes = [code for _row, _column, code in faults(found)]
    assert codes == [
        "kind.unknown",
        "unit.unknown",
        "unit.circle",
        "unit.circle",
        "unit.second_root",
        "parent.refused",
        "row.twice",
        "cell.empty",
    ]


def test_it_rejects_units_that_are_not_mine(cast: Cast) -> None:
    given = book(("N1", "x", "", "village", "B"), ("B1", "other"), ("N2", "x", "", "village", "A"))
    found = tried(cast.town_lead, given, "units")
    assert faults(found) == [(2, "E", "unit.unknown"), (3, "A", "code.taken")]
    with raises_refusal("rights.refused"):
        tried(cast.member, given, "units")


def test_an_import_of_units_is_taken_back(cast: Cast) -> None:
    done = applied(
        cast.commander,
        book(("A4", "x", "", "village", "A"), ("A41", "y", "", "village", "A4"), ("A1", "甲一")),
        "units",
    )
    with at(5):
        undone(cast.commander, done)
    assert not UnitCode.objects.filter(code__in=("A4", "A41")).exists()
    assert Unit.objects.filter(name__in=("x", "y"), closed_at__isnull=True).count() == 0
    assert Unit.objects.get(pk=cast.village.pk).name == "Unit A1"
    assert counts(applied(cast.commander, book(("A4", "x", "", "village", "A")), "units")) == (1, 0, 0, 0, 0)


def test_it_rejects_taking_back_a_unit_that_has_people(cast: Cast) -> None:
    done = applied(
        cast.commander,
        book(
            ("A4", "x", "", "village", "A"),
        ),
        "units",
    )
    unit = Unit.objects.get(codes__code="A4")
    register_people(by=house("t"), people=[NewPerson("n1", "n", unit.pk, "")], since=LONG_AGO)
    with raises_refusal("import.built_on"):
        undone(cast.commander, done)


@pytest.mark.django_db
def test_the_house_takes_the_first_units_of_an_empty_database_in() -> None:
    database.make_ready(drill=False)
    by = house("set-up")
    register_kinds(by=by, kinds=[NewKind("district", "区", 1), NewKind("town", "镇", 2)])
    given = xlsx_of(
        {"单位": [["全区单位"], HEADS, ["001", "某区", "", "区", ""], [100, "某镇", "", "镇", "某区", "2019年1月"]]}
    )
    done = applied(by, given, "units")
    assert counts(done) == (2, 0, 0, 0, 0)
    assert sorted(UnitCode.objects.values_list("code", flat=True)) == ["001", "100"]
