"""A second person signs a draft."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.foundation.rights import HOUSE, Actor
from muster.mobilisation.actions import change_draft, digest_of, issue_order, sign_order
from muster.mobilisation.models import OrderDraft
from tests.cast import DRAFT, START, Cast, raises_refusal


def test_the_signature_stands_on_the_draft_and_on_the_order(cast: Cast) -> None:
    draft = cast.draft(by=cast.clerk)
    sign_order(by=cast.second, draft=draft)
    draft.refresh_from_db()
    assert (draft.signed_by, draft.signed_at) == (cast.people["second"], START)
    assert issue_order(by=cast.commander, draft=draft).signed_by == cast.people["second"]


def test_it_rejects_whoever_drafted_it(cast: Cast) -> None:
    draft = cast.draft()
    with raises_refusal("order.same_person"):
        sign_order(by=cast.commander, draft=draft)


def test_it_rejects_whoever_changed_it_last(cast: Cast) -> None:
    draft = cast.draft(by=cast.clerk)
    change_draft(by=cast.second, draft=OrderDraft.objects.get(), content=replace(DRAFT, text="Another."))
    with raises_refusal("order.same_person"):
        sign_order(by=cast.second, draft=draft)


def test_it_rejects_what_was_changed_since_it_was_read(cast: Cast) -> None:
    draft = cast.draft(by=cast.clerk)
    seen = digest_of(draft)
    change_draft(by=cast.clerk, draft=draft, content=replace(DRAFT, text="Another."), seen=seen)
    with raises_refusal("draft.changed"):
        sign_order(by=cast.second, draft=draft, seen=seen)
    with raises_refusal("draft.changed"):
        issue_order(by=cast.second, draft=draft, seen=seen)
    with raises_refusal("draft.changed"):
        change_draft(by=cast.second, draft=draft, content=DRAFT, seen=seen)


def test_it_rejects_somebody_who_is_no_person(cast: Cast) -> None:
    draft = cast.draft()
    nobody = Actor(name="x", grants=((HOUSE, ""), ("commander", cast.root.path)))
    with raises_refusal("order.same_person"):
        sign_order(by=nobody, draft=draft)


@pytest.mark.parametrize("by", ["clerk", "lead_a", "m_a1_1", "counsellor"])
def test_it_rejects_whoever_may_not_issue(cast: Cast, by: str) -> None:
    draft = cast.draft()
    with raises_refusal("rights.refused"):
        sign_order(by=cast.actor(by), draft=draft)


def test_it_rejects_an_order_that_is_issued(cast: Cast) -> None:
    draft = cast.draft()
    issue_order(by=cast.commander, draft=draft)
    with raises_refusal("order.issued"):
        sign_order(by=cast.second, draft=draft)
