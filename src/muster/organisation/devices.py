"""The verbs of phones: remembered for a person or a unit, revoked; and of the PIN that opens them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation.models import Appointment, Code, Device, Person, Pin, SignIn, Unit, WayInNotice
from muster.organisation.pins import TRIES_MAX, ChosenPin
from muster.organisation.roles import DECIDE
from muster.organisation.scope import covers
from muster.organisation.sign_in import end_all, others

REMEMBERED = timedelta(days=90)
SHARED_CODE_VALID = timedelta(hours=1)


@dataclass(frozen=True)
class NewDevice:
    """A phone about to be remembered: its name in two words, and the hash of the secret that its cookie will say."""

    name: str
    secret_hash: str


def new_secret() -> tuple[str, str]:
    """A secret for a cookie, and its hash."""
    secret = secrets.token_urlsafe(32)
    return secret, hash_of(secret)


def hash_of(secret: str) -> str:
    """The hash of a device's secret, in hex."""
    return hashlib.sha256(f"muster device {secret}".encode()).hexdigest()


def known(pk: UUID, secret: str, at: datetime) -> Device | None:
    """The phone that a cookie says it is, while it is remembered. One query; it reads and never writes."""
    rows = Device.objects.select_related("person__account", "person__pin", "unit")
    return rows.filter(pk=pk, secret_hash=hash_of(secret), revoked_at__isnull=True, remembered_until__gt=at).first()


def remember(new: NewDevice, at: datetime, *, person: Person | None = None, unit: Unit | None = None) -> Device:
    """Remember a phone for 90 days. Inside an action."""
    return Device.objects.create(
        person=person,
        unit=unit,
        name=new.name[:40],
        secret_hash=new.secret_hash,
        made_at=at,
        last_seen_at=at,
        remembered_until=at + REMEMBERED,
    )


@action("organisation.revoke_device", roles=(HOUSE, *DECIDE), at="unit", self_of="device.person")
def revoke_device(*, by: Actor, unit: Unit, device: Device) -> None:
    """Forget a phone at once, and end what is signed in on it. unit: that of the phone, or of its person.

    Raises: Refusal `rights.refused` for a phone that is not of the unit.
    """
    if by.person_id is None or device.person_id != by.person_id:
        _require_of(unit, device)
    at = locked()
    Device.objects.filter(pk=device.pk, revoked_at__isnull=True).update(revoked_at=at)
    end_all(SignIn.objects.filter(device=device), at)
    current_line().note(device.pk)


def _require_of(unit: Unit, device: Device) -> None:
    if device.unit is not None:
        paths = [device.unit.path]
    else:
        rows = Appointment.objects.filter(person=device.person_id, primary=True, until__isnull=True)
        paths = list(rows.values_list("unit__path", flat=True))
    if not any(covers(unit.path, path) for path in paths):
        raise refused()


@action("organisation.offer_shared_phone", roles=(HOUSE, *DECIDE), at="unit")
def offer_shared_phone(*, by: Actor, unit: Unit, hash: str) -> None:
    """Make a code that makes one phone the shared phone of a unit, within an hour. One of before is dead."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    at = locked()
    earlier = Code.objects.filter(unit=unit, purpose=Code.Purpose.SHARED_PHONE, used_at__isnull=True)
    earlier.filter(revoked_at__isnull=True).update(revoked_at=at)
    Code.objects.create(
        hash=hash,
        unit=unit,
        purpose=Code.Purpose.SHARED_PHONE,
        made_at=at,
        made_by_id=by.account_id,
        expires_at=at + SHARED_CODE_VALID,
    )
    current_line().note(unit.pk)


@action("organisation.set_pin", roles=(HOUSE,), self_of="person")
def set_pin(*, by: Actor, person: Person, pin: ChosenPin, but: UUID | None = None) -> None:
    """Choose a PIN, or another one; what else is signed in by the old one ends. but: the sign-in that asks."""
    at = locked()
    Pin.objects.update_or_create(
        person=person, defaults={"hash": pin.hash, "key_id": pin.key_id, "set_at": at, "tries": 0, "locked_at": None}
    )
    end_all(others(SignIn.objects.filter(account__person=person, way=SignIn.Way.PIN), but), at)
    current_line().note(person.pk)
    current_line().change("pin")


@action("organisation.take_pin_try", roles=(HOUSE,))
def take_pin_try(*, by: Actor, person: Person) -> bool:
    """Count a PIN before it is looked at, so that two phones at once try no oftener than one. The fifth locks it.

    A right one lifts that when it signs in. Returns whether this was the last. Raises: Refusal `pin.locked`.
    """
    row = Pin.objects.select_for_update(no_key=True).filter(person=person).first()
    at = locked()
    if row is None:
        raise no_pin()
    if row.locked_at is not None:
        raise pin_is_locked()
    last = row.tries + 1 >= TRIES_MAX
    Pin.objects.filter(pk=row.pk).update(tries=row.tries + 1, locked_at=at if last else None)
    current_line().note(person.pk)
    return last


@action("organisation.tell_pin_locked", roles=(HOUSE,))
def tell_pin_locked(*, by: Actor, person: Person) -> None:
    """Tell the lead that somebody's PIN has locked itself."""
    from muster.organisation.cards import tell

    at = locked()
    home = Appointment.objects.filter(person=person, primary=True, until__isnull=True).first()
    if home is not None and Pin.objects.filter(person=person, locked_at__isnull=False).exists():
        tell(person, home.unit_id, WayInNotice.Kind.PIN_LOCKED, at)
    current_line().note(person.pk)


@action("organisation.unlock_pin", roles=(HOUSE, *DECIDE), at="unit")
def unlock_pin(*, by: Actor, unit: Unit, person: Person) -> None:
    """Let somebody try their PIN again. Raises: Refusal `person.unknown`."""
    home = Appointment.objects.filter(person=person, primary=True, until__isnull=True).select_related("unit").first()
    if home is None or not covers(unit.path, home.unit.path):
        raise invalid("person", text("This person does not belong to the unit."), "person.unknown")
    at = locked()
    Pin.objects.filter(person=person).update(tries=0, locked_at=None)
    locks = WayInNotice.objects.filter(person=person, kind=WayInNotice.Kind.PIN_LOCKED, seen_at__isnull=True)
    locks.update(seen_at=at)
    current_line().note(person.pk)


def pin_is_locked() -> Refusal:
    """Five wrong ones: only the lead opens it again."""
    return Refusal(
        "pin.locked",
        text("This PIN is locked after five wrong tries."),
        text("Ask the lead of your unit to unlock it, or for a new card."),
        status=423,
    )


def no_pin() -> Refusal:
    """Nobody chose one yet: a card comes first."""
    return Refusal(
        "pin.none",
        text("No PIN was chosen yet."),
        text("Use your card; it asks for one. Without a card, ask the lead of your unit."),
        status=403,
    )
