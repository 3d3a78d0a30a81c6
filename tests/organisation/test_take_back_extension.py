"""What was asked for and not confirmed is dropped."""

from __future__ import annotations

from muster.organisation.keeping import ask_to_keep_longer, keep_longer, take_back_extension
from muster.vault.models import Extension
from muster.vault.purposes import CONTACT
from tests.cast import Cast, raises_refusal


def test_it_is_gone(cast: Cast) -> None:
    asked = ask_to_keep_longer(by=cast.commander, purpose=CONTACT, days=10)
    take_back_extension(by=cast.second, extension=asked)
    assert not Extension.objects.exists()


def test_it_rejects_one_that_is_confirmed(cast: Cast) -> None:
    asked = ask_to_keep_longer(by=cast.commander, purpose=CONTACT, days=10)
    keep_longer(by=cast.second, extension=asked)
    with raises_refusal("extension.done"):
        take_back_extension(by=cast.commander, extension=asked)


def test_it_rejects_a_lead(cast: Cast) -> None:
    asked = ask_to_keep_longer(by=cast.commander, purpose=CONTACT, days=10)
    with raises_refusal("rights.refused"):
        take_back_extension(by=cast.town_lead, extension=asked)
