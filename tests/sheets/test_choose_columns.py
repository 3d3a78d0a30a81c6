"""Columns are guessed, set by hand, and the choice is remembered for files of that shape."""

from __future__ import annotations

from muster.sheets import actions, intake, store
from muster.sheets.actions import What
from muster.sheets.importer import Importer
from muster.sheets.models import ImportPart
from muster.vault.models import Particular
from tests.cast import Cast, raises_refusal
from tests.sheets.books import counts, csv_of, id_number, phone, tried

ODD = csv_of([("甲", "乙", "丙"), ("赵一", "A1", "x"), ("钱二", "A2", "y")])


def offer() -> Importer:
    return actions.importer_of("people")


def test_columns_are_guessed_by_what_people_call_them_and_by_what_stands_in_them(cast: Cast) -> None:
    heads = ("序号", "成员姓名*", "所在单位（全称）", "现任职务", "证件", "电话", "负责人（是/否）")
    given = csv_of([heads, (1, "赵一", "A1", "x", id_number(1), phone(1), "是")])
    imported = intake.take(cast.commander, "people", given)
    assert imported.columns["0"] == {"name": 1, "unit": 2, "title": 3, "id_number": 4, "phone": 5, "leads": 6}


def test_a_choice_is_remembered_by_the_shape(cast: Cast) -> None:
    imported = intake.take(cast.commander, "people", ODD)
    shapes = {"0": intake.shape_of(store.head(imported)["sheets"][0]).digest}
    chosen = {"0": {"name": 0, "unit": 1}}
    actions.choose_columns(by=cast.commander, imported=imported, columns=chosen, shapes=shapes)
    imported.refresh_from_db()
    assert counts(intake.judge(cast.commander, imported)) == (2, 0, 0, 0, 0)
    assert counts(tried(cast.clerk, csv_of([("甲", "乙", "丙"), ("孙三", "A1", "")]))) == (1, 0, 0, 0, 0)


def test_columns_may_be_named_by_letters(cast: Cast) -> None:
    assert counts(tried(cast.commander, ODD, columns={"name": 0, "unit": 1})) == (2, 0, 0, 0, 0)


def test_it_rejects_a_choice_without_what_must_be_there(cast: Cast) -> None:
    imported = intake.take(cast.commander, "people", ODD)
    for chosen, code in (
        ({"name": 0}, "import.column_missing"),
        ({"name": 0, "unit": 0}, "import.column_twice"),
        ({"name": 0, "unit": 1, "other": 2}, "import.column_unknown"),
    ):
        with raises_refusal(code):
            actions.choose_columns(by=cast.commander, imported=imported, columns={"0": chosen}, shapes={})


def test_it_rejects_somebody_elses_import(cast: Cast) -> None:
    imported = intake.take(cast.commander, "people", ODD)
    with raises_refusal("import.unknown"):
        actions.choose_columns(by=cast.clerk, imported=imported, columns={"0": {"name": 0, "unit": 1}}, shapes={})


def test_what_was_judged_before_leaves_nothing_in_the_vault(cast: Cast) -> None:
    asks = csv_of([("姓名", "单位"), ("赵一", "A1"), ("赵一", "A1"), ("钱二", "nowhere")])
    imported = tried(cast.commander, asks)
    plans = list(ImportPart.objects.filter(imported=imported, what=What.PLAN).values_list("pk", flat=True))
    assert plans
    chosen = {"0": {"name": 0, "unit": 1}}
    actions.choose_columns(by=cast.commander, imported=imported, columns=chosen, shapes={})
    assert not Particular.objects.filter(subject_id__in=plans).exists()
    assert store.head(imported), "its cells stay, to be judged anew"
