"""Passkeys: made on one's own page, and signing in with one. They need the browser's script; the password way does not.

The relying party is the host that was asked; origin, user verification and a challenge of this session are checked by
py_webauthn. A challenge is good for one answer.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from muster.foundation.errors import Refusal, not_found, text
from muster.organisation.guessing import take_try
from muster.organisation.models import Passkey, SignIn
from muster.organisation.passkeys import NewPasskey, add_passkey, remove_passkey
from muster.organisation.people import actor_of
from muster.organisation.sign_in import Entering, sign_in
from muster.website.door import home_of
from muster.website.letting_in import (
    OFFICE_IDLE_SECONDS,
    address_of,
    agent_of,
    door,
    let_in,
    private,
    safe_next,
)
from muster.website.who import Visitor

CHALLENGE = "challenge"
BYTES_MAX = 20_000
CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,1400}=*")


def _party(request: HttpRequest) -> str:
    return request.get_host().rsplit(":", 1)[0] if ":" in request.get_host() else request.get_host()


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _json(content: str) -> HttpResponse:
    return private(HttpResponse(content, content_type="application/json"))


def _told(refusal: Refusal) -> HttpResponse:
    return private(JsonResponse({"told": str(refusal)}, status=refusal.status))


def _challenge(request: HttpRequest) -> bytes:
    """The challenge of this session, taken out of it. Raises: Refusal where there is none."""
    kept = request.session.pop(CHALLENGE, "")
    if not kept:
        raise _wrong()
    return base64url_to_bytes(kept)


def _sent(request: HttpRequest) -> dict[str, Any]:
    """The browser's answer. Raises: Refusal for what is none."""
    if request.content_type != "application/json":
        raise _wrong()
    try:
        found = json.loads(request.body[:BYTES_MAX])
        if not CREDENTIAL.fullmatch(found["id"]) or not CREDENTIAL.fullmatch(found["rawId"]):
            raise _wrong()
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _wrong() from None
    return cast(dict[str, Any], found)


def _wrong() -> Refusal:
    return Refusal(
        "passkey.wrong",
        text("The passkey was not taken."),
        text("Try once more, or sign in with your password."),
        status=403,
    )


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """What a browser needs to sign in with a passkey: a challenge. Which account it is, the passkey says."""
    options = generate_authentication_options(
        rp_id=_party(request), user_verification=UserVerificationRequirement.REQUIRED
    )
    request.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return _json(options_to_json(options))


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey: password and second factor in one. Tries are counted by address."""
    counted = [address_of(request)]
    try:
        take_try(by=door(), what=counted)
        sent, challenge = _sent(request), _challenge(request)
        passkey = _known(sent)
        count = _verified(request, sent, challenge, passkey)
        account = passkey.account
        entering = Entering(SignIn.Way.PASSKEY, agent_of(request), counted=counted, passkey=(passkey.pk, count))
        made = sign_in(by=actor_of(account, "web"), account=account, entering=entering)
    except Refusal as refusal:
        return _told(refusal)
    let_in(request, account, made, idle_seconds=OFFICE_IDLE_SECONDS)
    return private(JsonResponse({"next": safe_next(request, home_of(request), str(request.GET.get("next", "")))}))


def _known(sent: dict[str, Any]) -> Passkey:
    rows = Passkey.objects.select_related("account__person").filter(account__disabled_at__isnull=True)
    found = rows.filter(credential_id=sent["id"]).first()
    if found is None:
        raise _wrong()
    return found


def _verified(request: HttpRequest, sent: dict[str, Any], challenge: bytes, passkey: Passkey) -> int:
    """The passkey's count after an answer that is right. Raises: Refusal for any other."""
    try:
        done = verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=_party(request),
            expected_origin=_origin(request),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise _wrong() from None
    return done.new_sign_count


def _require_two(request: HttpRequest) -> Any:
    """Whoever is in by two factors. Raises: Refusal for others: a passkey is both, so it is not made by less."""
    user = cast(Any, request.user)
    if not getattr(user, "entered_two", False):
        raise Refusal(
            "passkey.two_factors",
            text("A passkey is made by whoever came in with password and second factor."),
            text("Sign in with both first."),
            status=403,
        )
    return user


@require_POST
def ask_new(request: HttpRequest) -> HttpResponse:
    """What a browser needs to make a passkey."""
    account = _require_two(request)
    known = Passkey.objects.filter(account=account).values_list("credential_id", flat=True)
    options = generate_registration_options(
        rp_id=_party(request),
        rp_name="Muster",
        user_id=account.pk.bytes,
        user_name=account.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
    )
    request.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return _json(options_to_json(options))


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser made."""
    try:
        account = _require_two(request)
        sent, challenge = _sent(request), _challenge(request)
        try:
            done = verify_registration_response(
                credential=sent,
                expected_challenge=challenge,
                expected_rp_id=_party(request),
                expected_origin=_origin(request),
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise _wrong() from None
        made = NewPasskey(
            bytes_to_base64url(done.credential_id), done.credential_public_key, done.sign_count, agent_of(request)
        )
        add_passkey(by=cast(Visitor, request).actor, account=account, made=made)
    except Refusal as refusal:
        return _told(refusal)
    return private(JsonResponse({"next": f"{reverse('ways')}?told=passkey"}))


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """A passkey of mine opens nothing any more."""
    words = request.POST.get("id", "")
    rows = Passkey.objects.select_related("account__person").filter(account=cast(Any, request.user))
    passkey = rows.filter(pk=int(words)).first() if words.isascii() and words.isdigit() and len(words) < 18 else None
    if passkey is None:
        raise not_found("passkey.unknown")
    remove_passkey(by=cast(Visitor, request).actor, passkey=passkey)
    return HttpResponseRedirect(f"{reverse('ways')}?told=passkey_gone")
