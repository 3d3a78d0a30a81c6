"""Whoever holds a card that is not theirs says so: it is dead, and the lead is told, once."""

from __future__ import annotations

from muster.foundation.rights import house
from muster.organisation.cards import not_me, use_code
from muster.organisation.holders import notices
from muster.organisation.models import Code, WayInNotice
from muster.organisation.sign_in import Entering
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import MEMBER, card

DOOR = house("door", "web")


def test_the_card_is_dead_and_the_lead_is_told(cast: Cast) -> None:
    code = card(cast)
    not_me(by=DOOR, code=code)
    not_me(by=DOOR, code=code)
    assert Code.objects.get(pk=code.pk).revoked_at == START
    notice = WayInNotice.objects.get()
    assert (notice.kind, notice.person, notice.unit) == ("not_me", cast.people[MEMBER], cast.village)
    assert notices(cast.lead) == [notice]
    assert notices(cast.town_lead) == [notice]
    assert notices(cast.sibling) == []
    assert notices(cast.member) == []


def test_a_used_one_stays_as_it_is(cast: Cast) -> None:
    code = card(cast)
    use_code(by=cast.actor(MEMBER), code=code, entering=Entering("code", "Phone"))
    not_me(by=DOOR, code=code)
    assert Code.objects.get(pk=code.pk).revoked_at is None
    assert not WayInNotice.objects.exists()


def test_it_rejects_everybody_but_the_door(cast: Cast) -> None:
    code = card(cast)
    for by in (cast.lead, cast.member, cast.commander):
        with raises_refusal("rights.refused"):
            not_me(by=by, code=code)
