"""The second factor: an authenticator's codes (RFC 6238) and the recovery codes that stand in for it."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from muster.foundation import clock, keys
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import HOUSE, Actor
from muster.organisation import codes
from muster.organisation.models import Account, RecoveryCode, SignIn
from muster.vault import particulars
from muster.vault.models import Particular
from muster.vault.purposes import Purpose

PURPOSE = "second_factor"
"""Of the particular that is the secret of somebody's authenticator."""
SUBJECT = "account"
STEP_SECONDS = 30
DRIFT_STEPS = 1
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_LENGTH = 12
KEPT = timedelta(days=3650)
"""A secret ends with its reset; the vault wants an end for everything, so it has one far away."""
KEPT_FOR = Purpose(
    PURPOSE,
    text("Secret of an authenticator"),
    text("To check the second factor when somebody of the office signs in."),
    cipher="second_factor",
    days=KEPT.days,
    ends_with_the_emergency=False,
)


@dataclass(frozen=True)
class Shown:
    """What was shown as second factor and found right: the half minute of a code, or a recovery code's hash."""

    step: int = 0
    recovery: str = ""


def step_now() -> int:
    """The half minute of this moment, by the machine's clock: authenticators know no drill's."""
    return int(clock.machine_now().timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a half minute."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP_SECONDS, enforce_key_length=False)


def new_secret() -> bytes:
    """The secret of an authenticator that is about to be set up."""
    return secrets.token_bytes(SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """A secret as authenticators take it from a hand that types: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, name: str) -> str:
    """What the QR says to an authenticator."""
    return f"otpauth://totp/Muster:{quote(name)}?secret={spelled(secret)}&issuer=Muster"


def step_of(secret: bytes, digits: str, now: int) -> int | None:
    """The half minute, of this one and its neighbours, whose code these digits are."""
    given = "".join(digits.split())
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    return next((one for one in steps if hmac.compare_digest(code_at(secret, one).encode(), given.encode())), None)


def looked_at(account: Account, given: str) -> Shown | None:
    """What somebody shows as second factor: a code of the authenticator or a recovery code; None for neither."""
    if account.factor_since is None:
        return None
    secret = _secret_of(account.pk)
    step = step_of(secret, given, step_now()) if secret else None
    if step is not None:
        return Shown(step=step)
    # By whichever key it was hashed: a rotation makes nobody's codes worthless.
    hashes = keys.hmacs_hex("access", f"recovery {codes.plain(given)}")
    known = RecoveryCode.objects.filter(account=account, hash__in=hashes, used_at__isnull=True)
    found = known.values_list("hash", flat=True).first()
    return Shown(recovery=found) if found else None


def _secret_of(account: UUID) -> bytes | None:
    """The one place that opens the secret."""
    found = particulars.open_one(SUBJECT, account, PURPOSE, clock.now())
    return bytes.fromhex(found) if found else None


def _recovery_hash(code: str) -> str:
    return keys.hmac_hex("access", f"recovery {code}")


def take(account: Account, shown: Shown, at: datetime) -> None:
    """Take what was shown, so that it is taken once. Inside an action, the account locked.

    Raises: Refusal `factor.used`.
    """
    if shown.recovery:
        rows = RecoveryCode.objects.filter(account=account, hash=shown.recovery, used_at__isnull=True)
        done = rows.update(used_at=at)
    else:
        rows_of_step = Account.objects.filter(pk=account.pk, factor_step__lt=shown.step)
        done = rows_of_step.update(factor_step=shown.step)
    if not done:
        raise Refusal(
            "factor.used",
            text("This code was used already."),
            text("Wait for the next one, at most half a minute."),
            status=403,
        )


@action("organisation.confirm_factor", roles=(HOUSE,), self_of="account.person")
def confirm_factor(*, by: Actor, account: Account, secret: bytes, step: int, recovery: list[str], here: UUID) -> None:
    """From now on the authenticator that showed this code is asked for. One that was there before is replaced.

    recovery: hashes of new recovery codes. here: the sign-in that asks, which has shown two now; the others end.
    Whoever calls has found that the step's code was shown.
    """
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    at = locked()
    _forget(row)
    particulars.keep([particulars.NewParticular(SUBJECT, row.pk, PURPOSE, secret.hex(), at + KEPT)])
    Account.objects.filter(pk=row.pk).update(factor_since=at, factor_step=step)
    RecoveryCode.objects.bulk_create(RecoveryCode(account=row, hash=one) for one in recovery)
    current_line().change("second_factor", False, True)
    mine = SignIn.objects.filter(account=row, ended_at__isnull=True)
    mine.filter(pk=here).update(second_factor=True)
    mine.exclude(pk=here).exclude(way__in=(SignIn.Way.PIN, SignIn.Way.CODE)).update(ended_at=at)
    current_line().note(row.pk)


@action("organisation.renew_recovery_codes", roles=(HOUSE,), self_of="account.person")
def renew_recovery_codes(*, by: Actor, account: Account, recovery: list[str]) -> None:
    """New recovery codes in the place of the old ones, used or not."""
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if row.factor_since is None:
        raise Refusal("factor.none", text("No second factor is set up."), text("Set it up first."))
    RecoveryCode.objects.filter(account=row).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(account=row, hash=one) for one in recovery)
    current_line().note(row.pk)


def new_recovery_codes() -> tuple[list[str], list[str]]:
    """Recovery codes as they are shown once, and their hashes."""
    made = [codes.make()[:RECOVERY_LENGTH] for _ in range(RECOVERY_CODES)]
    return [codes.grouped(one) for one in made], [_recovery_hash(one) for one in made]


def _forget(account: Account) -> None:
    Particular.objects.filter(subject_kind=SUBJECT, subject_id=account.pk, purpose=PURPOSE).delete()
    RecoveryCode.objects.filter(account=account).delete()


def forget(account: Account) -> None:
    """Take the second factor away, with its recovery codes. Inside an action, the account locked."""
    _forget(account)
    Account.objects.filter(pk=account.pk).update(factor_since=None, factor_step=0)


def checked_step(secret: bytes, digits: str) -> int:
    """The half minute whose code was typed while setting up. Raises: Refusal `factor.wrong` (422)."""
    step = step_of(secret, digits, step_now())
    if step is None:
        raise invalid(
            "code",
            text("This is not the code of this moment. See that the phone's clock is right, and type the next one."),
            "factor.wrong",
        )
    return step


def any_secret() -> bool:
    """Whether a secret is kept that only the key in use until now opens."""
    return Particular.objects.filter(purpose=PURPOSE, body__isnull=False).exists()
