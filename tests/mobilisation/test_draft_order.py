"""An order is written down; it binds nobody yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from muster.mobilisation.actions import Attachment, withdraw_order
from muster.mobilisation.models import File, Order, OrderDraft
from muster.roll.models import Roll
from tests.cast import START, Cast, raises_refusal


def test_a_draft_is_kept_as_it_was_written(cast: Cast) -> None:
    attachment = Attachment("list.txt", "text/plain", b"tent, stove")
    draft = cast.draft(attachments=(attachment, attachment), covering_note="At once.")
    draft.refresh_from_db()
    assert (draft.title, draft.version, draft.covering_note, draft.issued_at) == ("To your posts", 1, "At once.", None)
    assert draft.pledges == ["I go first", "I tell the truth"]
    assert draft.drafted_by == cast.people["commander"]
    assert [f.name for f in draft.files.all()] == ["list.txt", "list.txt"]
    assert File.objects.count() == 1


def test_it_binds_nobody(cast: Cast) -> None:
    cast.draft()
    assert not Order.objects.exists()
    assert not Roll.objects.exists()


@pytest.mark.parametrize(("by", "code"), [("clerk", "D"), ("lead_a", "A"), ("commander", "A"), ("lead_a1", "A1")])
def test_a_clerk_or_lead_drafts_for_their_unit(cast: Cast, by: str, code: str) -> None:
    draft = cast.draft(by=cast.actor(by), issuer=cast.units[code])
    assert draft.issuer == cast.units[code]


@pytest.mark.parametrize(("by", "code"), [("lead_a", "D"), ("lead_a", "B"), ("m_a1_1", "A1"), ("administrator", "D")])
def test_it_rejects_whoever_has_no_right_at_the_unit(cast: Cast, by: str, code: str) -> None:
    with raises_refusal("rights.refused"):
        cast.draft(by=cast.actor(by), issuer=cast.units[code])


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("order.title", {"title": " "}),
        ("order.title", {"title": "x" * 201}),
        ("order.text", {"text": ""}),
        ("order.text", {"text": "x" * 100_000}),
        ("order.note", {"covering_note": "x" * 100_000}),
        ("order.characters", {"text": "one\x00two"}),
        ("order.characters", {"title": "one\x1ftwo"}),
        ("order.characters", {"pledges": ("a\x1fb",)}),
        ("order.pledge", {"pledges": ("",)}),
        ("order.pledge", {"pledges": ("x" * 401,)}),
        ("order.due", {"due_at": START}),
        ("order.due", {"call_up": "kind:village", "call_up_due_at": START - timedelta(seconds=1)}),
        ("order.year", {"effective_at": datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))}),
        ("order.year", {"effective_at": datetime(1999, 12, 31, 23, 59, tzinfo=UTC)}),
        ("order.year", {"effective_at": datetime(9999, 12, 31, tzinfo=UTC)}),
        ("order.year", {"due_at": datetime(3000, 1, 1, tzinfo=UTC)}),
        ("order.year", {"call_up": "kind:village", "call_up_due_at": datetime(9999, 12, 31, tzinfo=UTC)}),
        ("order.key", {"key": ""}),
        ("order.key", {"key": "x" * 49}),
        ("order.key", {"key": "a/b"}),
        ("order.version", {"version": 0}),
        ("audience.term", {"audience": "set:unknown"}),
        ("audience.term", {"audience": "everybody"}),
        ("audience.term", {"call_up": "kind:unknown"}),
        ("audience.length", {"audience": "unit:A " * 100}),
        ("unit.unknown", {"audience": "under:XYZ"}),
        ("order.file_size", {"attachments": (Attachment("a", "text/plain", b"x" * 10_000_001),)}),
        ("order.no_version_before", {"version": 2}),
    ],
)
def test_it_rejects(cast: Cast, code: str, changes: dict[str, Any]) -> None:
    with raises_refusal(code) as caught:
        cast.draft(**changes)
    assert caught.value.status == 422
    assert caught.value.fields
    assert not OrderDraft.objects.exists()


def test_a_refused_call_up_names_its_own_field(cast: Cast) -> None:
    with raises_refusal("audience.term") as caught:
        cast.draft(call_up="nobody")
    assert list(caught.value.fields) == ["call_up"]


def test_lines_and_tabs_are_no_control_characters(cast: Cast) -> None:
    assert cast.draft(text="one\r\n\ttwo\n").text == "one\r\n\ttwo\n"


def test_it_rejects_a_key_and_version_that_exist(cast: Cast) -> None:
    cast.draft()
    with raises_refusal("order.exists"):
        cast.draft()


def test_it_rejects_a_version_of_another_units_order(cast: Cast) -> None:
    cast.order()
    with raises_refusal("order.no_version_before"):
        cast.draft(by=cast.town_lead, issuer=cast.town, version=2)


def test_a_version_founds_what_its_first_version_founded(cast: Cast) -> None:
    cast.order()
    assert cast.draft(version=2, founding=False).founding
    cast.order(key="other", founding=False)
    assert not cast.draft(key="other", version=2, founding=True).founding


def test_it_rejects_a_second_order_that_founds_the_incident(cast: Cast) -> None:
    first = cast.order()
    with raises_refusal("order.founded") as caught:
        cast.draft(key="other", founding=True)
    assert list(caught.value.fields) == ["founding"]
    withdraw_order(by=cast.commander, order=first)
    assert cast.draft(key="other", founding=True).founding, "one that was withdrawn founds nothing any more"


def test_it_rejects_a_founding_order_of_a_unit_below_the_root(cast: Cast) -> None:
    with raises_refusal("order.founds_below"):
        cast.draft(by=cast.town_lead, issuer=cast.town, audience="under:A", founding=True)


def test_it_rejects_passing_on_what_one_does_not_see_or_what_is_over(cast: Cast) -> None:
    order = cast.order(audience="under:B")
    own: dict[str, Any] = {"key": "own", "by": cast.town_lead, "issuer": cast.town, "audience": "under:A"}
    with raises_refusal("order.unknown"):
        cast.draft(passes_on=order, **own)
    seen = cast.order(key="seen")
    withdraw_order(by=cast.commander, order=seen)
    with raises_refusal("order.withdrawn"):
        cast.draft(passes_on=seen, **own)
