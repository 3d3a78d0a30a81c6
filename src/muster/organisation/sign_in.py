"""The verbs of being in: signing in, and ending it. What a browser holds of it is the website's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, Text, text
from muster.foundation.rights import HOUSE, Actor, house
from muster.organisation.guessing import Guarded, forgive
from muster.organisation.models import Account, Device, Pin, SignIn
from muster.organisation.second_factor import Shown, take

WAYS: dict[str, Text] = {
    SignIn.Way.PASSWORD: text("password"),
    SignIn.Way.PASSKEY: text("passkey"),
    SignIn.Way.CODE: text("card"),
    SignIn.Way.PIN: text("PIN"),
    SignIn.Way.DRILL: text("button of the drill"),
}
"""How somebody came in, in words."""
MEMBERS_WAYS = (SignIn.Way.CODE, SignIn.Way.PIN)
"""The ways of a member: they end with the card."""
SEEN_EVERY_SECONDS = 300
IDLE_MOST = timedelta(hours=12)
"""So long without a request, and every session has ended by itself, whatever way it began."""


@dataclass(frozen=True)
class Entering:
    """How somebody comes in. counted: what their try was counted for, cleared now. shown: the factor, where one was.

    passkey: the one that was shown, with the count that it has now.
    """

    way: str
    agent: str
    device: Device | None = None
    counted: Sequence[Guarded] = ()
    shown: Shown | None = None
    passkey: tuple[int, int] | None = None


@action("organisation.sign_in", roles=(HOUSE,), self_of="account.person")
def sign_in(*, by: Actor, account: Account, entering: Entering) -> SignIn:
    """Somebody is in. Whoever calls has looked at what they showed; what can be shown only once is taken here.

    Raises: Refusal `account.ended`, `factor.used` for a code that was taken before, `passkey.unknown`.
    """
    # Locked and read anew: of two who show the same code at once, one finds it taken.
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if row.disabled_at is not None:
        raise has_ended()
    at = locked()
    if entering.shown is not None:
        take(row, entering.shown, at)
    forgive(entering.counted)
    if entering.way == SignIn.Way.PIN:
        _right_pin(row)
    if entering.passkey is not None:
        _used_passkey(row, entering.passkey, at)
    return enter(row, entering, at)


def enter(account: Account, entering: Entering, at: datetime) -> SignIn:
    """Write down that somebody is in. Inside an action."""
    current_line().note(account.pk)
    device = entering.device
    if device is not None:
        Device.objects.filter(pk=device.pk).update(last_seen_at=at)
    two = entering.shown is not None or entering.way == SignIn.Way.PASSKEY
    return SignIn.objects.create(
        account=account,
        device=device,
        way=entering.way,
        second_factor=two,
        made_at=at,
        last_seen_at=at,
        agent=entering.agent[:40],
    )


def _right_pin(account: Account) -> None:
    """The tries are back: the lock that the last one had set in advance is lifted."""
    Pin.objects.filter(person=account.person_id).update(tries=0, locked_at=None)


def _used_passkey(account: Account, used: tuple[int, int], at: datetime) -> None:
    pk, count = used
    if not account.passkeys.filter(pk=pk).update(sign_count=count, last_used_at=at):
        raise Refusal(
            "passkey.unknown",
            text("This passkey opens nothing here."),
            text("Sign in with your password."),
            status=403,
        )


def has_ended() -> Refusal:
    """An account that was ended lets nobody in."""
    return Refusal(
        "account.ended",
        text("This account has ended."),
        text("Ask whoever leads your unit, or the administrator."),
        status=403,
    )


@action("organisation.end_sign_in", roles=(HOUSE,), self_of="sign_in.account.person")
def end_sign_in(*, by: Actor, sign_in: SignIn) -> None:
    """End one sign-in of one's own; ended again, it stays as it was."""
    end_all(SignIn.objects.filter(pk=sign_in.pk), locked())


@action("organisation.end_other_sign_ins", roles=(HOUSE,), self_of="account.person")
def end_other_sign_ins(*, by: Actor, account: Account, but: UUID | None) -> int:
    """End all sign-ins of one's own but the one that is asked from; returns how many there were."""
    at = locked()
    return end_all(others(SignIn.objects.filter(account=account), but), at)


def end_all(which: QuerySet[SignIn], at: datetime) -> int:
    """End those of some sign-ins that still hold. Inside an action."""
    rows = which.filter(ended_at__isnull=True)
    current_line().note(*rows.values_list("pk", flat=True)[:50])
    return rows.update(ended_at=at)


def holding(at: datetime) -> Q:
    """Sign-ins that hold: neither ended nor idle for longer than any session lasts."""
    return Q(ended_at__isnull=True, last_seen_at__gt=at - IDLE_MOST - timedelta(seconds=SEEN_EVERY_SECONDS))


def others(which: QuerySet[SignIn], but: UUID | None) -> QuerySet[SignIn]:
    """All of some sign-ins but one."""
    return which.exclude(pk=but) if but else which


def seen(pk: UUID, device: UUID | None) -> None:
    """Write down that a sign-in is used, at most once in five minutes.

    A write without a verb: it is no fact of the district, nobody decides by it, and a line in the log for each
    five minutes of everybody would bury the others.
    """
    now = clock.now()
    SignIn.objects.filter(pk=pk, ended_at__isnull=True).update(last_seen_at=now)
    if device is not None:
        Device.objects.filter(pk=device, revoked_at__isnull=True).update(last_seen_at=now)


KEPT_ON_RECORD = timedelta(days=90)
"""So long after it was last seen a sign-in stands on record; so long its owner can recognise a stranger's."""


def _long_over(at: datetime) -> QuerySet[SignIn]:
    return SignIn.objects.filter(last_seen_at__lte=at - KEPT_ON_RECORD)


def forget_old() -> int:
    """For the clockwork: sign-ins that are long over go; returns how many. No line in the log where there is none."""
    if not _long_over(clock.now()).exists():
        return 0
    return forget_sign_ins(by=house("retention", "clockwork"))


@action("organisation.forget_sign_ins", roles=(HOUSE,))
def forget_sign_ins(*, by: Actor) -> int:
    """Let go what is on record of sign-ins that are long over; returns how many."""
    gone, _each = _long_over(locked()).delete()
    current_line().note(f"count:{gone}")
    return gone
