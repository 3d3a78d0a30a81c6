"""New recovery codes take the place of all old ones."""

from __future__ import annotations

from muster.organisation.models import RecoveryCode
from muster.organisation.second_factor import looked_at, new_recovery_codes, renew_recovery_codes
from tests.cast import Cast, raises_refusal
from tests.organisation.ways import account, give_factor


def test_the_old_ones_open_nothing(cast: Cast) -> None:
    give_factor("commander")
    old, hashes = new_recovery_codes()
    renew_recovery_codes(by=cast.commander, account=account("commander"), recovery=hashes)
    new, hashes = new_recovery_codes()
    renew_recovery_codes(by=cast.commander, account=account("commander"), recovery=hashes)
    assert looked_at(account("commander"), old[0]) is None
    assert all(looked_at(account("commander"), one) for one in new)
    assert RecoveryCode.objects.count() == len(set(new)) == 10


def test_it_rejects_whoever_has_no_factor_and_others(cast: Cast) -> None:
    with raises_refusal("factor.none"):
        renew_recovery_codes(by=cast.commander, account=account("commander"), recovery=[])
    with raises_refusal("rights.refused"):
        renew_recovery_codes(by=cast.second, account=account("commander"), recovery=[])
