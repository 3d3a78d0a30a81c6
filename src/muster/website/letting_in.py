"""What a browser holds of a sign-in: its session, and the cookie of a phone that is remembered."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from muster.foundation import clock
from muster.foundation.rights import Actor, house
from muster.organisation import devices
from muster.organisation.guessing import Guarded, guarded
from muster.organisation.models import Account, Device, LockOut, SignIn
from muster.organisation.people import actor_of
from muster.organisation.sign_in import end_sign_in
from muster.website.who import SIGN_IN, Visitor

BACKEND = "muster.website.who.DoorBackend"
DEVICE_COOKIE = "device"
SALT = "muster.device"
SEEN = "seen"
PIN_WANTED = "pin_wanted"
"""In the session of whoever came by a card, until they have chosen a PIN: where they go then."""
PENDING = "pending"
"""In the session of whoever showed a password and not yet the second factor."""
OFFICE_IDLE_SECONDS = 8 * 3600
PHONE_IDLE_SECONDS = 12 * 3600
SHARED_IDLE_SECONDS = 15 * 60
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("EdgA", "Edge"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def door() -> Actor:
    """The house at its door: who it is about is not known yet."""
    return house("door", "web")


def let_in(request: HttpRequest, account: Account, sign_in: SignIn, *, idle_seconds: int) -> None:
    """Give the browser a session of this sign-in, under a new key: one planted before is worth nothing."""
    _end_former(request)
    for name in (PENDING, PIN_WANTED):
        request.session.pop(name, None)
    login(request, account, backend=BACKEND)
    request.session[SIGN_IN] = str(sign_in.pk)
    request.session[SEEN] = int(clock.machine_now().timestamp())
    request.session.set_expiry(idle_seconds)
    cast(Visitor, request).actor = actor_of(account, "web")


def _end_former(request: HttpRequest) -> None:
    """Whoever was in with this browser until now is out: another person, or the same one by a weaker way."""
    former = request.session.get(SIGN_IN)
    row = SignIn.objects.select_related("account__person").filter(pk=former).first() if former else None
    if row is not None and row.ended_at is None:
        end_sign_in(by=actor_of(row.account, "web"), sign_in=row)


def agent_of(request: HttpRequest) -> str:
    """Browser and system in two words, for somebody to recognise their sign-ins by."""
    said = request.headers.get("User-Agent", "")[:400]
    found = [next((label for part, label in table if part in said), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(word for word in found if word) or "?"


def address_of(request: HttpRequest, what: str = "") -> Guarded:
    """From where this comes, as its tries are counted: behind a proxy of one's own the address that the proxy saw.

    what: of tries of this kind alone, such as tokens: a program that has a wrong one shuts no office out.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        # The last one is the proxy's word; what stands before it anybody may have written.
        address = request.headers.get("X-Forwarded-For", address).rsplit(",", 1)[-1].strip()
    return guarded(LockOut.Kind.ADDRESS, f"{what} {network_of(address)}".strip())


def network_of(words: str) -> str:
    """The address as tries are counted: of IPv6 the /64, which is one household's.

    A proxy may have written the port behind it. Words that are no address stay as they are.
    """
    plain = words.partition("]")[0].lstrip("[") if words.startswith("[") else words
    if plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ip_address(plain)
    except ValueError:
        return words
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def device_of(request: HttpRequest) -> Device | None:
    """The remembered phone that this browser is, by its cookie; None where it is none, or not any more."""
    try:
        said = request.get_signed_cookie(
            DEVICE_COOKIE, default="", salt=SALT, max_age=int(devices.REMEMBERED.total_seconds())
        )
        pk, _, secret = str(said).partition(".")
        return devices.known(UUID(pk), secret, clock.now()) if secret else None
    except (BadSignature, ValueError):
        return None


def new_device(request: HttpRequest) -> tuple[devices.NewDevice, str]:
    """A phone about to be remembered, named after its browser; and the secret for its cookie."""
    secret, hashed = devices.new_secret()
    return devices.NewDevice(agent_of(request), hashed), secret


def keep_device(answer: HttpResponse, device: UUID, secret: str) -> None:
    """Let the browser keep the secret of a remembered phone. No script reads it."""
    answer.set_signed_cookie(
        DEVICE_COOKIE,
        f"{device}.{secret}",
        salt=SALT,
        max_age=int(devices.REMEMBERED.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def forget_device(answer: HttpResponse) -> None:
    """The browser's cookie opens nothing any more: it goes, so that the door asks again how somebody comes in."""
    answer.delete_cookie(DEVICE_COOKIE, samesite="Lax")


def safe_next(request: HttpRequest, otherwise: str, asked: str = "") -> str:
    """Where to go afterwards: the page that was asked for (in the form, unless before), if it is one of ours."""
    wanted = asked or request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else otherwise


def forget_sessions() -> int:
    """For the clockwork: sessions that have ended by themselves go. By the machine's clock, as Django reckons them."""
    from django.contrib.sessions.models import Session

    gone, _each = Session.objects.filter(expire_date__lt=clock.machine_now()).delete()
    return gone


def private(answer: HttpResponse) -> HttpResponse:
    """An answer that holds a secret or leads to one: kept by no cache, told to no other site.

    Not `no-referrer`: under it a browser sends its form with `Origin: null`, which the check against forged forms
    refuses. `strict-origin` never says the address either.
    """
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "strict-origin"
    return answer
