"""One asks for more days; nothing changes until another confirms."""

from __future__ import annotations

import pytest

from muster.organisation.keeping import ask_to_keep_longer, keep_longer
from muster.vault.purposes import CONTACT, REGISTER
from tests.cast import Cast, raises_refusal


def test_one_waits_for_each_purpose(cast: Cast) -> None:
    asked = ask_to_keep_longer(by=cast.commander, purpose=CONTACT, days=10)
    with raises_refusal("extension.waiting"):
        ask_to_keep_longer(by=cast.second, purpose=CONTACT, days=10)
    keep_longer(by=cast.second, extension=asked)
    ask_to_keep_longer(by=cast.second, purpose=CONTACT, days=5)


@pytest.mark.parametrize(
    ("purpose", "days", "code"),
    [("curiosity", 1, "purpose.unknown"), (REGISTER, 1, "purpose.unknown"), (CONTACT, 0, "purpose.days")],
)
def test_it_rejects_what_cannot_be(cast: Cast, purpose: str, days: int, code: str) -> None:
    with raises_refusal(code):
        ask_to_keep_longer(by=cast.commander, purpose=purpose, days=days)


@pytest.mark.parametrize("by", ["town_lead", "clerk", "administrator", "lead"])
def test_it_rejects_whoever_is_no_commander_of_the_district(cast: Cast, by: str) -> None:
    with raises_refusal("rights.refused"):
        ask_to_keep_longer(by=getattr(cast, by), purpose=CONTACT, days=1)
