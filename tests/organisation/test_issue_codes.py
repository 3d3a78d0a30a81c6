"""Cards are made for people of a unit; what came by the card before ends with it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from muster.organisation import codes
from muster.organisation.cards import MOST, VALID, NewCode, issue_codes, why_dead
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Code, Device, Pin, SignIn
from tests.cast import START, Cast, at, raises_refusal
from tests.organisation.ways import MEMBER, account, card, come_in, sign_in_by


def test_a_lead_makes_cards_for_the_unit(cast: Cast) -> None:
    people = [cast.people["m_a1_1"].pk, cast.people[MEMBER].pk]
    made = [NewCode(pk, codes.hash_of(codes.make())) for pk in people]
    issue_codes(by=cast.lead, unit=cast.village, made=made)
    rows = Code.objects.all()
    assert {row.person_id for row in rows} == set(people)
    assert {(row.unit_id, row.purpose, row.used_at) for row in rows} == {(cast.village.pk, "sign_in", None)}
    assert {row.expires_at - row.made_at for row in rows} == {VALID}


def test_a_level_above_makes_them_for_all_below(cast: Cast) -> None:
    made = [NewCode(cast.people[n].pk, codes.hash_of(codes.make())) for n in ("m_a1_1", "m_a2_1", "lead_a3")]
    issue_codes(by=cast.town_lead, unit=cast.town, made=made)
    assert set(Code.objects.values_list("unit__short_name", flat=True)) == {"A1", "A2", "A3"}


def test_a_new_card_ends_card_phone_pin_and_sign_in(cast: Cast) -> None:
    before = come_in(cast)
    other = sign_in_by(cast, MEMBER)
    old = card(cast)
    new = card(cast)
    assert why_dead(Code.objects.get(pk=old.pk), START).code == "code.revoked"  # type: ignore[union-attr]
    assert why_dead(new, START) is None
    assert Device.objects.filter(revoked_at__isnull=True).count() == 0
    assert not Pin.objects.exists()
    assert SignIn.objects.get(pk=before.pk).ended_at == START
    assert SignIn.objects.get(pk=other.pk).ended_at is None, "the password's way is not the card's"
    alive = Code.objects.filter(person=cast.people[MEMBER], used_at__isnull=True, revoked_at__isnull=True)
    assert list(alive) == [new]


@pytest.mark.parametrize(
    ("by", "unit", "number", "code"),
    [
        ("lead_a2", "A1", MEMBER, "rights.refused"),
        ("lead_b", "A1", MEMBER, "rights.refused"),
        ("m_a1_1", "A1", MEMBER, "rights.refused"),
        ("clerk", "A1", MEMBER, "rights.refused"),
        ("administrator", "A1", MEMBER, "rights.refused"),
        ("lead_a1", "A1", "m_a2_1", "person.unknown"),
        ("lead_h", "H", "counsellor", "codes.above"),
    ],
)
def test_it_rejects_whoever_may_not_make_it(cast: Cast, by: str, unit: str, number: str, code: str) -> None:
    made = [NewCode(cast.people[number].pk, codes.hash_of(codes.make()))]
    with raises_refusal(code):
        issue_codes(by=cast.actor(by), unit=cast.units[unit], made=made)
    assert not Code.objects.exists()


def test_a_card_is_no_way_to_a_role_that_one_may_not_give(cast: Cast) -> None:
    grant_role(by=cast.commander, account=account(), role="clerk", unit=cast.village, since=START)
    with raises_refusal("codes.above"):
        card(cast)
    assert card(cast, by="commander")


def test_it_rejects_nobody_and_too_many(cast: Cast) -> None:
    with raises_refusal("codes.nobody"):
        issue_codes(by=cast.lead, unit=cast.village, made=[])
    with raises_refusal("codes.too_many"):
        many = [NewCode(cast.people[MEMBER].pk, codes.hash_of(codes.make())) for _ in range(MOST + 1)]
        issue_codes(by=cast.lead, unit=cast.village, made=many)


def test_it_rejects_whoever_got_a_card_meanwhile(cast: Cast) -> None:
    card(cast)
    made = [NewCode(cast.people[MEMBER].pk, codes.hash_of(codes.make()))]
    with raises_refusal("codes.changed"):
        issue_codes(by=cast.lead, unit=cast.village, made=made, only_without=True)
    with at(days=31):
        issue_codes(by=cast.lead, unit=cast.village, made=made, only_without=True)


def test_it_rejects_an_account_that_has_ended(cast: Cast) -> None:
    Account.objects.filter(name=MEMBER).update(disabled_at=START)
    with raises_refusal("account.ended"):
        card(cast)


def test_the_database_keeps_one_card_alive(cast: Cast) -> None:
    first = card(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.create(
            hash="x", person=first.person, unit=first.unit, purpose="sign_in", made_at=START, expires_at=START
        )
