"""How the tests of ways in make cards, accounts and sign-ins: by the verbs themselves."""

from __future__ import annotations

from muster.organisation import codes, pins, second_factor
from muster.organisation.cards import NewCode, issue_codes, use_code
from muster.organisation.devices import NewDevice, hash_of, set_pin
from muster.organisation.models import Account, Code, SignIn
from muster.organisation.people import actor_of
from muster.organisation.pins import ChosenPin
from muster.organisation.sign_in import Entering, sign_in
from tests.cast import Cast

MEMBER = "m_a1_2"
"""A member of village A1."""
_pins: dict[str, ChosenPin] = {}


def account(number: str = MEMBER) -> Account:
    """Somebody's account, as it is now."""
    return Account.objects.select_related("person").get(name=number)


def card(cast: Cast, number: str = MEMBER, by: str = "lead_a1") -> Code:
    """A card for somebody, made by the lead of A1 or somebody else."""
    made = codes.make()
    new = [NewCode(cast.people[number].pk, codes.hash_of(made))]
    issue_codes(by=cast.actor(by), unit=cast.village, made=new)
    return Code.objects.select_related("person__account", "unit").get(pk=codes.hash_of(made))


def pin(digits: str = "4831") -> ChosenPin:
    """A chosen PIN; each is hashed once, for it takes long."""
    if digits not in _pins:
        _pins[digits] = pins.chosen(digits, digits, "")
    return _pins[digits]


def come_in(cast: Cast, number: str = MEMBER, *, digits: str = "4831") -> SignIn:
    """Somebody uses a card on a phone of their own and chooses a PIN."""
    new = NewDevice("Phone", hash_of(number))
    made = use_code(by=cast.actor(number), code=card(cast, number), entering=Entering("code", "Phone"), device=new)
    set_pin(by=cast.actor(number), person=cast.people[number], pin=pin(digits))
    return made


def sign_in_by(cast: Cast, number: str, way: str = "password") -> SignIn:
    """Somebody is in."""
    return sign_in(by=cast.actor(number), account=account(number), entering=Entering(way, "Desk"))


def give_factor(number: str, *, step: int = 1) -> bytes:
    """Somebody's authenticator, set up from a sign-in of theirs; returns its secret."""
    whose, secret = account(number), second_factor.new_secret()
    by = actor_of(whose, "web")
    here = sign_in(by=by, account=whose, entering=Entering("password", "Desk"))
    second_factor.confirm_factor(by=by, account=whose, secret=secret, step=step, recovery=["x" * 64], here=here.pk)
    return secret
