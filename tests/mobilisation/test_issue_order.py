"""A draft is issued: it gets its number, never changes again, and its rolls are opened."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from muster.mobilisation.actions import Attachment, change_draft, issue_order, set_series, sign_order, withdraw_order
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, CANNOT, REPORT_IN
from muster.mobilisation.models import Addressee, Audience, Order
from muster.organisation.actions import merge_units
from muster.roll.actions import hand_over_entries
from muster.roll.models import Entry, Mark, Roll, Ruling
from tests.cast import DRAFT, DUE, REASON, START, Cast, at, raises_refusal


def asked(roll: Roll) -> list[str]:
    return sorted(Entry.objects.filter(roll=roll, state__isnull=False).values_list("unit__short_name", flat=True))


def test_everything_that_was_drafted_is_in_the_order(cast: Cast) -> None:
    body = b"tent, stove"
    order = cast.order(attachments=(Attachment("list.txt", "text/plain", body),))
    assert (order.number, order.version, order.title) == ("No. 1/2020", 1, "To your posts")
    assert (order.issued_at, order.effective_at, order.due_at) == (START, START, DUE)
    assert [p.text for p in order.pledges.order_by("position")] == ["I go first", "I tell the truth"]
    file = order.files.get()
    assert (file.name, file.file_id, file.size_bytes) == ("list.txt", hashlib.sha256(body).hexdigest(), len(body))
    assert Audience.objects.get(order=order).resolved_count == Addressee.objects.filter(order=order).count() == 8


def test_its_roll_expects_each_addressee_once(cast: Cast) -> None:
    order = cast.order(audience="under:A kind:village set:first -unit:A3 -under:H")
    roll = cast.roll(order)
    assert asked(roll) == ["A", "A1", "A2", "B1", "B2", "B3"]
    assert (roll.state, roll.opened_at, roll.due_at, roll.held_by) == ("open", START, DUE, cast.root)
    assert (roll.figure, roll.key) == ("mobilisation.organisations_acknowledged", "call-v1.acknowledge")
    assert set(Mark.objects.values_list("before", "after", "n")) == {(None, "outstanding", 1)}
    assert Ruling.objects.get(what=Ruling.What.OPENED).roll == roll


def test_who_is_called_up_need_not_be_asked_to_acknowledge(cast: Cast) -> None:
    order = cast.order(audience="kind:town", call_up="under:A", founding=False)
    pairs = Addressee.objects.filter(order=order).values_list("unit__short_name", "acknowledges", "called_up")
    assert sorted(pairs) == [
        ("A", True, True),
        ("A1", False, True),
        ("A2", False, True),
        ("A3", False, True),
        ("B", True, False),
    ]
    assert cast.coverage(order, REPORT_IN).expected == 1 + 3 * 3
    assert cast.roll(order, REPORT_IN).figure == "mobilisation.reported_in.call"


def test_numbers_come_from_the_issuers_own_series(cast: Cast) -> None:
    numbers = [cast.order(key=k).number for k in ("a", "b")]
    own = cast.order(key="c", by=cast.town_lead, issuer=cast.town, audience="under:A")
    assert [*numbers, own.number] == ["No. 1/2020", "No. 2/2020", "A-2020-1"]


@pytest.mark.parametrize("by", ["commander", "second"])
def test_any_commander_issues_what_a_clerk_drafted(cast: Cast, by: str) -> None:
    assert issue_order(by=cast.actor(by), draft=cast.draft(by=cast.clerk)).drafted_by == cast.people["clerk"]


@pytest.mark.parametrize("by", ["clerk", "lead_a", "m_a1_1", "administrator"])
def test_it_rejects_whoever_may_not_issue(cast: Cast, by: str) -> None:
    draft = cast.draft()
    with raises_refusal("rights.refused"):
        issue_order(by=cast.actor(by), draft=draft)


def test_it_rejects_an_audience_beyond_what_one_leads(cast: Cast) -> None:
    for number, rule in enumerate(("kind:village", "set:first")):
        for use in ("audience", "call_up"):
            wanted = {"audience": "under:A"} | {use: rule}
            draft = cast.draft(key=f"o{number}-{use}", by=cast.town_lead, issuer=cast.town, **wanted)
            with raises_refusal("rights.refused"):
                issue_order(by=cast.town_lead, draft=draft)


@pytest.mark.parametrize("rule", ["under:A unit:B1", "unit:D"])
def test_it_rejects_a_code_that_was_drafted_above_and_is_not_the_issuers_to_see(cast: Cast, rule: str) -> None:
    draft = cast.draft(by=cast.commander, issuer=cast.town, audience=rule)
    with raises_refusal("unit.unknown"):
        issue_order(by=cast.town_lead, draft=draft)


@pytest.mark.parametrize("changes", [{"audience": ""}, {"audience": "unit:A -under:A"}, {"call_up": "unit:A -unit:A"}])
def test_it_rejects_or_leaves_out_what_finds_nobody(cast: Cast, changes: dict[str, Any]) -> None:
    draft = cast.draft(**changes)
    if "audience" in changes:
        with raises_refusal("roll.empty"):
            issue_order(by=cast.commander, draft=draft)
    else:
        order = issue_order(by=cast.commander, draft=draft)
        assert not Roll.objects.filter(source_id=order.pk, kind=REPORT_IN).exists()


def test_it_rejects_issuing_twice(cast: Cast) -> None:
    draft = cast.draft()
    issue_order(by=cast.commander, draft=draft)
    with raises_refusal("order.issued"):
        issue_order(by=cast.second, draft=draft)
    assert Order.objects.count() == 1


def test_it_rejects_the_second_of_two_drafts_that_found_the_incident(cast: Cast) -> None:
    drafts = [cast.draft(key=key, founding=True) for key in ("one", "two")]
    issue_order(by=cast.commander, draft=drafts[0])
    with raises_refusal("order.founded"):
        issue_order(by=cast.commander, draft=drafts[1])


def test_it_rejects_a_unit_without_a_series(cast: Cast) -> None:
    draft = cast.draft(by=cast.outsider, issuer=cast.units["B"], audience="under:B")
    with raises_refusal("order.no_series"):
        issue_order(by=cast.outsider, draft=draft)


def test_the_rule_of_the_second_signature_holds_for_every_version(cast: Cast) -> None:
    set_series(by=cast.commander, issuer=cast.root, pattern="{n}/{year}", needs_signature=True)
    for version in (1, 2):
        draft = cast.draft(version=version)
        with raises_refusal("order.not_signed"):
            issue_order(by=cast.commander, draft=draft)
        sign_order(by=cast.second, draft=draft)
        assert issue_order(by=cast.commander, draft=draft).number == "1/2020"


def test_a_refused_issue_takes_no_number(cast: Cast) -> None:
    draft = cast.draft(audience="")
    with raises_refusal("roll.empty"):
        issue_order(by=cast.commander, draft=draft)
    assert cast.order(key="next").number == "No. 1/2020"


def test_an_audience_is_resolved_once(cast: Cast) -> None:
    order = cast.order()
    roll = cast.roll(order)
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
    assert cast.coverage(order).expected == 8
    assert Entry.objects.filter(roll=roll, unit=cast.neighbour).count() == 2
    assert asked(cast.roll(cast.order(key="later"))) == ["A", "A2", "A3", "B", "B1", "B2", "B3"]


# -- a new version


def test_a_new_version_supersedes_the_roll_and_opens_one_of_its_own(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1")
    cast.answer(first, "A2", "cannot")
    with at(60):
        second = cast.order(version=2, text="Man the entrances day and night.", due_at=DUE + timedelta(hours=2))
    old, new = cast.roll(first), cast.roll(second)
    assert (second.number, second.replaces, second.issued_at) == (first.number, first, START + timedelta(hours=1))
    assert (old.state, old.closed_at, new.state, new.supersedes) == ("superseded", second.issued_at, "open", old)
    assert (old.figure, new.due_at) == (new.figure, DUE + timedelta(hours=2))
    assert (cast.coverage(first).answered, cast.coverage(first).unmet, cast.coverage(second).answered) == (2, 1, 0)
    assert cast.roll(first, CANNOT).state == "superseded"
    assert set(Ruling.objects.filter(what=Ruling.What.CLOSED).values_list("reason", flat=True)) == {"superseded"}


def test_a_version_that_asks_for_no_new_acknowledgement_keeps_the_roll(cast: Cast) -> None:
    first = cast.order()
    cast.answer(first, "A1")
    second = cast.order(version=2, re_acknowledge=False)
    assert cast.roll(first).state == "open"
    assert not Roll.objects.filter(source_id=second.pk).exists()
    third = cast.order(version=3)
    assert cast.roll(first).state == "superseded"
    assert cast.roll(third).supersedes == cast.roll(first)


def test_a_call_up_by_a_later_version_is_opened_once(cast: Cast) -> None:
    cast.order()
    second = cast.order(version=2, call_up="kind:village")
    third = cast.order(version=3, call_up="kind:village")
    assert Roll.objects.filter(kind=REPORT_IN).count() == 1
    assert cast.coverage(second, REPORT_IN).expected == 18
    assert Audience.objects.filter(order=third).count() == 2


def test_it_rejects_a_version_of_a_withdrawn_order(cast: Cast) -> None:
    first = cast.order()
    draft = cast.draft(version=2)
    withdraw_order(by=cast.commander, order=first)
    with raises_refusal("order.withdrawn"):
        issue_order(by=cast.commander, draft=draft)


def test_the_roll_of_a_passed_on_order_is_not_superseded_with_the_first(cast: Cast) -> None:
    first = cast.order()
    own = cast.order(key="own", by=cast.town_lead, issuer=cast.town, audience="under:A", passes_on=first)
    cast.order(version=2)
    assert cast.roll(own).state == "open"
    assert Roll.objects.filter(kind=ACKNOWLEDGEMENT, state="open").count() == 2


def test_a_version_of_a_passed_on_order_passes_on_the_same_with_its_note(cast: Cast) -> None:
    first = cast.order()
    own: dict[str, Any] = {"key": "own", "by": cast.town_lead, "issuer": cast.town, "audience": "under:A"}
    cast.order(passes_on=first, covering_note="By noon.", **own)
    second = cast.order(version=2, **own)
    assert (second.passes_on, second.covering_note) == (first, "By noon.")
    assert cast.answer(second, "A1")
    assert cast.entry(first, "A1").state == "answered"


@pytest.mark.parametrize("changes", [{"audience": "kind:town"}, {"due_at": DUE + timedelta(hours=1)}, {"due_at": None}])
def test_it_rejects_another_audience_or_time_where_the_answers_count(cast: Cast, changes: dict[str, Any]) -> None:
    cast.order()
    with raises_refusal("order.same_call") as caught:
        cast.draft(version=2, re_acknowledge=False, **changes)
    assert list(caught.value.fields) == list(changes)
    draft = cast.draft(version=2)
    with raises_refusal("order.same_call"):
        change_draft(by=cast.commander, draft=draft, content=replace(DRAFT, version=2, re_acknowledge=False, **changes))


def test_a_version_without_a_new_acknowledgement_reaches_whom_the_first_reached(cast: Cast) -> None:
    cast.order()
    merge_into_neighbour(cast)
    second = cast.order(version=2, re_acknowledge=False)
    assert Addressee.objects.filter(order=second).count() == 8


def merge_into_neighbour(cast: Cast) -> None:
    hand_over_entries(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour, reason=REASON)
    merge_units(by=cast.town_lead, parent=cast.town, unit=cast.village, into=cast.neighbour)
