"""`muster account open|end|link NAME`: for the first account, and when nobody can get in."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command

from muster.organisation import codes
from muster.organisation.models import Code
from tests.cast import Cast
from tests.organisation.ways import account


def test_a_link_is_printed(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("account", "link", "commander", "--address", "https://muster.example/")
    said = capsys.readouterr().out
    found = re.search(r"https://muster\.example/in/([A-Z2-9]{20})\n", said)
    assert found is not None
    made = Code.objects.get(pk=codes.hash_of(found[1]))
    assert (made.purpose, made.person, made.made_by) == ("set_password", cast.people["commander"], None)
    assert codes.grouped(found[1]) in said
    assert "2020-02-05 09:00" in said, "in the district's zone"


def test_an_account_is_ended_and_opened(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("account", "end", "m_a1_1")
    assert account("m_a1_1").disabled_at is not None
    call_command("account", "open", "m_a1_1")
    assert account("m_a1_1").disabled_at is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("link", "nobody"), "There is no account nobody."),
        (("open", "m_a1_1"), "This account is open already."),
    ],
)
def test_it_rejects_what_cannot_be_done(
    cast: Cast, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("account", *words)
    assert end.value.code == 1
    assert said in capsys.readouterr().err
