"""A lead has seen what they were told of their own units."""

from __future__ import annotations

from muster.foundation.rights import house
from muster.organisation.cards import not_me, see_notices
from muster.organisation.holders import notices
from muster.organisation.models import WayInNotice
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import card


def test_what_was_seen_stands_on_no_list(cast: Cast) -> None:
    not_me(by=house("door", "web"), code=card(cast))
    see_notices(by=cast.lead, unit=cast.village, notices=[WayInNotice.objects.get().pk])
    assert WayInNotice.objects.get().seen_at == START
    assert notices(cast.lead) == []


def test_what_was_told_of_others_is_left(cast: Cast) -> None:
    not_me(by=house("door", "web"), code=card(cast))
    see_notices(by=cast.sibling, unit=cast.neighbour, notices=[WayInNotice.objects.get().pk])
    assert WayInNotice.objects.get().seen_at is None


def test_it_rejects_whoever_does_not_lead_the_unit(cast: Cast) -> None:
    for by in (cast.sibling, cast.member, cast.clerk, cast.administrator):
        with raises_refusal("rights.refused"):
            see_notices(by=by, unit=cast.village, notices=[])
