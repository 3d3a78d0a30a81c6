"""Rows written without the ORM are read by it as they were: one by one, many at once, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.foundation import sql
from muster.foundation.facts import canonical, digest_of, digest_of_values
from muster.foundation.ids import named_id, new_id
from muster.foundation.models import AuditLine
from muster.roll.models import Mark
from tests.cast import START

ODD = ["", "\\N", "\\", "a\tb", "a\nb", "a\r\nb", "'\"`", "%s %(x)s", "\u6751\u59d4\U0001f6a8", "{}", "NULL", " "]


def line(words: str = "x", moment: datetime = START) -> AuditLine:
    return sql.fresh(
        AuditLine, id=new_id(), at=moment, actor=words[:64], channel="web", verb="v", unit_path="", ids=words,
        input_hmac="", facts_digest="", witnessed=len(words), mac="",
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("many", [False, True])
def test_what_is_inserted_is_read_as_it_was(many: bool) -> None:
    made = [line(words) for words in ODD]
    if many:
        sql.insert(made)
    else:
        for row in made:
            sql.insert([row])
    found = AuditLine.objects.in_bulk()
    for row in made:
        for field in AuditLine._meta.concrete_fields:
            assert getattr(found[row.pk], field.attname) == getattr(row, field.attname), field.attname


@pytest.mark.django_db
@settings(max_examples=20)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=5))
def test_any_text_survives(words: list[str]) -> None:
    made = [line(w) for w in words]
    sql.insert(made)
    found = AuditLine.objects.in_bulk([row.pk for row in made])
    assert [found[row.pk].ids for row in made] == words


@pytest.mark.django_db
def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    zone = timezone(timedelta(hours=8))
    sql.insert([line(moment=START.astimezone(zone)), line(moment=START)])
    assert set(AuditLine.objects.values_list("at", flat=True)) == {START}
    (raw, *_), *_ = sql.rows("SELECT at FROM foundation_auditline")
    assert sql.as_time(raw) == START


@pytest.mark.django_db
def test_nothing_is_no_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        sql.insert([])
        sql.execute_many("x", [])


@pytest.mark.django_db
def test_a_lean_row_needs_all_its_columns_and_no_other() -> None:
    with pytest.raises(TypeError, match="wrong columns"):
        sql.fresh(AuditLine, id=new_id())
    with pytest.raises(TypeError, match="wrong columns"):
        sql.fresh(AuditLine, **{**vars(line()), "_state": None, "x": 1})
    one, other = line(), line()
    assert one.pk != other.pk


@pytest.mark.django_db
def test_a_lean_row_is_what_the_model_would_make() -> None:
    columns = {
        "line": new_id(), "roll_id": new_id(), "entry_id": new_id(), "n": 1, "unit_id": new_id(), "after": "answered",
        "fact_kind": "k", "fact_id": new_id(), "recorded_at": START, "id": new_id(),
    }  # fmt: skip
    lean, full = sql.fresh(Mark, **columns), Mark(**columns)
    assert digest_of(lean) == digest_of(full)
    assert {f.attname: getattr(lean, f.attname) for f in Mark._meta.concrete_fields} == {
        f.attname: getattr(full, f.attname) for f in Mark._meta.concrete_fields
    }


@pytest.mark.django_db
def test_ids_and_moments_are_read_back() -> None:
    one = line()
    sql.insert([one])
    ((pk, at, request),) = sql.rows("SELECT id, at, request FROM foundation_auditline")
    assert (sql.as_uuid(pk), sql.as_time(at), sql.as_uuid(request)) == (one.pk, START, None)
    assert sql.is_postgresql() == (connection.vendor == "postgresql")


def test_slices_are_all_and_in_order() -> None:
    assert [list(part) for part in sql.slices(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(sql.slices([], 3)) == []
    assert sql.placeholders([1, 2, 3]) == "%s, %s, %s"


def test_one_value_is_written_the_same_way_in_both_directions() -> None:
    zone = timezone(timedelta(hours=8))
    assert canonical(START) == canonical(START.astimezone(zone))
    assert canonical(START) != canonical(START + timedelta(microseconds=1))
    assert canonical(UUID(int=1)) == "0" * 31 + "1"
    assert (canonical(None), canonical(True), canonical(False), canonical(3)) == ("", "1", "0", "3")
    assert digest_of_values(["a", "b"]) != digest_of_values(["ab", ""])


def test_ids_follow_each_other_and_words_keep_theirs() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert named_id("a", "b") == named_id("a", "b") != named_id("ab")
    assert datetime.now(UTC) > START
