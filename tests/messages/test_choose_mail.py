"""Where one's own mail goes."""

from __future__ import annotations

import pytest

from muster.foundation import clock
from muster.foundation.models import AuditLine
from muster.messages.channels import choose_mail
from muster.messages.purposes import MAIL
from muster.vault.particulars import open_one
from tests.cast import Cast, raises_refusal


def _address(cast: Cast) -> str | None:
    return open_one("person", cast.people["m_a1_1"].pk, MAIL, clock.now())


def test_it_is_kept_replaced_and_taken_away(cast: Cast) -> None:
    me = cast.people["m_a1_1"]
    choose_mail(by=cast.member, person=me, address=" me@muster.test ", language="en")
    assert _address(cast) == "me@muster.test"
    assert "me@muster.test" not in str(AuditLine.objects.latest("at").ids)
    choose_mail(by=cast.member, person=me, address="other@muster.test", language="zh-hans")
    assert _address(cast) == "other@muster.test"
    choose_mail(by=cast.member, person=me, address="", language="zh-hant")
    assert _address(cast) is None


@pytest.mark.parametrize(
    ("address", "language", "code"),
    [
        ("nobody", "en", "wish.address"),
        ("me@例子.test", "en", "wish.address"),
        ("a@b.test\nBcc: c@d.test", "en", "wish.address"),
        ("", "xx", "wish.language"),
    ],
)
def test_it_rejects_what_is_no_address_or_language(cast: Cast, address: str, language: str, code: str) -> None:
    with raises_refusal(code):
        choose_mail(by=cast.member, person=cast.people["m_a1_1"], address=address, language=language)


def test_it_rejects_somebody_elses(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        choose_mail(by=cast.lead, person=cast.people["m_a1_1"], address="", language="en")
