"""The verbs of cards: made for people of a unit, revoked, used once, refused by who is not meant (rules/ways-in.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation import codes
from muster.organisation.devices import NewDevice, remember
from muster.organisation.granting import may_give
from muster.organisation.models import (
    Account,
    ApiToken,
    Appointment,
    Code,
    Device,
    Grant,
    Passkey,
    Person,
    Pin,
    RecoveryCode,
    SignIn,
    Unit,
    WayInNotice,
    lasting,
)
from muster.organisation.roles import ADMINISTRATOR, DECIDE, MEMBER
from muster.organisation.scope import covers
from muster.organisation.sign_in import MEMBERS_WAYS, Entering, end_all, enter, has_ended
from muster.organisation.tokens import end_tokens

VALID = timedelta(days=30)
MOST = 500
"""So many cards are made at once: a PDF that a phone still opens, and one transaction."""


@dataclass(frozen=True)
class NewCode:
    """A card about to be made: whose it is, and the hash of its code. The code itself comes into no transaction."""

    person: UUID
    hash: str


@action("organisation.issue_codes", roles=(HOUSE, *DECIDE), at="unit")
def issue_codes(*, by: Actor, unit: Unit, made: Sequence[NewCode], only_without: bool = False) -> None:
    """Make cards for people of a unit and of what stands under it. What came by their cards of before ends.

    only_without: for those who have no way in; refused where somebody got one meanwhile. Raises: Refusal
    `codes.nobody`, `codes.too_many`, `person.unknown`, `codes.above`, `codes.changed`, `account.ended`.
    """
    people = [one.person for one in made]
    if not people:
        raise invalid("people", text("Nobody is chosen."), "codes.nobody")
    if len(people) > MOST:
        raise invalid(
            "people", text("At most %(most)s cards are made at once. Choose a unit below."), "codes.too_many", most=MOST
        )
    # The people's rows are the lock: of two who make cards for the same ones, the second sees the first's.
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    at = locked()
    homes = _homes(unit, people)
    _require_theirs_to_make(by, people, at)
    if only_without and _have_a_way(people, at):
        raise Refusal("codes.changed", text("Somebody got a card meanwhile."), text("Load the list again, then print."))
    end_ways_of(people, at)
    Code.objects.bulk_create(
        Code(
            hash=one.hash,
            person_id=one.person,
            unit_id=homes[one.person],
            purpose=Code.Purpose.SIGN_IN,
            made_at=at,
            made_by_id=by.account_id,
            expires_at=at + VALID,
        )
        for one in made
    )
    current_line().note(*people)


def _homes(unit: Unit, people: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """{person: the unit that they belong to}. Raises: Refusal for somebody who does not belong under the unit."""
    rows = Appointment.objects.filter(person__in=people, primary=True, until__isnull=True)
    found = {
        person: home
        for person, home, path in rows.values_list("person_id", "unit_id", "unit__path")
        if covers(unit.path, path)
    }
    if len(found) != len(set(people)) or len(people) != len(found):
        raise invalid("people", text("Somebody of these does not belong to the unit."), "person.unknown")
    return found


def _require_theirs_to_make(by: Actor, people: Sequence[UUID], at: datetime) -> None:
    if Account.objects.filter(person__in=people, disabled_at__isnull=True).count() != len(people):
        raise has_ended()
    if made_above(by, people, at):
        raise Refusal(
            "codes.above",
            text("Somebody of these holds a role that you may not give."),
            text("Their card is made by whoever could give it, a level above."),
            status=403,
        )


def made_above(by: Actor, people: Collection[UUID] | QuerySet[Any, Any], at: datetime) -> set[UUID]:
    """Those for whom this actor makes no card: they hold what the actor may not give, so a card would be a way to it.

    Two roles are no hindrance: what an administrator's opens is never opened by a card, and a member of two units is
    given theirs by the one that they belong to.
    """
    if by.has(HOUSE):
        return set()
    grants = Grant.objects.filter(lasting(at), account__person__in=people)
    rows = grants.exclude(role__in=(ADMINISTRATOR, MEMBER)).select_related("unit", "account")
    return {grant.account.person_id for grant in rows if not may_give(by, grant.role, grant.unit)}


def _have_a_way(people: Collection[UUID], at: datetime) -> bool:
    alive = Code.objects.filter(person__in=people, purpose=Code.Purpose.SIGN_IN, used_at__isnull=True)
    if alive.filter(revoked_at__isnull=True, expires_at__gt=at).exists() or Pin.objects.filter(person__in=people):
        return True
    return Device.objects.filter(person__in=people, revoked_at__isnull=True, remembered_until__gt=at).exists()


def end_ways_of(people: Sequence[UUID], at: datetime) -> None:
    """End what people came in by as members: cards, phones, PIN, sign-ins, tokens made there. Inside an action."""
    alive = Code.objects.filter(person__in=people, purpose=Code.Purpose.SIGN_IN, used_at__isnull=True)
    alive.filter(revoked_at__isnull=True).update(revoked_at=at)
    Device.objects.filter(person__in=people, revoked_at__isnull=True).update(revoked_at=at)
    Pin.objects.filter(person__in=people).delete()
    end_all(SignIn.objects.filter(account__person__in=people, way__in=MEMBERS_WAYS), at)
    end_tokens(ApiToken.objects.filter(account__person__in=people, two_factors=False), at)


@action("organisation.revoke_code", roles=(HOUSE, *DECIDE), at="unit")
def revoke_code(*, by: Actor, unit: Unit, person: Person) -> None:
    """Take somebody's way in as a member away, without a new card: card, phones, PIN, sign-ins.

    Raises: Refusal `person.unknown`, `codes.above`.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    at = locked()
    _homes(unit, [person.pk])
    if made_above(by, [person.pk], at):
        raise refused()
    end_ways_of([person.pk], at)
    current_line().note(person.pk)


def found(words: str) -> Code | None:
    """The code of a card, whatever became of it. It reads and never writes."""
    code = codes.plain(words)
    if not codes.is_code(code):
        return None
    rows = Code.objects.select_related("person__account", "unit", "made_by")
    return rows.filter(pk=codes.hash_of(code)).first()


def why_dead(code: Code, at: datetime) -> Refusal | None:
    """Why a card opens nothing any more, and what to do; None for one that does."""
    if code.used_at is not None:
        return _dead("code.used", text("This card was used already."))
    if code.revoked_at is not None:
        return _dead("code.revoked", text("This card is not valid any more. There may be a newer one."))
    if code.expires_at <= at:
        return _dead("code.expired", text("This card has expired."))
    if code.person is not None and code.person.account.disabled_at is not None:
        return _dead("code.ended", text("The account of this card has ended."))
    return None


def unknown() -> Refusal:
    """Nothing here has this code."""
    return Refusal(
        "code.unknown",
        text("There is no such code."),
        text("Type it again from the card, or scan its QR. If it stays, ask the lead of your unit for a new card."),
        status=404,
    )


def _dead(code: str, message: object) -> Refusal:
    return Refusal(
        code,
        message,  # type: ignore[arg-type]
        text(
            "If it is yours, ask the lead of your unit for a new one. Did somebody else use it? Tell the lead at once."
        ),
        status=410,
    )


def take(code: Code, at: datetime) -> None:
    """Use a code, once. Inside an action. Raises: Refusal for one that is dead by now."""
    alive = Code.objects.filter(pk=code.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)
    if not alive.update(used_at=at):
        code.refresh_from_db()
        raise why_dead(code, at) or _dead("code.used", text("This card was used already."))


@action("organisation.use_code", roles=(HOUSE,), self_of="code.person")
def use_code(*, by: Actor, code: Code, entering: Entering, device: NewDevice | None = None) -> SignIn:
    """Sign in with a card, once; a phone that is one's own is remembered. A shared one comes with `entering`.

    Raises: Refusal `code.used`, `code.revoked`, `code.expired`, `account.ended`.
    """
    assert code.person is not None
    account = Account.objects.select_for_update(no_key=True).get(person=code.person)
    at = locked()
    if account.disabled_at is not None:
        raise has_ended()
    if code.purpose != Code.Purpose.SIGN_IN:
        raise unknown()
    take(code, at)
    kept = remember(device, at, person=code.person) if device else entering.device
    current_line().note(code.person.pk)
    return enter(account, Entering(SignIn.Way.CODE, entering.agent, kept), at)


@action("organisation.not_me", roles=(HOUSE,))
def not_me(*, by: Actor, code: Code) -> None:
    """Somebody holds a card that is not theirs: it is dead, and the lead is told. A dead one stays as it is."""
    at = locked()
    alive = Code.objects.filter(pk=code.pk, used_at__isnull=True, revoked_at__isnull=True)
    if code.person is not None and alive.update(revoked_at=at):
        tell(code.person, code.unit_id, WayInNotice.Kind.NOT_ME, at)
        current_line().note(code.person.pk)


def tell(person: Person, unit: UUID, kind: str, at: datetime) -> None:
    """Tell the lead of a unit about somebody's way in; once while it is unseen. Inside an action."""
    if not WayInNotice.objects.filter(person=person, kind=kind, seen_at__isnull=True).exists():
        WayInNotice.objects.create(person=person, unit_id=unit, kind=kind, at=at)


@action("organisation.see_notices", roles=(HOUSE, *DECIDE), at="unit")
def see_notices(*, by: Actor, unit: Unit, notices: Sequence[int]) -> None:
    """A lead has seen what they were told of their unit and of what stands under it."""
    at = locked()
    rows = WayInNotice.objects.filter(pk__in=notices, seen_at__isnull=True).select_related("unit")
    mine = [row.pk for row in rows if covers(unit.path, row.unit.path)]
    WayInNotice.objects.filter(pk__in=mine).update(seen_at=at)
    current_line().note(*map(str, mine))


def forget_ways(people: Sequence[UUID]) -> None:
    """Nothing of the ways in of people who are forgotten stays: cards, phones, PINs, passkeys, sign-ins, notices."""
    of_account = {"account__person__in": people}
    for rows in (
        SignIn.objects.filter(**of_account),
        ApiToken.objects.filter(**of_account),
        Passkey.objects.filter(**of_account),
        RecoveryCode.objects.filter(**of_account),
        Device.objects.filter(person__in=people),
        Code.objects.filter(person__in=people),
        Pin.objects.filter(person__in=people),
        WayInNotice.objects.filter(person__in=people),
    ):
        rows.delete()
