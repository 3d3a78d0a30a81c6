"""A card is used once, before its end, by whoever it is of."""

from __future__ import annotations

from datetime import timedelta

from muster.organisation.accounts import issue_password_link
from muster.organisation.cards import use_code
from muster.organisation.devices import NewDevice
from muster.organisation.models import Account, Code, SignIn
from muster.organisation.sign_in import Entering
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import MEMBER, account, card

ENTERING = Entering("code", "Phone")


def test_it_signs_in_and_remembers_the_phone(cast: Cast) -> None:
    code = card(cast)
    made = use_code(by=cast.actor(MEMBER), code=code, entering=ENTERING, device=NewDevice("Phone", "h"))
    assert (made.way, made.second_factor, made.account.name) == ("code", False, MEMBER)
    assert made.device is not None
    assert (made.device.person, made.device.remembered_until) == (cast.people[MEMBER], START + timedelta(days=90))
    assert Code.objects.get(pk=code.pk).used_at == START


def test_it_rejects_a_second_use(cast: Cast) -> None:
    code = card(cast)
    use_code(by=cast.actor(MEMBER), code=code, entering=ENTERING)
    with raises_refusal("code.used"):
        use_code(by=cast.actor(MEMBER), code=code, entering=ENTERING)
    assert SignIn.objects.count() == 1


def test_it_rejects_an_expired_a_revoked_and_an_ended_one(cast: Cast) -> None:
    code = card(cast)
    with at(days=30, minutes=1), raises_refusal("code.expired"):
        use_code(by=cast.actor(MEMBER), code=code, entering=ENTERING)
    Account.objects.filter(name=MEMBER).update(disabled_at=START)
    with raises_refusal("account.ended"):
        use_code(by=cast.actor(MEMBER), code=code, entering=ENTERING)
    Account.objects.filter(name=MEMBER).update(disabled_at=None)
    card(cast)
    with raises_refusal("code.revoked"):
        use_code(by=cast.actor(MEMBER), code=code, entering=ENTERING)


def test_it_rejects_the_code_of_something_else_and_of_somebody_else(cast: Cast) -> None:
    issue_password_link(by=cast.lead, account=account(), hash="h")
    link = Code.objects.select_related("person").get(pk="h")
    with raises_refusal("code.unknown"):
        use_code(by=cast.actor(MEMBER), code=link, entering=ENTERING)
    code = card(cast)
    with raises_refusal("rights.refused"):
        use_code(by=cast.member, code=code, entering=ENTERING)
