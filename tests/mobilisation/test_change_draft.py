"""A draft is written anew before it is issued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from muster.mobilisation.actions import Attachment, change_draft, issue_order, sign_order
from tests.cast import DRAFT, START, Cast, raises_refusal


def test_the_new_content_is_issued(cast: Cast) -> None:
    draft = cast.draft(attachments=(Attachment("old.txt", "text/plain", b"old"),))
    new = replace(DRAFT, title="To your homes", audience="under:A", pledges=("One",))
    change_draft(by=cast.clerk, draft=draft, content=new)
    order = issue_order(by=cast.commander, draft=draft)
    assert (order.title, order.drafted_by) == ("To your homes", cast.people["clerk"])
    assert [p.text for p in order.pledges.all()] == ["One"]
    assert [f.name for f in order.files.all()] == ["old.txt"]
    assert cast.coverage(order).expected == 4


def test_new_attachments_replace_the_old_ones(cast: Cast) -> None:
    draft = cast.draft(attachments=(Attachment("old.txt", "text/plain", b"old"),))
    change_draft(
        by=cast.commander, draft=draft, content=replace(DRAFT, attachments=(Attachment("new.txt", "text/plain", b"n"),))
    )
    assert [f.name for f in draft.files.all()] == ["new.txt"]


def test_its_signature_falls_away(cast: Cast) -> None:
    draft = cast.draft()
    sign_order(by=cast.second, draft=draft)
    change_draft(by=cast.clerk, draft=draft, content=DRAFT)
    draft.refresh_from_db()
    assert (draft.signed_by, draft.signed_at, draft.drafted_by) == (None, None, cast.people["clerk"])


def test_key_and_version_stay_and_what_the_first_version_founded(cast: Cast) -> None:
    cast.order()
    draft = cast.draft(version=2)
    change_draft(by=cast.commander, draft=draft, content=replace(DRAFT, key="other", version=7, founding=False))
    draft.refresh_from_db()
    assert (draft.key, draft.version, draft.founding) == ("call", 2, True)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("order.title", {"title": ""}),
        ("order.text", {"text": "x" * 100_000}),
        ("order.due", {"due_at": START}),
        ("audience.term", {"audience": "everybody"}),
        ("audience.term", {"call_up": "everybody"}),
        ("audience.length", {"call_up": "unit:A " * 100}),
        ("order.characters", {"covering_note": "\x1f"}),
    ],
)
def test_it_rejects_what_a_draft_may_not_say(cast: Cast, code: str, changes: dict[str, Any]) -> None:
    draft = cast.draft()
    with raises_refusal(code):
        change_draft(by=cast.commander, draft=draft, content=replace(DRAFT, **changes))


def test_it_rejects_an_order_that_is_issued(cast: Cast) -> None:
    draft = cast.draft()
    issue_order(by=cast.commander, draft=draft)
    with raises_refusal("order.issued"):
        change_draft(by=cast.commander, draft=draft, content=DRAFT)


def test_it_rejects_founding_what_is_founded(cast: Cast) -> None:
    cast.order()
    draft = cast.draft(key="other")
    with raises_refusal("order.founded"):
        change_draft(by=cast.commander, draft=draft, content=replace(DRAFT, key="other", founding=True))


@pytest.mark.parametrize("by", ["lead_a", "m_a1_1", "counsellor"])
def test_it_rejects_whoever_may_not_draft_there(cast: Cast, by: str) -> None:
    draft = cast.draft()
    with raises_refusal("rights.refused"):
        change_draft(by=cast.actor(by), draft=draft, content=DRAFT)
