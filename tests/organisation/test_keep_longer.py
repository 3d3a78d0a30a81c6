"""What is kept is kept longer than was said only when two want it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from muster.organisation.keeping import ask_to_keep_longer, keep_longer
from muster.vault.models import Extension, Particular
from muster.vault.purposes import CONTACT
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.test_open_phone import with_phones


def _asked(cast: Cast) -> Extension:
    with_phones(cast)
    return ask_to_keep_longer(by=cast.commander, purpose=CONTACT, days=10)


def test_another_commander_confirms(cast: Cast) -> None:
    asked = _asked(cast)
    until = START + timedelta(days=30)
    assert set(Particular.objects.values_list("expires_at", flat=True)) == {until}
    assert keep_longer(by=cast.second, extension=asked) == Particular.objects.count()
    assert set(Particular.objects.values_list("expires_at", flat=True)) == {until + timedelta(days=10)}


def test_what_has_ended_meanwhile_is_not_brought_back(cast: Cast) -> None:
    asked = _asked(cast)
    with at(days=31):
        assert keep_longer(by=cast.second, extension=asked) == 0


def test_it_rejects_whoever_asked(cast: Cast) -> None:
    asked = _asked(cast)
    with raises_refusal("extension.same"):
        keep_longer(by=cast.commander, extension=asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.update(confirmed_by=asked.asked_by)


def test_it_rejects_a_second_time(cast: Cast) -> None:
    asked = _asked(cast)
    keep_longer(by=cast.second, extension=asked)
    with raises_refusal("extension.done"):
        keep_longer(by=cast.second, extension=asked)


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator"])
def test_it_rejects_whoever_is_no_commander(cast: Cast, by: str) -> None:
    asked = _asked(cast)
    with raises_refusal("rights.refused"):
        keep_longer(by=getattr(cast, by), extension=asked)
