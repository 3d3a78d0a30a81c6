"""The verbs of accounts: opened, ended, given a link for a password; the password itself (docs/rules/ways-in.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.rights import HOUSE, Actor, refused
from muster.organisation import second_factor
from muster.organisation.cards import end_ways_of, take, unknown
from muster.organisation.granting import may_give, require_not_last
from muster.organisation.guessing import forgive, guarded
from muster.organisation.models import Account, ApiToken, Appointment, Code, Grant, LockOut, SignIn, Unit, lasting
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, LEAD, MEMBER
from muster.organisation.scope import holds_at
from muster.organisation.sign_in import end_all, others
from muster.organisation.tokens import end_tokens, why_dead
from muster.organisation.tree import lock_root

KEEPERS = (HOUSE, ADMINISTRATOR, COMMANDER, LEAD)
LINK_VALID = timedelta(days=7)


def chosen(password: str, again: str, account: Account) -> str:
    """A password that somebody chose, typed twice, as it is kept. Before a transaction begins: hashing takes long.

    Raises: Refusal `password.differ`, `password.weak` (422).
    """
    if password != again:
        raise invalid("again", text("The two do not agree. Type the same password twice."), "password.differ")
    try:
        validate_password(password, user=account)
    except ValidationError as error:
        raise invalid(
            "password", text("This password is too easy: %(why)s"), "password.weak", why=" ".join(error.messages)
        ) from None
    return make_password(password)


def may_keep(by: Actor, account: Account, at: datetime) -> bool:
    """Whether somebody may open, end and mend an account: an administrator above it, or who may give all it holds."""
    if by.has(HOUSE):
        return True
    home = home_of(account.person_id)
    if home is None:
        return False
    if holds_at(by, (ADMINISTRATOR,), home.path):
        return True
    grants = Grant.objects.filter(lasting(at), account=account).exclude(role=MEMBER)
    grants = grants.select_related("unit")
    return holds_at(by, (COMMANDER, LEAD), home.path) and all(may_give(by, row.role, row.unit) for row in grants)


def home_of(person: UUID) -> Unit | None:
    """The unit that somebody belongs to."""
    row = Appointment.objects.filter(person=person, primary=True, until__isnull=True).select_related("unit").first()
    return row.unit if row else None


def _locked(by: Actor, account: Account) -> tuple[Account, datetime]:
    """The account's row, locked and read anew, and the moment. Raises: Refusal for whoever may not keep it."""
    row = Account.objects.select_for_update(no_key=True).select_related("person").get(pk=account.pk)
    at = locked()
    if by.account_id == row.pk:
        raise Refusal(
            "account.own", text("Nobody does this with their own account."), text("Ask somebody else."), status=403
        )
    if not may_keep(by, row, at):
        raise _above()
    current_line().note(row.pk)
    return row, at


def _above() -> Refusal:
    return Refusal(
        "account.above",
        text("This account holds a role that you may not give."),
        text("Ask whoever could give it, a level above, or the administrator."),
        status=403,
    )


@action("organisation.open_account", roles=KEEPERS)
def open_account(*, by: Actor, account: Account) -> None:
    """Let an account in again that was ended. It comes in by a new card or a new link: what it had is gone.

    Raises: Refusal `account.own`, `account.above`, `account.open`.
    """
    row, _at = _locked(by, account)
    if row.disabled_at is None:
        raise Refusal("account.open", text("This account is open already."), status=409)
    Account.objects.filter(pk=row.pk).update(disabled_at=None)
    current_line().change("account", "ended", "open")


@action("organisation.end_account", roles=KEEPERS)
def end_account(*, by: Actor, account: Account) -> None:
    """End an account: whoever is in by it is out at once, and nothing that opened it opens it again.

    Raises: Refusal `account.own`, `account.above`, `account.ended`, `grant.last`.
    """
    lock_root()
    row, at = _locked(by, account)
    if row.disabled_at is not None:
        raise Refusal("account.ended", text("This account has ended."), status=409)
    require_not_last(Grant.objects.filter(account=row), at)
    close_ways(row, at)


def close_ways(row: Account, at: datetime) -> None:
    """End an account with all that opened it: password, factor, passkeys, card, phones, links, tokens.

    Inside an action.
    """
    current_line().change("account", "ended" if row.disabled_at else "open", "ended")
    Account.objects.filter(pk=row.pk).update(disabled_at=at, password="!")
    second_factor.forget(row)
    row.passkeys.all().delete()
    end_ways_of([row.person_id], at)
    _revoke_links(row.person_id, at)
    put_out(row, at)


def put_out(row: Account, at: datetime, but: UUID | None = None) -> int:
    """End whatever is in by an account, people and programs, but one sign-in; returns how many. Inside an action."""
    ended = end_all(others(SignIn.objects.filter(account=row), but), at)
    return ended + end_tokens(ApiToken.objects.filter(account=row), at)


@action("organisation.end_sign_ins", roles=KEEPERS)
def end_sign_ins(*, by: Actor, account: Account) -> int:
    """Put everybody out who is in by an account, its tokens too; it may be signed in with again.

    Returns how many there were. Raises: Refusal `account.own`, `account.above`.
    """
    row, at = _locked(by, account)
    return put_out(row, at)


@action("organisation.end_token", roles=KEEPERS, self_of="token.account.person")
def end_token(*, by: Actor, token: ApiToken) -> None:
    """A token opens nothing any more: by its owner, or by whoever keeps their account; never by a token.

    Raises: Refusal `rights.refused`, `account.above`, `token.over`.
    """
    row = ApiToken.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=token.pk)
    at = locked()
    if by.token_id is not None:
        raise refused()
    if by.person_id != row.account.person_id and not may_keep(by, row.account, at):
        raise _above()
    if why_dead(row.ended_at, row.expires_at, at) is not None:
        raise Refusal("token.over", text("This token has ended already."), status=409)
    current_line().note(row.account_id)
    end_tokens(ApiToken.objects.filter(pk=row.pk), at)


@action("organisation.issue_password_link", roles=KEEPERS)
def issue_password_link(*, by: Actor, account: Account, hash: str) -> None:
    """Make a link that lets somebody choose a password, once, within 7 days; one of before is dead.

    Raises: Refusal `account.own`, `account.above`, `account.ended`.
    """
    row, at = _locked(by, account)
    home = home_of(row.person_id)
    if row.disabled_at is not None or home is None:
        raise Refusal("account.ended", text("This account has ended."), text("Let it in again first."), status=409)
    _revoke_links(row.person_id, at)
    Code.objects.create(
        hash=hash,
        person_id=row.person_id,
        unit=home,
        purpose=Code.Purpose.SET_PASSWORD,
        made_at=at,
        made_by_id=by.account_id,
        expires_at=at + LINK_VALID,
    )


def _revoke_links(person: UUID, at: datetime) -> None:
    alive = Code.objects.filter(person=person, purpose=Code.Purpose.SET_PASSWORD, used_at__isnull=True)
    alive.filter(revoked_at__isnull=True).update(revoked_at=at)


@action("organisation.set_password_by_link", roles=(HOUSE,), self_of="code.person")
def set_password_by_link(*, by: Actor, code: Code, password: str) -> None:
    """Choose a password by a link, once. Every sign-in and token of the account ends, and its count of wrong tries.

    password: its hash. Raises: Refusal `code.unknown`, `code.used`, `code.revoked`, `code.expired`.
    """
    if code.purpose != Code.Purpose.SET_PASSWORD or code.person is None:
        raise unknown()
    row = Account.objects.select_for_update(no_key=True).get(person=code.person)
    at = locked()
    take(code, at)
    Account.objects.filter(pk=row.pk).update(password=password)
    current_line().change("password")
    put_out(row, at)
    forgive([guarded(LockOut.Kind.ACCOUNT, row.name), guarded(LockOut.Kind.FACTOR, row.name)])
    current_line().note(row.pk)


@action("organisation.change_password", roles=(HOUSE,), self_of="account.person")
def change_password(*, by: Actor, account: Account, password: str, but: UUID | None) -> None:
    """Choose another password; whoever calls has looked at the old one. Every other sign-in and every token ends.

    password: its hash. but: the sign-in that asks.
    """
    at = locked()
    Account.objects.filter(pk=account.pk).update(password=password)
    put_out(account, at, but)
    current_line().note(account.pk)
    current_line().change("password")


@action("organisation.reset_factor", roles=KEEPERS)
def reset_factor(*, by: Actor, account: Account) -> None:
    """Take away the second factor and the passkeys of somebody who lost them; they set up a new one after the password.

    Raises: Refusal `account.own`, `account.above`.
    """
    row, at = _locked(by, account)
    second_factor.forget(row)
    row.passkeys.all().delete()
    forgive([guarded(LockOut.Kind.FACTOR, row.name)])
    current_line().change("second_factor", row.factor_since is not None, False)
    put_out(row, at)
