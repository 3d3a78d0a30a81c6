"""The district states who answers for what is kept, on what basis and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from muster.foundation import clock
from muster.organisation.keeping import state_purpose
from muster.vault.models import Basis
from muster.vault.purposes import CONTACT, days_of, end_of, unanswered
from tests.cast import Cast, raises_refusal
from tests.organisation.test_open_phone import with_phones

STATED: dict[str, Any] = {"purpose": CONTACT, "owner": "The office", "legal_basis": "Law, article 4", "days": 90}


def test_it_holds_for_what_is_kept_from_then_on(cast: Cast) -> None:
    with_phones(cast)
    assert unanswered() == []  # the district answers for everything by itself, until it states more
    Basis.objects.all().delete()
    assert len(unanswered()) == 1
    state_purpose(by=cast.commander, **STATED)
    assert unanswered() == []
    assert days_of(CONTACT) == 90
    assert (end_of(CONTACT, clock.now()) - clock.now()).days == 90


def test_it_is_stated_anew(cast: Cast) -> None:
    state_purpose(by=cast.commander, **STATED)
    state_purpose(by=cast.second, **STATED | {"days": 30})
    assert Basis.objects.get(pk=CONTACT).days == 30


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": "curiosity"}, "purpose.unknown"),
        ({"owner": "  "}, "purpose.owner"),
        ({"legal_basis": ""}, "purpose.basis"),
        ({"legal_basis": "x" * 401}, "purpose.basis"),
        ({"days": 0}, "purpose.days"),
        ({"days": 3651}, "purpose.days"),
    ],
)
def test_it_rejects_what_is_not_whole(cast: Cast, changes: dict[str, Any], code: str) -> None:
    with raises_refusal(code):
        state_purpose(by=cast.commander, **STATED | changes)
    assert Basis.objects.get(pk=CONTACT).days == 400


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator", "member"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        state_purpose(by=getattr(cast, by), **STATED)
