"""Somebody is in: on record with the way, the device and two words; a code of a factor is taken once."""

from __future__ import annotations

from muster.foundation import clock
from muster.foundation.models import AuditLine
from muster.organisation.models import Account, SignIn
from muster.organisation.second_factor import Shown, looked_at, new_recovery_codes, renew_recovery_codes
from muster.organisation.sign_in import Entering, forget_old, seen, sign_in
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import MEMBER, account, give_factor, sign_in_by


def test_it_is_on_record(cast: Cast) -> None:
    made = sign_in_by(cast, "commander")
    assert (made.way, made.second_factor, made.agent, made.made_at, made.ended_at) == (
        "password",
        False,
        "Desk",
        START,
        None,
    )
    found = {field.name for field in SignIn._meta.concrete_fields}
    assert not found & {"address", "ip"}


def test_a_step_of_the_factor_is_taken_once_and_no_older_one(cast: Cast) -> None:
    give_factor("commander", step=10)
    entering = Entering("password", "Desk", shown=Shown(step=11))
    assert sign_in(by=cast.commander, account=account("commander"), entering=entering).second_factor
    for step in (11, 10):
        with raises_refusal("factor.used"):
            again = Entering("password", "Desk", shown=Shown(step=step))
            sign_in(by=cast.commander, account=account("commander"), entering=again)


def test_a_recovery_code_is_taken_once(cast: Cast) -> None:
    give_factor("commander")
    shown, hashes = new_recovery_codes()
    renew_recovery_codes(by=cast.commander, account=account("commander"), recovery=hashes)
    found = looked_at(account("commander"), shown[3].lower())
    assert found == Shown(recovery=hashes[3])
    entering = Entering("password", "Desk", shown=found)
    sign_in(by=cast.commander, account=account("commander"), entering=entering)
    assert looked_at(account("commander"), shown[3]) is None
    with raises_refusal("factor.used"):
        sign_in(by=cast.commander, account=account("commander"), entering=entering)


def test_it_rejects_an_ended_account_and_somebody_else(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        sign_in(by=cast.lead, account=account("commander"), entering=Entering("password", ""))
    by = cast.member
    Account.objects.filter(name="m_a1_1").update(disabled_at=START)
    with raises_refusal("account.ended"):
        sign_in(by=by, account=account("m_a1_1"), entering=Entering("password", ""))


def test_it_rejects_a_passkey_that_was_removed_meanwhile(cast: Cast) -> None:
    with raises_refusal("passkey.unknown"):
        entering = Entering("passkey", "", passkey=(99, 1))
        sign_in(by=cast.member, account=account("m_a1_1"), entering=entering)


def test_being_seen_is_no_line(cast: Cast) -> None:
    made = sign_in_by(cast, MEMBER)
    lines = AuditLine.objects.count()
    with at(9):
        seen(made.pk, None)
        assert SignIn.objects.get().last_seen_at == clock.now()
    assert AuditLine.objects.count() == lines


def test_the_record_of_it_goes_after_ninety_days(cast: Cast) -> None:
    sign_in_by(cast, "commander")
    with at(days=60):
        kept = sign_in_by(cast, "second")
        assert forget_old() == 0
    with at(days=91):
        assert forget_old() == 1
    assert list(SignIn.objects.all()) == [kept]
