"""A draft that is not wanted is thrown away."""

from __future__ import annotations

import pytest

from muster.mobilisation.actions import discard_draft, issue_order
from muster.mobilisation.models import DraftFile, OrderDraft
from tests.cast import Cast, raises_refusal


@pytest.mark.parametrize("by", ["commander", "clerk"])
def test_it_is_gone_and_its_key_is_free_again(cast: Cast, by: str) -> None:
    discard_draft(by=cast.actor(by), draft=cast.draft())
    assert not OrderDraft.objects.exists()
    assert not DraftFile.objects.exists()
    assert cast.order().version == 1


def test_it_rejects_an_order_that_is_issued(cast: Cast) -> None:
    draft = cast.draft()
    issue_order(by=cast.commander, draft=draft)
    with raises_refusal("order.issued"):
        discard_draft(by=cast.commander, draft=draft)


def test_it_rejects_a_draft_that_is_gone(cast: Cast) -> None:
    draft = cast.draft()
    discard_draft(by=cast.commander, draft=OrderDraft.objects.get())
    with raises_refusal("draft.unknown"):
        discard_draft(by=cast.commander, draft=draft)


@pytest.mark.parametrize("by", ["lead_a", "m_a1_1", "counsellor"])
def test_it_rejects_whoever_may_not_draft_there(cast: Cast, by: str) -> None:
    draft = cast.draft()
    with raises_refusal("rights.refused"):
        discard_draft(by=cast.actor(by), draft=draft)
