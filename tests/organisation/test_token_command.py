"""`muster token make|list|end`: for a program beside the server, and when a token has leaked."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from muster.organisation import tokens
from muster.organisation.models import ApiToken
from tests.cast import Cast


def test_one_is_made_listed_and_ended(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("token", "make", "commander", "--for", "Wall", "--scope", "figures:read", "--days", "7")
    words = capsys.readouterr().out.splitlines()[0]
    kept = ApiToken.objects.get(hash=tokens.hash_of(words))
    assert (kept.account.name, kept.scopes, kept.two_factors) == ("commander", "figures:read", True)
    call_command("token", "list", "commander")
    said = capsys.readouterr().out
    assert f"{kept.pk}  2020-02-05 09:00  Wall  figures:read" in said
    assert words not in said
    call_command("token", "end", str(kept.pk))
    capsys.readouterr()
    call_command("token", "list", "commander")
    assert capsys.readouterr().out == "none\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("make", "nobody", "--for", "Wall", "--scope", "own:read"), "There is no account nobody."),
        (("make", "commander", "--for", "Wall"), "Choose what it may do."),
        (("make", "commander", "--for", "Wall", "--scope", "own:read", "--days", "1000"), "within 366 days"),
        (("list", "nobody"), "There is no account nobody."),
        (("end", "x"), "There is no such token."),
        (("end", "00000000-0000-4000-8000-000000000000"), "There is no such token."),
    ],
)
def test_it_rejects_what_cannot_be_done(
    cast: Cast, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("token", *words)
    assert end.value.code == 1
    assert said in capsys.readouterr().err
