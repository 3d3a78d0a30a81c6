"""Two people act on one entry at the same time: the second sees all that the first did."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.mobilisation.actions import issue_order
from muster.mobilisation.answers import (
    correct_acknowledgement,
    receive_order,
    report_in,
    revoke_badge,
    withdraw_acknowledgement,
    withdraw_report_in,
)
from muster.mobilisation.models import Badge, Order, Receipt
from muster.mobilisation.renewal import renew_badge
from muster.organisation.actions import merge_units
from muster.organisation.models import Unit
from muster.roll.actions import add_entry, close_roll, excuse
from muster.roll.kinds import Expected
from muster.roll.models import Entry, Mark
from muster.sheets.models import Import
from tests.cast import REASON, START, Cast, at, playing
from tests.sheets.books import csv_of, tried
from tests.sheets.books import write as written

POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    """The cast, committed: others see it."""
    with playing() as made:
        yield made


def together(
    first: Callable[[], object], second: Callable[[], object], then: Callable[[], object] = lambda: None
) -> list[object]:
    """The second begins when the first has done its work, and waits for its commit; what each gave or raised.

    then: what the first still does when the second waits for it.
    """
    results: list[object] = [None, None]
    begun = threading.Event()

    def run(place: int, work: Callable[[], object], minutes: float) -> None:
        try:
            with at(minutes):
                results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    def one() -> object:
        with transaction.atomic():
            done = first()
            begun.set()
            _until_somebody_waits()
            then()
        return done

    def other() -> object:
        assert begun.wait(10)
        return second()

    threads = [threading.Thread(target=run, args=(0, one, 10)), threading.Thread(target=run, args=(1, other, 11))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def _until_somebody_waits() -> None:
    """Until the other one waits for a lock of ours; on SQLite it waits before its first statement."""
    if not POSTGRESQL:
        threading.Event().wait(0.2)
        return
    for _ in range(200):
        with connection.cursor() as cursor:
            # A transaction sees the same picture of the others until it asks for a new one.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone() != (0,):
                return
        threading.Event().wait(0.02)


def test_the_issuers_entry_that_the_first_added_goes_when_the_second_corrects(cast: Cast) -> None:
    order, lead, above = cast.order(), cast.lead, cast.town_lead
    found = together(
        lambda: cast.answer(order, "A1", "cannot", by=lead),
        lambda: correct_acknowledgement(by=above, unit=cast.village, order=order, outcome="will_do"),
    )
    assert found == [True, True]
    assert cast.told(order, "A1") is None
    assert cast.entry(order, "A1").outcome == "will_do"


def test_the_issuers_entry_that_the_first_took_off_is_asked_again_by_the_second(cast: Cast) -> None:
    order, lead, above = cast.order(), cast.lead, cast.town_lead
    cast.answer(order, "A1", "cannot")
    found = together(
        lambda: withdraw_acknowledgement(by=lead, unit=cast.village, order=order, reason=REASON),
        lambda: cast.answer(order, "A1", "cannot", by=above),
    )
    assert found == [None, True]
    told = cast.told(order, "A1")
    assert told is not None
    assert told.state == "outstanding"


def test_the_same_answer_by_two_is_one_and_a_duplicate(cast: Cast) -> None:
    order, lead, above = cast.order(), cast.lead, cast.town_lead
    found = together(lambda: cast.answer(order, "A1", by=lead), lambda: cast.answer(order, "A1", by=above))
    assert found == [True, False]
    assert Mark.objects.filter(entry=cast.entry(order, "A1")).count() == 2


def test_two_report_ins_make_one_badge(cast: Cast) -> None:
    order, lead, member = cast.order(call_up="kind:village"), cast.lead, cast.member
    person = cast.people["m_a1_1"]
    found = together(
        lambda: report_in(by=member, unit=cast.village, person=person, order=order),
        lambda: report_in(by=lead, unit=cast.village, person=person, order=order),
    )
    assert found == [True, False]
    assert Badge.objects.count() == 1


def badge_of(cast: Cast) -> tuple[Order, Badge]:
    """A member of A1 reported in; their badge."""
    order = cast.order(call_up="kind:village")
    report_in(by=cast.member, unit=cast.village, person=cast.people["m_a1_1"], order=order)
    return order, Badge.objects.select_related("unit", "person").get()


def test_two_that_renew_a_lost_badge_make_one(cast: Cast) -> None:
    _order, badge = badge_of(cast)
    lead, member = cast.lead, cast.member
    found = together(lambda: renew_badge(by=member, badge=badge), lambda: renew_badge(by=lead, badge=badge))
    assert isinstance(found[0], Badge)
    assert isinstance(found[1], Refusal)
    assert found[1].code == "badge.renewed"
    assert list(Badge.objects.filter(revoked_at=None)) == [found[0]]


def test_who_is_relieved_while_they_renew_has_no_badge_or_the_new_one(cast: Cast) -> None:
    _order, badge = badge_of(cast)
    lead, member, unit = cast.lead, cast.member, cast.village
    found = together(lambda: revoke_badge(by=lead, unit=unit, badge=badge), lambda: renew_badge(by=member, badge=badge))
    assert found[0] is None
    assert isinstance(found[1], Refusal)
    assert found[1].code == "badge.revoked"
    assert not Badge.objects.filter(revoked_at=None).exists()


def test_who_revokes_the_number_that_is_renewed_meanwhile_is_told_of_the_new_one(cast: Cast) -> None:
    _order, badge = badge_of(cast)
    lead, member, unit = cast.lead, cast.member, cast.village
    found = together(lambda: renew_badge(by=member, badge=badge), lambda: revoke_badge(by=lead, unit=unit, badge=badge))
    assert isinstance(found[0], Badge)
    assert isinstance(found[1], Refusal)
    assert found[1].code == "badge.renewed"
    assert list(Badge.objects.filter(revoked_at=None)) == [found[0]]


def test_taking_a_report_in_back_leaves_no_badge_that_was_renewed_meanwhile(cast: Cast) -> None:
    order, badge = badge_of(cast)
    lead, member = cast.lead, cast.member
    asked = {"unit": cast.village, "person": cast.people["m_a1_1"], "order": order, "reason": REASON}
    found = together(lambda: renew_badge(by=member, badge=badge), lambda: withdraw_report_in(by=lead, **asked))
    assert isinstance(found[0], Badge)
    assert found[1] is None
    assert not Badge.objects.filter(revoked_at=None).exists()


def test_a_badge_is_not_renewed_whose_report_in_is_taken_back_meanwhile(cast: Cast) -> None:
    order, badge = badge_of(cast)
    lead, member = cast.lead, cast.member
    asked = {"unit": cast.village, "person": cast.people["m_a1_1"], "order": order, "reason": REASON}
    found = together(lambda: withdraw_report_in(by=lead, **asked), lambda: renew_badge(by=member, badge=badge))
    assert found[0] is None
    assert isinstance(found[1], Refusal)
    assert found[1].code == "badge.not_reported_in"
    assert not Badge.objects.filter(revoked_at=None).exists()


def test_an_answer_is_before_the_end_of_the_roll_or_refused_after_it(cast: Cast) -> None:
    order, lead, by = cast.order(), cast.lead, cast.commander
    roll = cast.roll(order)
    found = together(lambda: close_roll(by=by, holder=cast.root, roll=roll), lambda: cast.answer(order, "A1", by=lead))
    assert found[0] is None
    assert isinstance(found[1], Refusal)
    assert found[1].code == "roll.closed"


def test_the_end_of_the_roll_waits_for_an_answer_and_comes_after_it(cast: Cast) -> None:
    order, lead, by = cast.order(), cast.lead, cast.commander
    roll = cast.roll(order)
    found = together(lambda: cast.answer(order, "A1", by=lead), lambda: close_roll(by=by, holder=cast.root, roll=roll))
    assert found == [True, None]
    closed_at = cast.roll(order).closed_at
    assert closed_at is not None
    assert Mark.objects.filter(roll=roll, recorded_at__gt=closed_at).count() == 0


def test_two_pages_that_are_opened_at_once_write_one_receipt(cast: Cast) -> None:
    order, lead, above = cast.order(), cast.lead, cast.town_lead
    asked = {"unit": cast.village, "order": order, "what": "delivered"}
    found = together(lambda: receive_order(by=lead, **asked), lambda: receive_order(by=above, **asked))
    assert found == [True, False]
    assert Receipt.objects.count() == 1


def test_who_excuses_while_a_list_of_answers_waits_comes_before_its_answers(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list takes its moment when it has all its entries: no entry's marks go back in time."""
    order, by, clerk = cast.order(), cast.commander, cast.clerk
    second = cast.entry(order, "A2")
    heads = ("文号", "单位或编号", "签收情况")
    given = csv_of([heads, *((order.number, code, "签收") for code in ("A1", "A2", "A3"))])
    found = tried(clerk, given, "answers")
    runs = itertools.count()
    # Everybody's clock runs on, one second each time that it is looked at.
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(minutes=10, seconds=next(runs)))
    results = together(
        lambda: list(Entry.objects.select_for_update(no_key=True).filter(pk=second.pk)),
        lambda: written(clerk, found),
        then=lambda: excuse(by=by, entries=[second.pk], reason=REASON),
    )
    assert isinstance(results[1], Import), results
    marks = list(Mark.objects.filter(entry=second).order_by("n"))
    assert [mark.after for mark in marks] == ["outstanding", "excused", "answered"]
    assert marks == sorted(marks, key=lambda mark: mark.recorded_at)


def test_two_that_issue_one_draft_issue_it_once(cast: Cast) -> None:
    draft, by, other = cast.draft(), cast.commander, cast.second
    found = together(lambda: issue_order(by=by, draft=draft), lambda: issue_order(by=other, draft=draft))
    assert isinstance(found[0], Order)
    assert isinstance(found[1], Refusal)
    assert found[1].code == "order.issued"
    assert Order.objects.count() == 1


def test_two_that_merge_units_into_each_other_close_one(cast: Cast) -> None:
    by, other = cast.town_lead, cast.commander
    one, two = cast.village, cast.neighbour
    found = together(
        lambda: merge_units(by=by, parent=cast.town, unit=one, into=two),
        lambda: merge_units(by=other, parent=cast.town, unit=two, into=one),
    )
    assert found[0] is None
    assert isinstance(found[1], Refusal)
    assert Unit.objects.filter(closed_at__isnull=False).count() == 1


def test_two_that_add_one_name_add_it_once(cast: Cast) -> None:
    order = cast.order(audience="under:A")
    roll, by, other, unit = cast.roll(order), cast.commander, cast.clerk, cast.units["B1"]
    expected = Expected(unit.pk, "unit", unit.pk)
    asked = {"holder": cast.root, "roll": roll, "expected": expected}
    found = together(lambda: add_entry(by=by, **asked), lambda: add_entry(by=other, **asked))
    assert isinstance(found[1], Refusal)
    assert found[1].code == "entry.there"
    assert cast.entry(order, "B1").n == 1


def test_of_two_orders_that_found_the_incident_one_does(cast: Cast) -> None:
    drafts = [cast.draft(key=key, founding=True) for key in ("one", "two")]
    results = together(
        lambda: issue_order(by=cast.commander, draft=drafts[0]), lambda: issue_order(by=cast.second, draft=drafts[1])
    )
    assert isinstance(results[1], Refusal)
    assert results[1].code == "order.founded"
    assert Order.objects.filter(founding=True).count() == 1
