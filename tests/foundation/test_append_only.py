"""Facts, marks, audit lines and seals: the database itself refuses to change or delete them, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models.signals import post_migrate

from muster.foundation import seals, triggers
from muster.foundation.models import Seal
from muster.foundation.rights import house
from muster.mobilisation.actions import Attachment, withdraw_order
from muster.mobilisation.answers import answer_cannot, receive_order, report_in
from muster.mobilisation.models import Order
from muster.organisation.readings import open_phone
from muster.organisation.units import rename_unit
from muster.roll.attempts import note_attempt
from muster.roll.models import Mark
from muster.vault.actions import erase_particulars
from muster.vault.models import Erasure, Particular
from tests.cast import Cast, at
from tests.organisation.test_open_phone import with_phones

ROOMS = ("foundation", "vault", "organisation", "roll", "mobilisation")
SQLITE = connection.vendor == "sqlite"


def story(cast: Cast) -> None:
    """At least one row in every table of the core that only grows."""
    order = cast.order(call_up="kind:village", attachments=(Attachment("a.txt", "text/plain", b"a"),))
    cast.answer(order, "A1", "cannot")
    answer_cannot(by=cast.commander, order=order, subject=cast.village.pk, outcome="helped")
    receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
    note_attempt(by=cast.lead, unit=cast.village, entry=cast.entry(order, "A1").pk)
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    withdraw_order(by=cast.commander, order=order)
    rename_unit(by=cast.town_lead, parent=cast.town, unit=cast.neighbour, name="Other")
    with_phones(cast)
    open_phone(by=cast.lead, unit=cast.village, person=cast.people["m_a1_1"].pk)
    erase_particulars(by=house("x"), ids=[Particular.objects.all()[0].pk], cause=Erasure.Cause.RESTORED)
    with at(5):
        seals.seal_settled()


@pytest.fixture
def grown(cast: Cast) -> Cast:
    story(cast)
    return cast


def core() -> list[type[models.Model]]:
    return [m for m in triggers.append_only_models() if m._meta.app_label in ROOMS]


def every() -> list[Any]:
    return [pytest.param(m, id=m._meta.label) for m in triggers.append_only_models()]


@contextmanager
def raises_database_error() -> Iterator[None]:
    """What stands inside must be refused as append-only."""
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        yield


def test_the_story_has_a_row_in_every_table_of_the_core(grown: Cast) -> None:
    assert not [m._meta.label for m in core() if not m._default_manager.exists()]


def test_every_model_refuses_a_change_and_a_deletion_by_the_orm_and_by_sql(grown: Cast) -> None:
    for model in core():
        rows, table = model._default_manager.all(), model._meta.db_table
        column = next(f for f in model._meta.concrete_fields if not f.primary_key and f.name != "pk")
        count = rows.count()
        with raises_database_error():
            rows.update(**{column.attname: rows.values_list(column.attname, flat=True)[0]})
        with raises_database_error():
            rows._raw_delete("default")
        with raises_database_error():
            _sql(f"UPDATE {table} SET {column.column} = {column.column}")
        with raises_database_error():
            _sql(f"DELETE FROM {table}")
        assert rows.count() == count


def test_an_instance_is_neither_saved_again_nor_deleted(grown: Cast) -> None:
    mark, order = Mark.objects.all()[0], Order.objects.get()
    mark.reason = "x"
    with raises_database_error():
        mark.save()
    with raises_database_error():
        mark.delete()
    order.text = "x"
    with raises_database_error():
        order.save()


@pytest.mark.only("postgresql", reason="SQLite has no TRUNCATE")
def test_every_model_refuses_truncate(grown: Cast) -> None:
    _sql("SET CONSTRAINTS ALL IMMEDIATE")
    for model in core():
        with raises_database_error():
            _sql(f"TRUNCATE {model._meta.db_table} CASCADE")
        assert model._default_manager.exists()


@pytest.mark.only("sqlite", reason="only SQLite has INSERT OR REPLACE")
def test_every_model_refuses_insert_or_replace(grown: Cast) -> None:
    for model in core():
        table = model._meta.db_table
        with raises_database_error():
            _sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
        with raises_database_error():
            _sql(f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


@pytest.mark.only("postgresql", reason="the words of PostgreSQL")
def test_an_insert_that_would_update_on_conflict_is_refused(grown: Cast) -> None:
    with raises_database_error():
        _sql("INSERT INTO roll_mark SELECT * FROM roll_mark LIMIT 1 ON CONFLICT (id) DO UPDATE SET reason = 'x'")


@pytest.mark.parametrize("model", every())
@pytest.mark.django_db
def test_every_models_triggers_stand(model: type[models.Model]) -> None:
    assert len(triggers.names(model, connection.vendor)) == 2
    assert not set(triggers.names(model, connection.vendor)) & set(triggers.faults(connection))


# -- migrations


@pytest.fixture
def seal(transactional_db: None) -> Iterator[Seal]:
    """One seal, in a table that the test alters; the table is as it was afterwards."""
    from django.utils import timezone

    moment = timezone.make_aware(timezone.datetime(2020, 1, 1))
    made = Seal.objects.create(no=1, prev_hash="", hash="a", up_to=moment, lines=0, at=moment)
    yield made
    triggers.create(connection)


def _altered(old: models.Field[Any, Any] | None, new: models.Field[Any, Any]) -> None:
    with connection.schema_editor() as editor:
        if old is None:
            editor.add_field(Seal, new)
        else:
            editor.alter_field(Seal, old, new)


def _field(name: str, made: models.Field[Any, Any]) -> models.Field[Any, Any]:
    made.set_attributes_from_name(name)
    made.model = Seal
    return made


def _after_migration() -> None:
    from django.apps import apps

    post_migrate.send(
        sender=apps.get_app_config("foundation"),
        app_config=apps.get_app_config("foundation"),
        verbosity=0,
        interactive=False,
        using="default",
        stdout=None,
        apps=apps,
        plan=[],
    )


@pytest.mark.parametrize("change", ["alter", "add"])
def test_triggers_survive_a_migration_that_alters_the_table(seal: Seal, change: str) -> None:
    old = Seal._meta.get_field("lines")
    wider = _field("lines", models.BigIntegerField())
    added = _field("note", models.CharField(max_length=10, default="x"))
    if change == "alter":
        _altered(old, wider)
    else:
        _altered(None, added)
    _after_migration()
    assert triggers.faults(connection) == {}
    with raises_database_error():
        _sql("UPDATE foundation_seal SET lines = 2")
    with raises_database_error():
        _sql("DELETE FROM foundation_seal")
    if change == "alter":
        _altered(wider, old)
    else:
        with connection.schema_editor() as editor:
            editor.remove_field(Seal, added)


# -- what muster check and verify see


def test_a_dropped_trigger_is_seen_and_put_back(db: None) -> None:
    name = triggers.names(Mark, connection.vendor)[0]
    _sql(f"DROP TRIGGER {name}" + ("" if SQLITE else " ON roll_mark"))
    assert triggers.faults(connection) == {name: triggers.MISSING}
    assert triggers.prove() == [f"trigger {name} is missing"]
    triggers.create(connection)
    assert triggers.faults(connection) == {}


def test_a_trigger_that_does_nothing_is_seen_and_put_back(db: None) -> None:
    name = triggers.names(Mark, connection.vendor)[0]
    if SQLITE:
        _sql(f"DROP TRIGGER {name}")
        _sql(f"CREATE TRIGGER {name} BEFORE UPDATE ON roll_mark BEGIN SELECT 1; END")
    else:
        _sql(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OR DELETE ON roll_mark FOR EACH ROW WHEN (false)"
            " EXECUTE FUNCTION muster_refuse_change()"
        )
    assert triggers.faults(connection) == {name: triggers.CHANGED}
    triggers.create(connection)
    assert triggers.faults(connection) == {}


@pytest.mark.only("postgresql", reason="SQLite switches no trigger off")
@pytest.mark.parametrize("state", ["DISABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
def test_a_trigger_that_is_switched_off_is_seen_and_put_back(db: None, state: str) -> None:
    name = triggers.names(Mark, connection.vendor)[0]
    _sql(f"ALTER TABLE roll_mark {state} {name}")
    assert triggers.faults(connection) == {name: triggers.CHANGED}
    triggers.create(connection)
    assert triggers.faults(connection) == {}


@pytest.mark.only("postgresql", reason="the words of PostgreSQL")
def test_a_function_that_refuses_nothing_is_seen_and_put_back(db: None) -> None:
    _sql(
        "CREATE OR REPLACE FUNCTION muster_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NEW; END $$"
    )
    assert len(triggers.faults(connection)) == 2 * len(triggers.append_only_models())
    triggers.create(connection)
    assert triggers.faults(connection) == {}


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, None)
