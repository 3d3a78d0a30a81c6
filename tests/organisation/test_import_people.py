"""People from a sheet: who is found again, what is refused in which cell, what is asked, written, taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from muster.foundation.registry import PROOFS
from muster.organisation.actions import appoint, record_absence
from muster.organisation.granting import grant_role, stand_in
from muster.organisation.keeping import erase_person
from muster.organisation.lives import come_back, merge_people, retire
from muster.organisation.models import Account, Appointment, Grant, Person
from muster.sheets.models import Import
from muster.vault import matching
from muster.vault.models import Match, Particular
from tests.cast import START, Cast, at, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of, faults, id_number, phone, tried, undone, write, xlsx_of


def state() -> object:
    """All that an import of people may touch, to be compared."""
    people = list(Person.objects.order_by("pk").values_list("pk", "number", "name", "pinyin", "status"))
    places = list(
        Appointment.objects.order_by("pk").values_list("pk", "person", "unit", "title", "leads", "primary", "until")
    )
    grants = list(Grant.objects.order_by("pk").values_list("pk", "account", "role", "unit", "since", "until"))
    kept = list(
        Particular.objects.filter(subject_kind="person")
        .order_by("subject_id", "purpose")
        .values_list("subject_id", "purpose")
    )
    matches = list(Match.objects.order_by("hmac").values_list("hmac", "kind"))
    return people, places, grants, kept, matches, list(Account.objects.order_by("pk").values_list("pk", "name"))


def row(name: str, unit: str = "A1", **more: object) -> list[object]:
    """A row under HEADS."""
    found = {"姓名": name, "单位": unit, **more}
    return [found.get(head, "") for head in HEADS]


def book(*rows: list[object]) -> bytes:
    return csv_of([HEADS, *rows])


def test_new_people_come_with_place_account_grants_and_what_finds_them_again(cast: Cast) -> None:
    given = book(
        row("赵一", 职务="网格员", 身份证号=id_number(1).lower(), 手机号=phone(1)),
        row("钱二", "Unit A2", 工号="W-2", 负责人="是", 任职时间="2019年5月3日"),
    )
    done = applied(cast.commander, given)
    assert counts(done) == (2, 0, 0, 0, 0)
    first, second = (Person.objects.get(name=name) for name in ("赵一", "钱二"))
    assert first.appointments.get().title == "网格员"
    assert (second.number, second.account.name, second.appointments.get().leads) == ("W-2", "W-2", True)
    assert {(role, path) for role, path in cast.actor("W-2").grants} == {
        ("member", cast.neighbour.path),
        ("lead", cast.neighbour.path),
    }
    assert matching.find("identity", id_number(1), START) == [first.pk]
    assert matching.find("phone_end", phone(1), START) == [first.pk]


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    given = book(
        row("赵一", 身份证号=id_number(1), 手机号=phone(1)), row("钱二", "A2", 工号="W2", 职务="x"), row("孙三", "A3")
    )
    applied(cast.commander, given)
    before = state()
    again = applied(cast.commander, given)
    assert counts(again) == (0, 0, 3, 0, 0)
    assert state() == before


def test_what_changed_is_shown_and_written(cast: Cast) -> None:
    applied(
        cast.commander, book(row("赵一", 职务="old", 身份证号=id_number(1), 手机号=phone(1)), row("钱二", 工号="W2"))
    )
    given = book(
        row("赵一一", "A2", 职务="new", 身份证号=id_number(1), 手机号=phone(9)), row("钱二", 工号="W2", 负责人="是")
    )
    tried_ = tried(cast.commander, given)
    assert counts(tried_) == (0, 2, 0, 0, 0)
    from muster.sheets import results

    one, two = results.shown(tried_, list(tried_.rows.order_by("position")))
    assert one.changes["name"] == ["赵一", "赵一一"]
    assert one.changes["unit"] == ["Unit A1", "Unit A2"]
    assert one.changes["phone"] == ["139****0001", "139****0009"]
    assert set(two.changes) == {"leads"}
    write(cast.commander, tried_)
    person = Person.objects.get(name="赵一一")
    assert [(a.unit, a.title, a.until is None) for a in person.appointments.order_by("since", "pk")] == [
        (cast.village, "old", False),
        (cast.neighbour, "new", True),
    ]
    assert cast.actor(person.number).grants == (("member", cast.neighbour.path),)
    assert ("lead", cast.village.path) in cast.actor("W2").grants
    assert matching.find("phone", phone(1), START) == []


def test_one_person_in_two_files_is_found_and_two_of_one_name_are_not_merged(cast: Cast) -> None:
    applied(cast.commander, book(row("李四", 手机号=phone(4)), row("李四", 手机号=phone(5), 身份证号=id_number(5))))
    assert Person.objects.filter(name="李四").count() == 2
    again = tried(cast.commander, book(row("李四", "A2", 手机号=phone(4)), row("李四", "A3", 身份证号=id_number(5))))
    assert counts(again) == (0, 2, 0, 0, 0)
    other = tried(cast.commander, book(row("李四", "A1", 身份证号=id_number(6), 手机号=phone(6))))
    assert counts(other) == (0, 0, 0, 1, 0)


def test_what_is_ambiguous_is_asked_and_written_only_when_it_is_answered(cast: Cast) -> None:
    applied(cast.commander, book(row("李四", 手机号=phone(4)), row("李四", 手机号=phone(5))))
    asked = tried(cast.commander, book(row("李四", 职务="a"), row("王五", 职务="b"), row("王五", 职务="c")))
    assert counts(asked) == (0, 0, 0, 3, 0)
    assert faults(asked) == []
    from muster.sheets import intake, results

    one, two, three = results.shown(asked, list(asked.rows.order_by("position")))
    assert len(one.candidates) == 2
    assert not two.candidates
    assert not three.candidates
    chosen = one.candidates[0][0]
    for position, answer in ((0, chosen), (1, "new"), (2, "out")):
        asked.refresh_from_db()
        intake.answer(cast.commander, asked, position, answer)
    asked.refresh_from_db()
    assert counts(asked) == (1, 1, 0, 1, 0)
    write(cast.commander, asked)
    assert Appointment.objects.get(person=chosen, until__isnull=True).title == "a"
    assert [p.appointments.get().title for p in Person.objects.filter(name="王五")] == ["b"]


def test_two_of_one_name_in_one_file_with_marks_become_two(cast: Cast) -> None:
    done = applied(
        cast.commander, book(row("李四", 手机号=phone(4)), row("李四", 手机号=phone(5)), row("李四", 工号="W9"))
    )
    assert counts(done) == (3, 0, 0, 0, 0)
    assert done.written == 3
    assert Person.objects.filter(name="李四").count() == 3


def test_it_rejects_cell_by_cell_and_says_where(cast: Cast) -> None:
    wrong_digit = id_number(1)[:-1] + ("1" if id_number(1)[-1] != "1" else "2")
    given = xlsx_of(
        {
            "人员": [
                ["全区人员花名册"],
                HEADS,
                row("赵一", 身份证号=wrong_digit),
                row("钱二", "Unit Z"),
                row("", "A1"),
                row("孙三", 手机号="12345x"),
                row("李四", 身份证号="110101900101123"),
                row("周五", 负责人="maybe"),
                row("吴六", 任职时间="2031-01-01"),
                row("郑七", 身份证号=110101199001011234),
                row("王\u202e八"),
                row("冯九", 手机号="1380013800"),
                row("陈十"),
                row("陈十"),
            ]
        }
    )
    found = tried(cast.commander, given)
    assert counts(found) == (1, 0, 0, 0, 11)
    assert faults(found) == [
        (3, "F", "id.check_digit"),
        (4, "B", "unit.unknown"),
        (5, "A", "cell.empty"),
        (6, "G", "phone.wrong"),
        (7, "F", "id.old"),
        (8, "E", "cell.yes"),
        (9, "H", "cell.future"),
        (10, "F", "id.cut"),
        (11, "A", "cell.hidden_sign"),
        (12, "G", "phone.length"),
        (14, "", "row.twice"),
    ]


def test_it_rejects_a_unit_that_is_not_theirs_in_the_words_for_one_that_is_not_there(cast: Cast) -> None:
    from muster.sheets import results

    found = tried(cast.town_lead, book(row("赵一", "Unit B1"), row("钱二", "Unit B9"), row("孙三", "A1")))
    assert counts(found) == (1, 0, 0, 0, 2)
    with override("en"):
        first, second = (one["message"] for one in results.as_json(found)["errors"])
    assert first.split(".")[0].replace("B1", "") == second.split(".")[0].replace("B9", "")


def test_it_rejects_taking_somebody_from_a_unit_that_is_not_theirs(cast: Cast) -> None:
    applied(cast.commander, book(row("赵一", "B1", 身份证号=id_number(1))))
    found = tried(cast.town_lead, book(row("赵一", "A1", 身份证号=id_number(1))))
    assert faults(found) == [(2, "", "person.elsewhere")]


def test_it_rejects_a_lead_named_by_a_clerk(cast: Cast) -> None:
    found = tried(cast.clerk, book(row("赵一", 负责人="是"), row("钱二", 负责人="否")))
    assert faults(found) == [(2, "E", "leads.rights")]
    assert found.new == 1


@pytest.mark.parametrize("by", ["m_a1_1", "counsellor", "inspector", "administrator"])
def test_it_rejects_whoever_may_take_nothing_in(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        tried(cast.actor(by), book(row("赵一")))


def test_an_import_is_taken_back_as_if_it_had_not_been(cast: Cast) -> None:
    applied(
        cast.commander, book(row("赵一", 职务="old", 身份证号=id_number(1), 手机号=phone(1)), row("钱二", 工号="W2"))
    )
    before = state()
    with at(5):
        given = book(
            row("赵一一", "A2", 职务="new", 身份证号=id_number(1), 手机号=phone(9)),
            row("钱二", 工号="W2", 负责人="是", 手机号=phone(2)),
            row("孙三", "A3", 身份证号=id_number(3)),
        )
        done = applied(cast.commander, given)
        assert counts(done) == (1, 2, 0, 0, 0)
    with at(6):
        undone(cast.commander, done)
    assert state() == before
    assert all(not prove() for name, prove in PROOFS.items() if name in ("particulars", "matches and erasures"))


def lent_and_dated(cast: Cast) -> None:
    """The lead of A1 is away, m_a1_2 stands in; besides they lead a team there until the end of the week."""
    lead, until = cast.people["lead_a1"], START + timedelta(days=3)
    record_absence(by=cast.town_lead, unit=cast.village, person=lead, kind="ill", since=START, until=until)
    stand_in(by=cast.town_lead, unit=cast.village, person=lead, account=Account.objects.get(name="m_a1_2"))
    own = Account.objects.get(name="lead_a1")
    grant_role(by=cast.lead, account=own, role="team_lead", unit=cast.village, since=START, until=until)


@pytest.mark.parametrize(("unit", "leads"), [("A2", ""), ("A1", "否")])
def test_what_is_lent_of_a_place_ends_with_it_and_comes_back_when_taken_back(cast: Cast, unit: str, leads: str) -> None:
    lent_and_dated(cast)
    before = state()
    with at(5):
        done = applied(cast.commander, book(row("Name of lead_a1", unit, 工号="lead_a1", 负责人=leads)))
        assert counts(done) == (0, 1, 0, 0, 0)
        assert ("lead", cast.village.path) not in cast.actor("m_a1_2").grants
        own = {role for role, path in cast.actor("lead_a1").grants if path == cast.village.path}
        assert own == (set() if unit == "A2" else {"member", "team_lead"})
    with at(6):
        undone(cast.commander, done)
    assert state() == before


def test_taken_back_nobody_stands_in_for_who_is_back(cast: Cast) -> None:
    lent_and_dated(cast)
    with at(5):
        done = applied(cast.commander, book(row("Name of lead_a1", "A2", 工号="lead_a1")))
    with at(6):
        come_back(by=cast.commander, unit=cast.neighbour, person=cast.people["lead_a1"])
    with at(7):
        undone(cast.commander, done)
        assert ("lead", cast.village.path) in cast.actor("lead_a1").grants
        assert cast.actor("m_a1_2").grants == (("member", cast.village.path),)


def test_it_rejects_taking_back_what_was_built_on(cast: Cast) -> None:
    done = applied(cast.commander, book(row("赵一"), row("钱二")))
    person = Person.objects.get(name="钱二")
    appoint(by=cast.commander, person=person, unit=cast.neighbour, title="", leads=False, since=START)
    with raises_refusal("import.built_on") as caught:
        undone(cast.commander, done)
    with override("en"):
        assert "row 3" in str(caught.value)
    assert Import.objects.get(pk=done.pk).state == Import.State.APPLIED


def test_names_may_be_traditional_and_stay_as_they_were_typed(cast: Cast) -> None:
    applied(cast.commander, csv_of([("姓 名", "單 位", "聯繫電話"), ("張　偉", "Ａ１", "１３９ ００００ ０００１")]))
    assert Person.objects.get(name="張偉").appointments.get().unit == cast.village
    again = tried(cast.commander, book(row("张伟", 手机号=phone(1))))
    assert counts(again) == (0, 1, 0, 0, 0)


def test_it_rejects_the_number_of_somebody_who_was_erased(cast: Cast) -> None:
    person = cast.people["m_a1_1"]
    retire(by=cast.lead, unit=cast.village, person=person)
    erase_person(by=cast.commander, person=person)
    made = tried(cast.commander, csv_of([HEADS, ("Somebody", "A1", "m_a1_1", *[""] * 5)]))
    assert (made.new, made.refused) == (0, 1)


def test_the_number_of_somebody_merged_means_whom_they_go_on_as(cast: Cast) -> None:
    merge_people(by=cast.town_lead, parent=cast.town, person=cast.people["m_a1_1"], into=cast.people["m_a1_2"])
    made = tried(cast.commander, csv_of([HEADS, ("Name of m_a1_2", "A1", "m_a1_1", *[""] * 5)]))
    assert made.new == 0
    assert Person.objects.get(number="m_a1_1").status == "gone"
