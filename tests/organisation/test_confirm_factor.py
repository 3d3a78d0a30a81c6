"""An authenticator is set up by its owner: its secret in the vault, its codes as RFC 6238 has them."""

from __future__ import annotations

import pytest

from muster.foundation.ids import new_id
from muster.organisation.models import SignIn
from muster.organisation.second_factor import checked_step, code_at, confirm_factor, looked_at, step_now
from muster.vault.models import Particular
from tests.cast import START, Cast, raises_refusal
from tests.organisation.ways import account, give_factor, sign_in_by


def test_the_secret_lies_encrypted(cast: Cast) -> None:
    secret = give_factor("commander")
    row = Particular.objects.get(purpose="second_factor")
    assert secret.hex().encode() not in bytes(row.body or b"")
    assert secret not in bytes(row.body or b"")
    assert account("commander").factor_since == START
    assert looked_at(account("commander"), code_at(secret, step_now())) is not None
    assert looked_at(account("second"), code_at(secret, step_now())) is None


def test_the_one_that_asks_has_shown_two_and_others_end(cast: Cast) -> None:
    other = sign_in_by(cast, "commander")
    give_factor("commander")
    assert SignIn.objects.get(pk=other.pk).ended_at == START
    assert SignIn.objects.get(ended_at__isnull=True).second_factor


def test_another_one_takes_the_place_of_the_first(cast: Cast) -> None:
    first, second = give_factor("commander"), give_factor("commander")
    assert looked_at(account("commander"), code_at(first, step_now())) is None
    assert looked_at(account("commander"), code_at(second, step_now())) is not None


@pytest.mark.parametrize(
    ("seconds", "digits"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_codes_are_those_of_the_standard(seconds: int, digits: str) -> None:
    assert code_at(b"12345678901234567890", seconds // 30) == digits


def test_it_rejects_whoever_it_is_not_of_and_a_wrong_code(cast: Cast) -> None:
    for by in (cast.second, cast.administrator):
        with raises_refusal("rights.refused"):
            confirm_factor(by=by, account=account("commander"), secret=b"x" * 20, step=1, recovery=[], here=new_id())
    with raises_refusal("factor.wrong"):
        checked_step(b"x" * 20, "12345")
