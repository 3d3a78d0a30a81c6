"""`muster verify`: with one thing changed by the database's owner it exits 1 and says what and where.

The owner drops the triggers of the table, makes the change, and puts the triggers back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models, transaction

from muster.foundation import seals, triggers
from muster.foundation.audit import digest_of_digests
from muster.foundation.facts import covered_columns, digest_of
from muster.foundation.ids import new_id
from muster.foundation.management.commands.tick import NAMES as NAMES_OF_CHORES
from muster.foundation.management.commands.verify import NAMES as NAMES_OF_PROOFS
from muster.foundation.models import AuditLine, Seal, SealedLine
from muster.foundation.registry import CHORES, PROOFS
from muster.mobilisation.answers import correct_acknowledgement, receive_order
from muster.mobilisation.models import Acknowledgement, Addressee, Order, Pledge, Receipt
from muster.organisation.models import District, Unit
from muster.roll import closings
from muster.roll.actions import excuse, hand_over_entries
from muster.roll.models import Closing, Entry, Mark, Roll, Ruling, Tally
from tests.cast import REASON, START, Cast, at, make

POSTGRESQL = connection.vendor == "postgresql"
Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    """The cast after the story; what the owner broke is undone, before the end of the test asks after foreign keys."""
    made = make("verify", play)
    before = transaction.savepoint()
    with at():
        yield made
    transaction.savepoint_rollback(before)


@pytest.fixture
def story(cast: Cast) -> Order:
    """The order of the story."""
    return Order.objects.get()


def play(cast: Cast) -> None:
    """An order with answers of every kind over three days, closings and three seals."""
    with at(0):
        order = cast.order()
    with at(10):
        cast.answer(order, "A1")
        cast.answer(order, "A2", "cannot")
        cast.answer(order, "A2", by=cast.town_lead)
        receive_order(by=cast.lead, unit=cast.village, order=order, what="read")
    with at(11):
        seals.seal_settled()
    with at(days=1):
        correct_acknowledgement(by=cast.lead, unit=cast.village, order=order, outcome="cannot", reason=REASON)
        excuse(by=cast.town_lead, entries=[cast.entry(order, "A3").pk], reason=REASON)
        hand_over_entries(
            by=cast.outsider, parent=cast.units["B"], unit=cast.units["B1"], into=cast.units["B2"], reason=REASON
        )
    with at(days=1, seconds=11):
        seals.seal_settled()
    with at(days=2):
        cast.answer(order, "B2", by=cast.outsider)
        assert closings.close_days(START + timedelta(days=2)) == 2 * 2
    with at(days=2, seconds=11):
        assert seals.seal_settled()


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs the command; gives its exit code and what it printed."""

    def run(**options: Any) -> tuple[int, str]:
        capsys.readouterr()
        try:
            call_command("verify", **options)
            code = 0
        except SystemExit as exit:
            code = int(exit.code or 0)
        return code, capsys.readouterr().out

    return run


@contextmanager
def owner(*changed: type[models.Model]) -> Iterator[None]:
    """As the database's owner: the triggers of some tables step aside, then stand again."""
    with connection.cursor() as cursor:
        if POSTGRESQL:
            # No foreign key is looked at either: an owner can do that too.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET session_replication_role = replica")
        for model in changed:
            for name in triggers.names(model, connection.vendor):
                cursor.execute(f"DROP TRIGGER {name}" + (f" ON {model._meta.db_table}" if POSTGRESQL else ""))
        yield
        if POSTGRESQL:
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    triggers.create(connection)
    assert triggers.faults(connection) == {}


def delete(row: models.Model) -> None:
    """The one row, and no foreign key is asked."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    assert rows._raw_delete("default") == 1


def copy_of(row: models.Model, **changes: Any) -> models.Model:
    """A row like another, with another id."""
    made = type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def assert_found(run: Verify, *words: Any, **options: Any) -> str:
    code, text = run(**options)
    assert code == 1, text
    for word in words:
        assert str(word) in text, text
    return text


def test_all_is_well(story: Order, verify: Verify) -> None:
    code, text = verify()
    assert code == 0, text
    assert "differ" not in text


# -- tallies


def tally(cast: Cast, code: str) -> Tally:
    return Tally.objects.get(unit=cast.units[code], roll__kind="mobilisation.acknowledgement")


@pytest.mark.parametrize("column", ["outstanding", "answered", "excused", "late", "unmet"])
def test_a_tally_is_changed(story: Order, verify: Verify, cast: Cast, column: str) -> None:
    Tally.objects.filter(pk=tally(cast, "A1").pk).update(**{column: models.F(column) + 1})
    assert_found(verify, "tallies: 1 differ", f"unit {cast.village.pk.hex if not POSTGRESQL else cast.village.pk}")


def test_a_tally_is_deleted(story: Order, verify: Verify, cast: Cast) -> None:
    delete(tally(cast, "A1"))
    assert_found(verify, "tallies: 1 differ")


def test_a_tally_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    Tally.objects.create(roll=cast.roll(story), unit=cast.units["H"], answered=1)
    assert_found(verify, "tallies: 1 differ")


# -- entries


def shown_id(pk: Any) -> str:
    """An id as the engine writes it."""
    return str(pk) if POSTGRESQL else pk.hex


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("A1", {"state": "outstanding"}),
        ("A1", {"state": None}),
        ("A1", {"outcome": "will_do"}),
        ("A1", {"unmet": False}),
        ("A1", {"late": True}),
        ("A1", {"n": 1}),
        ("A1", {"attempts": 1}),
        ("A1", {"settled_at": START}),
        ("A1", {"fact_id": new_id()}),
        ("A1", {"fact_kind": "mobilisation.report_in"}),
        ("A2", {"differs": False}),
        ("A3", {"fact_id": None, "fact_kind": ""}),
        ("B3", {"outcome": "will_do"}),
        ("B3", {"settled_at": START}),
        ("B3", {"differs": True}),
    ],
)
def test_an_entry_is_changed(story: Order, verify: Verify, cast: Cast, code: str, changes: dict[str, Any]) -> None:
    entry = cast.entry(story, code)
    Entry.objects.filter(pk=entry.pk).update(**changes)
    assert_found(verify, "entries: ", shown_id(entry.pk))


def test_an_entry_is_given_to_another_unit(story: Order, verify: Verify, cast: Cast) -> None:
    entry = cast.entry(story, "A1")
    Entry.objects.filter(pk=entry.pk).update(unit=cast.neighbour)
    assert_found(verify, "entries: 1 differ", shown_id(entry.pk))


def test_somebody_is_put_in_anothers_place(story: Order, verify: Verify, cast: Cast) -> None:
    entry = cast.entry(story, "B3")
    Entry.objects.filter(pk=entry.pk).update(subject_id=cast.units["H"].pk)
    assert_found(verify, "entries: 1 differ", f"entry {entry.pk}: who it names")


@pytest.mark.parametrize("changes", [{"due_at": START}, {"assignee_id": None}, {"slot": "x"}])
def test_what_an_entry_is_about_is_changed(story: Order, verify: Verify, cast: Cast, changes: dict[str, Any]) -> None:
    entry = cast.entry(story, "B3")
    if "assignee_id" in changes:
        changes = {"assignee_id": cast.people["m_b3_1"].pk}
    Entry.objects.filter(pk=entry.pk).update(**changes)
    assert_found(verify, f"entry {entry.pk}: who it names")


def test_an_entry_is_deleted(story: Order, verify: Verify, cast: Cast) -> None:
    entry = cast.entry(story, "B3")
    with owner():
        delete(entry)
    assert_found(verify, f"entry {shown_id(entry.pk)}: is missing, though 1 marks name it")


def test_an_entry_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    made = copy_of(cast.entry(story, "B3"), id=new_id(), subject_id=cast.units["H"].pk)
    made.save(force_insert=True)
    assert_found(verify, f"entry {shown_id(made.pk)}: 1 marks are counted", f"entry {made.pk}: who it names")


# -- marks


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "will_do"},
        {"reason": "x"},
        {"by_person": None},
        {"late_delta": 1},
        {"recorded_at": START + timedelta(days=1, hours=1)},
        {"fact_id": new_id()},
    ],
)
def test_a_mark_is_changed(story: Order, verify: Verify, cast: Cast, changes: dict[str, Any]) -> None:
    mark = Mark.objects.filter(entry=cast.entry(story, "A1")).latest("n")
    with owner(Mark):
        Mark.objects.filter(pk=mark.pk).update(**changes)
    assert_found(verify, f"audit line {mark.line} (mobilisation.correct_acknowledgement): 3 rows were written")


def test_a_marks_state_or_unit_is_changed(story: Order, verify: Verify, cast: Cast) -> None:
    mark = Mark.objects.filter(entry=cast.entry(story, "A1")).latest("n")
    with owner(Mark):
        Mark.objects.filter(pk=mark.pk).update(before="outstanding", unit=cast.neighbour)
    assert_found(verify, "marks: 2 differ", f"entry {shown_id(mark.entry_id)}: mark 3 does not begin", "tallies: ")


def test_the_last_mark_is_deleted(story: Order, verify: Verify, cast: Cast) -> None:
    mark = Mark.objects.filter(entry=cast.entry(story, "A1")).latest("n")
    with owner(Mark):
        delete(mark)
    assert_found(
        verify, f"entry {shown_id(mark.entry_id)}: 3 marks are counted", f"audit line {mark.line}", "tallies: 1 differ"
    )


def test_the_last_mark_is_deleted_and_all_caches_are_put_right(story: Order, verify: Verify, cast: Cast) -> None:
    entry = cast.entry(story, "B2")
    mark = Mark.objects.filter(entry=entry).latest("n")
    with owner(Mark, Acknowledgement):
        delete(mark)
        delete(Acknowledgement.objects.get(pk=mark.fact_id))
        Entry.objects.filter(pk=entry.pk).update(
            state="outstanding", n=1, outcome="", fact_kind="", fact_id=None, settled_at=None, late=False
        )
        Tally.objects.filter(pk=tally(cast, "B2").pk).update(
            outstanding=models.F("outstanding") + 1, answered=models.F("answered") - 1, late=0
        )
    text = assert_found(verify, f"audit line {mark.line} (mobilisation.acknowledge): 2 rows were written, 0 stand")
    assert "tallies: well" in text
    assert "entries: well" in text


def test_a_mark_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    last = Mark.objects.filter(entry=cast.entry(story, "B3")).latest("n")
    made = copy_of(last, id=new_id(), n=2, before="outstanding", after="excused", fact_id=new_id())
    made.save(force_insert=True)
    assert_found(
        verify, f"mark {shown_id(made.pk)}: its fact roll.ruling", f"audit line {last.line} ", "tallies: 1 differ"
    )


# -- facts


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "will_do"},
        {"reason": "x"},
        {"by_person": None},
        {"happened_at": START},
        {"channel": "x"},
        {"pledged": True},
    ],
)
def test_a_fact_is_changed(story: Order, verify: Verify, cast: Cast, changes: dict[str, Any]) -> None:
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    with owner(Acknowledgement):
        Acknowledgement.objects.filter(pk=fact.pk).update(**changes)
    assert_found(verify, f"fact {Acknowledgement.KIND} {fact.pk}: its content was changed", f"audit line {fact.line}")


def test_a_fact_is_changed_and_its_digest_with_it(story: Order, verify: Verify, cast: Cast) -> None:
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    fact.reason = "x"
    with owner(Acknowledgement):
        Acknowledgement.objects.filter(pk=fact.pk).update(reason="x", digest=digest_of(fact))
    text = assert_found(
        verify, f"audit line {fact.line} (mobilisation.correct_acknowledgement): 3 rows were written, 3 stand"
    )
    assert "facts: well" in text


def test_a_fact_is_deleted(story: Order, verify: Verify, cast: Cast) -> None:
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    with owner(Acknowledgement):
        delete(fact)
    assert_found(verify, f"its fact {Acknowledgement.KIND} {shown_id(fact.pk)} is missing")


def test_a_fact_that_marks_nothing_is_deleted(story: Order, verify: Verify) -> None:
    fact = Receipt.objects.filter(what="read").get()
    with owner(Receipt):
        delete(fact)
    assert_found(verify, f"audit line {fact.line} (mobilisation.receive_order): 2 rows were written, 1 stand")


def test_a_fact_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    made = copy_of(fact, id=new_id(), corrects=None, line=new_id())
    made.digest = digest_of(made)  # type: ignore[attr-defined]
    made.save(force_insert=True)
    assert_found(
        verify,
        f"fact {Acknowledgement.KIND} {shown_id(made.pk)}: no mark came of it",
        f"audit line {made.line}: is missing",
    )  # type: ignore[attr-defined]


def test_two_facts_correct_the_same(story: Order, verify: Verify, cast: Cast) -> None:
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    made = Ruling(what="withdrawn", at_unit=cast.village, corrects=fact.corrects, line=fact.line, channel="web")
    made.happened_at = made.recorded_at = START
    made.save(force_insert=True)
    assert_found(verify, "corrections: 1 differ", f"fact {fact.corrects}: several correct it", made.pk)


def test_a_corrected_fact_is_not_there(story: Order, verify: Verify, cast: Cast) -> None:
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    gone = new_id()
    with owner(Acknowledgement):
        Acknowledgement.objects.filter(pk=fact.pk).update(corrects=gone)
    assert_found(verify, f"fact {Acknowledgement.KIND} {fact.pk}: it corrects {gone}, which is missing")


# -- orders


def test_an_orders_text_is_changed(story: Order, verify: Verify) -> None:
    with owner(Order):
        Order.objects.filter(pk=story.pk).update(text="Stay at home.")
    assert_found(verify, "audit: 1 differ", f"audit line {story.line} (mobilisation.issue_order)")


def test_a_pledge_is_changed(story: Order, verify: Verify) -> None:
    with owner(Pledge):
        Pledge.objects.filter(order=story, position=1).update(text="Something else")
    assert_found(verify, f"audit line {story.line} (mobilisation.issue_order)")


def test_an_addressee_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    Addressee.objects.create(order=story, unit=cast.units["H"], line=story.line)
    assert_found(verify, f"audit line {story.line} (mobilisation.issue_order)")


# -- audit lines


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "somebody"},
        {"verb": "x"},
        {"channel": "x"},
        {"ids": "[]"},
        {"unit_path": "0."},
        {"input_hmac": "0"},
        {"witnessed": 1},
    ],
)
def test_an_audit_line_is_changed(story: Order, verify: Verify, changes: dict[str, Any]) -> None:
    line = AuditLine.objects.filter(verb="mobilisation.acknowledge").latest("id")
    with owner(AuditLine):
        AuditLine.objects.filter(pk=line.pk).update(**changes)
    assert_found(verify, f"audit line {line.pk}", "its content was changed", "seal 3: its hash does not fit", line.pk)


def test_an_audit_line_is_moved_in_time(story: Order, verify: Verify) -> None:
    line = AuditLine.objects.filter(verb="mobilisation.acknowledge").latest("id")
    with owner(AuditLine):
        AuditLine.objects.filter(pk=line.pk).update(at=START + timedelta(minutes=10))
    assert_found(verify, f"audit line {line.pk}", "seal 1: lines differ", "seal 3: lines differ")


def test_an_audit_line_is_deleted(story: Order, verify: Verify) -> None:
    line = AuditLine.objects.filter(verb="mobilisation.acknowledge").latest("id")
    with owner(AuditLine):
        delete(line)
    assert_found(verify, f"audit line {line.pk}: is missing, though rows name it", "seal 3: lines differ", "missing 1")


def test_an_audit_line_that_witnessed_nothing_is_deleted(story: Order, verify: Verify) -> None:
    line = AuditLine.objects.filter(verb="organisation.grant_role").latest("id")
    with owner(AuditLine, SealedLine):
        delete(SealedLine.objects.get(line=line))
        delete(line)
    assert_found(verify, "seal 1: its hash does not fit")


def test_an_audit_line_is_added(story: Order, verify: Verify) -> None:
    line = AuditLine.objects.filter(verb="organisation.grant_role").latest("id")
    made = copy_of(line, id=new_id(), request=None)
    made.save(force_insert=True)
    assert_found(
        verify, f"audit line {made.pk} (organisation.grant_role): its content was changed", "seal 1", "added 1"
    )


def test_a_line_and_what_it_witnessed_are_made_to_fit_without_the_key(story: Order, verify: Verify) -> None:
    fact = Receipt.objects.filter(what="read").get()
    line = AuditLine.objects.get(pk=fact.line)
    with owner(Receipt, AuditLine):
        delete(fact)
        rest = digest_of_digests([digest_of(r) for r in Receipt.objects.filter(line=line.pk)])
        AuditLine.objects.filter(pk=line.pk).update(witnessed=1, facts_digest=rest)
    assert_found(verify, f"audit line {line.pk} (mobilisation.receive_order): its content was changed", "seal 1")


# -- triggers


def test_a_trigger_is_dropped(story: Order, verify: Verify) -> None:
    name = triggers.names(Mark, connection.vendor)[0]
    with connection.cursor() as cursor:
        if POSTGRESQL:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER {name}" + (" ON roll_mark" if POSTGRESQL else ""))
    assert_found(verify, f"trigger {name} is missing")


# -- seals


def newest() -> Seal:
    return Seal.objects.latest("no")


def cut_off(*numbers: int) -> None:
    with owner(Seal, SealedLine):
        for number in numbers:
            for placed in SealedLine.objects.filter(seal=number):
                delete(placed)
            delete(Seal.objects.get(no=number))


def test_a_printed_seal_stands_in_the_chain(story: Order, verify: Verify) -> None:
    for seal in Seal.objects.all():
        assert verify(seal=seal.hash)[0] == 0


def test_the_newest_seals_are_cut_off_against_a_printed_one(story: Order, verify: Verify) -> None:
    printed = newest().hash
    cut_off(3, 2)
    assert verify()[0] == 0
    assert_found(
        verify, "seals: 1 differ", f"seal {printed}: the printed seal does not stand in the chain", seal=printed
    )


def test_the_newest_seals_are_cut_off_and_made_anew(story: Order, verify: Verify) -> None:
    printed = newest().hash
    cut_off(3)
    with at(days=3):
        assert seals.seal_settled()
    assert newest().no == 3
    assert_found(verify, f"seal {printed}: the printed seal does not stand", seal=printed)


def test_a_seal_in_the_middle_is_deleted(story: Order, verify: Verify) -> None:
    cut_off(2)
    assert_found(verify, "seal 2 is missing: the chain goes on with 3", "seal 3: does not continue the seal before it")


@pytest.mark.parametrize(
    "changes", [{"hash": "0"}, {"prev_hash": "0"}, {"lines": 99}, {"at": START}, {"up_to": START + timedelta(hours=3)}]
)
def test_a_seal_is_changed(story: Order, verify: Verify, changes: dict[str, Any]) -> None:
    with owner(Seal):
        Seal.objects.filter(no=2).update(**changes)
    assert_found(verify, "seal 2: ")


def test_the_place_of_a_line_in_its_seal_is_changed(story: Order, verify: Verify) -> None:
    with owner(SealedLine):
        SealedLine.objects.filter(seal=1, position=0).update(position=999)
    assert_found(verify, "seal 1: lines differ")


# -- rolls, closings, the tree


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "closed"},
        {"state": "closed", "closed_at": START + timedelta(days=2)},
        {"closed_at": START},
        {"opened_at": START + timedelta(days=1)},
        {"opened_at": None, "state": "opening"},
    ],
)
def test_a_roll_is_changed(story: Order, verify: Verify, cast: Cast, changes: dict[str, Any]) -> None:
    roll = cast.roll(story)
    Roll.objects.filter(pk=roll.pk).update(**changes)
    assert_found(verify, "rolls: ", f"roll {shown_id(roll.pk)} (call-v1.acknowledge)")


def test_a_roll_that_ended_is_opened_again(story: Order, verify: Verify, cast: Cast) -> None:
    from muster.roll.actions import close_roll

    with at(days=4):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(story))
    assert verify()[0] == 0
    Roll.objects.filter(pk=cast.roll(story).pk).update(state="open", closed_at=None)
    assert_found(verify, "rolls: 1 differ")


def test_after_closing_a_lead_mends_and_nothing_else_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    from muster.mobilisation.answers import withdraw_acknowledgement
    from muster.roll.actions import close_roll

    with at(days=4):
        close_roll(by=cast.commander, holder=cast.root, roll=cast.roll(story))
    with at(days=5):
        withdraw_acknowledgement(by=cast.lead, unit=cast.village, order=story, reason=REASON)
    code, text = verify()
    assert code == 0, text
    last = Mark.objects.filter(entry=cast.entry(story, "B3")).latest("n")
    later = START + timedelta(days=6)
    made = copy_of(last, id=new_id(), n=2, before="outstanding", fact_id=new_id(), reason=REASON, recorded_at=later)
    made.save(force_insert=True)
    assert_found(verify, f"mark {shown_id(made.pk)}: it came after the roll call-v1.acknowledge was closed")


def _differs(cast: Cast, story: Order) -> None:
    cast.answer(story, "A1", "will_do", by=cast.town_lead)


def _taken_off(cast: Cast, story: Order) -> None:
    from muster.roll.actions import remove_entry

    remove_entry(by=cast.commander, holder=cast.root, entry=cast.entry(story, "A1").pk, reason=REASON)


def _handed_over(cast: Cast, story: Order) -> None:
    from muster.roll.actions import hand_over_entries

    unit, into = cast.units["B3"], cast.units["B1"]
    hand_over_entries(by=cast.actor("lead_b"), parent=cast.units["B"], unit=unit, into=into, reason=REASON)


@pytest.mark.parametrize("written", [_differs, _taken_off, _handed_over])
def test_what_no_lead_may_mend_is_written_on_a_closed_roll(
    story: Order, verify: Verify, cast: Cast, written: Callable[[Cast, Order], None]
) -> None:
    from muster.roll.actions import close_roll

    rolls = Roll.objects.filter(pk=cast.roll(story).pk)
    with at(days=4):
        close_roll(by=cast.commander, holder=cast.root, roll=rolls.get())
    closed = rolls.get()
    rolls.update(state="open", closed_at=None)
    with at(days=5):
        written(cast, story)
    rolls.update(state="closed", closed_at=closed.closed_at)
    assert_found(verify, "it came after the roll call-v1.acknowledge was closed")


def test_a_roll_is_given_to_another_holder(story: Order, verify: Verify, cast: Cast) -> None:
    Roll.objects.filter(pk=cast.roll(story).pk).update(held_by=cast.town)
    assert_found(verify, "no ruling says that its holder opened it")


@pytest.mark.parametrize("column", ["outstanding", "answered", "excused", "late", "unmet"])
def test_a_closing_is_changed(story: Order, verify: Verify, cast: Cast, column: str) -> None:
    closing = Closing.objects.filter(unit=cast.village).latest("closed_at")
    Closing.objects.filter(pk=closing.pk).update(**{column: models.F(column) + 1})
    assert_found(verify, "closings: 1 differ", f"unit {shown_id(cast.village.pk)}")


def test_a_closing_is_added(story: Order, verify: Verify, cast: Cast) -> None:
    closing = Closing.objects.filter(unit=cast.village).latest("closed_at")
    copy_of(closing, unit_id=cast.units["H"].pk).save(force_insert=True)
    assert_found(verify, "closings: 1 differ", f"unit {shown_id(cast.units['H'].pk)}")


def test_a_unit_is_moved_without_a_word(story: Order, verify: Verify, cast: Cast) -> None:
    Unit.objects.filter(pk=cast.village.pk).update(path=f"{cast.units['B'].path}{cast.village.label}.")
    assert_found(verify, "tree: ", f"unit {cast.village.pk}")


def test_a_digest_covers_all_columns_but_itself() -> None:
    names = {f.attname for f in Acknowledgement._meta.concrete_fields}
    assert set(covered_columns(Acknowledgement)) == names - {"digest"}
    assert set(covered_columns(Mark)) == {f.attname for f in Mark._meta.concrete_fields}


# -- in the district's language

CHINESE = re.compile("[\u4e00-\u9fff]")


def test_every_line_is_told_in_the_districts_language(story: Order, verify: Verify, cast: Cast) -> None:
    District.objects.update(language="zh-hans")
    fact = Acknowledgement.objects.get(pk=cast.entry(story, "A1").fact_id)
    last = Mark.objects.filter(entry=cast.entry(story, "B2")).latest("n")
    with owner(Mark, Acknowledgement, Seal, AuditLine):
        Acknowledgement.objects.filter(pk=fact.pk).update(reason="x", corrects=new_id())
        delete(last)
        delete(AuditLine.objects.get(pk=Receipt.objects.filter(what="read").get().line))
        Seal.objects.filter(no=2).update(prev_hash="0" * 64)
    Entry.objects.filter(pk=cast.entry(story, "A1").pk).update(state="outstanding", late=True, attempts=3)
    Entry.objects.filter(pk=cast.entry(story, "B3").pk).update(subject_id=new_id(), n=9)
    Tally.objects.filter(pk=tally(cast, "A1").pk).update(answered=9)
    Roll.objects.filter(pk=cast.roll(story).pk).update(state="closed", closed_at=START)
    Unit.objects.filter(pk=cast.village.pk).update(path="x.")
    code, told = verify(seal="0" * 64)
    assert code == 1
    assert [line for line in told.splitlines() if not CHINESE.search(line)] == []
    assert "{" not in told
    assert "%(" not in told
    assert "None" not in told
    for words in (
        "计数：有 2 处不符",
        "状态写的是“未应答”，最后的记号是“已应答”",
        "已是“已结束”后才写入",
        "尚未封印：",
    ):
        assert words in told, told


def test_every_proof_and_chore_has_a_name_for_the_reader() -> None:
    assert set(NAMES_OF_PROOFS) == set(PROOFS)
    assert set(NAMES_OF_CHORES) == {*CHORES, "jobs"}
