"""The verbs of channels: a way out of the house is opened, tried, paused and ended. See docs/rules/messages.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.database import is_drill
from muster.foundation.errors import Refusal, Text, invalid, text
from muster.foundation.ids import new_id
from muster.foundation.rights import HOUSE, Actor, refused
from muster.messages import sms
from muster.messages.addresses import place_of
from muster.messages.mail import SECURITY
from muster.messages.models import ROBOTS, Channel, Message, Night, Wish
from muster.messages.night import Hours, hours
from muster.messages.outbox import New, put
from muster.messages.purposes import GATEWAY, MAIL
from muster.messages.texts import Told
from muster.organisation.asking import require_district
from muster.organisation.models import Person, Unit
from muster.organisation.roles import ADMINISTRATOR, COMMANDER, LEAD
from muster.organisation.scope import holds_at
from muster.vault.particulars import NewParticular, keep, let_end, open_one
from muster.vault.purposes import end_of

SUBJECT = "channel"
KEEPERS = frozenset((ADMINISTRATOR, COMMANDER, HOUSE))
"""Roles whose holder opens the district's mail and SMS."""
GROUP_KEEPERS = KEEPERS | {LEAD}
"""Roles whose holder brings the robot of a unit's own group in."""
TRIAL = "messages.trial"
SECURITY_WORDS: dict[str, Text] = {
    "starttls": text("made safe after the greeting (STARTTLS)"),
    "tls": text("safe from the start (TLS)"),
    "none": text("not safe: only within the house"),
}
"""How a connection to a mail server is kept safe, in words."""


def known_of(channel: Channel) -> dict[str, Any] | None:
    """What the vault keeps of a channel: address and secret. None where it ended or the keys don't open it."""
    try:
        found = open_one(SUBJECT, channel.pk, GATEWAY, clock.now())
    except Refusal:
        return None
    known: dict[str, Any] | None = json.loads(found) if found else None
    return known


@action("messages.open_channel", roles=GROUP_KEEPERS, at="unit")
def open_channel(*, by: Actor, unit: Unit, kind: str, name: str, known: Mapping[str, str]) -> Channel:
    """Open a channel at a unit. known: the fields of its form. Raises: Refusal (422) for what cannot be used."""
    at = locked()
    if is_drill():
        raise Refusal(
            "channel.drill",
            text("In a drill nothing leaves the house: its people are invented, and their numbers may be somebody's."),
            text("Use the text to copy and the call list instead."),
        )
    found = _checked(kind, known)
    if kind not in ROBOTS and not _keeps(by, unit):
        raise invalid("kind", text("Mail and SMS are opened by the administrator or a commander."), "channel.not_yours")
    words = " ".join(name.split())
    if not words or len(words) > 60:
        raise invalid("name", text("Give the channel a name of at most 60 signs."), "channel.name")
    made = Channel.objects.create(id=new_id(), unit=unit, kind=kind, name=words, made_at=at)
    current_line().note(made.pk)
    current_line().change("state", None, "open")
    keep([NewParticular(SUBJECT, made.pk, GATEWAY, json.dumps(found), end_of(GATEWAY, at))])
    return made


def _keeps(by: Actor, unit: Unit) -> bool:
    """Whether somebody keeps the mail and the SMS of a unit; its lead keeps only the robot of its group."""
    return by.has(HOUSE) or holds_at(by, KEEPERS, unit.path)


def _checked(kind: str, known: Mapping[str, str]) -> dict[str, Any]:
    check = _CHECKS.get(kind)
    if check is None:
        raise invalid("kind", text("Choose what kind of channel it is."), "channel.kind")
    return check(known)


def _mail(known: Mapping[str, str]) -> dict[str, Any]:
    faults: dict[str, Text] = {}
    if not known.get("host", "").strip():
        faults["host"] = text("Say the name of the mail server.")
    port = known.get("port", "").strip()
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        faults["port"] = text("The port is a number, mostly 465 or 587.")
    if known.get("security") not in SECURITY:
        faults["security"] = text("Choose how the connection is kept safe.")
    if not _is_mail_address(known.get("sender", "").strip()):
        faults["sender"] = text("Say the mail address that sends.")
    if faults:
        raise Refusal("channel.mail", text("The mail server cannot be used like this."), status=422, fields=faults)
    parts = ("host", "port", "security", "user", "password", "sender")
    return {part: known.get(part, "").strip() for part in parts}


def _is_mail_address(words: str) -> bool:
    """Whether mail can go there. A server is told it in plain Latin signs only, so another is found out here."""
    try:
        validate_email(words)
    except ValidationError:
        return False
    return words.isascii()


def _sms(known: Mapping[str, str]) -> dict[str, Any]:
    found = sms.template_of(known.get("template", ""))
    _require_place(found["url"], "template")
    return found


def _robot(known: Mapping[str, str]) -> dict[str, Any]:
    url = known.get("url", "").strip()
    _require_place(url, "url")
    return {"url": url, "secret": known.get("secret", "").strip()}


def _require_place(url: str, field: str) -> None:
    """Refuse an address that is none, is not found, or lies in the house's own network."""
    try:
        place_of(url)
    except OSError as error:
        raise invalid(field, text("The name of this address is not found."), "channel.not_found") from error
    except Refusal as refused:
        refused.fields[field] = refused.message
        raise


_CHECKS: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    Channel.Kind.MAIL: _mail,
    Channel.Kind.SMS: _sms,
    **dict.fromkeys(ROBOTS, _robot),
}


@action("messages.pause_channel", roles=GROUP_KEEPERS, at="channel.unit")
def pause_channel(*, by: Actor, channel: Channel) -> None:
    """Nothing is sent by it until it goes on; what waits goes on waiting."""
    _change(by, channel, "paused", paused_at=locked())


@action("messages.resume_channel", roles=GROUP_KEEPERS, at="channel.unit")
def resume_channel(*, by: Actor, channel: Channel) -> None:
    """It goes on."""
    locked()
    _change(by, channel, "open", paused_at=None)


@action("messages.end_channel", roles=GROUP_KEEPERS, at="channel.unit")
def end_channel(*, by: Actor, channel: Channel) -> None:
    """It is closed for good, and its secret is erased. What waits in it stands on the list of what failed."""
    at = locked()
    _change(by, channel, "ended", ended_at=at)
    waiting = channel.messages.filter(state=Message.State.WAITING)
    waiting.update(state=Message.State.FAILED, ended_at=at, error="channel.ended")
    let_end(SUBJECT, channel.pk, GATEWAY, at)


def _change(by: Actor, channel: Channel, state: str, **to: Any) -> None:
    row = _own(by, channel)
    current_line().note(row.pk)
    current_line().change("state", "paused" if row.paused_at else "open", state)
    Channel.objects.filter(pk=row.pk).update(**to)


def _own(by: Actor, channel: Channel) -> Channel:
    """A channel that somebody keeps, locked and read anew. Raises: Refusal `rights.refused`, `channel.ended`."""
    if channel.kind not in ROBOTS and not _keeps(by, channel.unit):
        raise refused()
    row = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if row.ended_at is not None:
        raise Refusal("channel.ended", text("This channel has ended."), text("Open another one."))
    return row


@action("messages.try_channel", roles=GROUP_KEEPERS, at="channel.unit")
def try_channel(*, by: Actor, channel: Channel, trial: UUID) -> None:
    """Send a trial: to the group of a robot, else to whoever asks. The same trial twice is sent once."""
    # Locked: of two taps at once one finds what the other put; and it does not end between this look and the commit.
    _own(by, channel)
    locked()
    current_line().note(channel.pk)
    group = channel.kind in ROBOTS
    to = channel.unit_id if group else by.person_id
    if to is None:
        raise Refusal("channel.nobody", text("A trial goes to yourself: sign in with an account of your own."))
    told = put([New(to=to, about=channel.pk, step=trial.hex, template=TRIAL, urgent=True, group=group, by=channel)])
    if told.without:
        raise Refusal(
            "channel.nobody", text("A trial goes to yourself: you belong to no unit, so nothing reaches you.")
        )


def says_trial(args: Mapping[str, Any]) -> Told:
    """What a trial says."""
    return Told(text("Trial of a channel"), text("This is a trial. Nothing is to be done."), "/")


@action("messages.set_night", roles=KEEPERS)
def set_night(*, by: Actor, begins: time, ends: time) -> None:
    """State from when to when nobody in the district is woken unless it is urgent."""
    require_district(by, KEEPERS)
    locked()
    current_line().change("night", str(hours()), str(Hours(begins, ends)))
    Night.objects.update_or_create(only=True, defaults={"begins": begins, "ends": ends})


@action("messages.choose_mail", roles=(), self_of="person")
def choose_mail(*, by: Actor, person: Person, address: str, language: str) -> None:
    """Say where one's own mail goes, and in which language one is told; an empty address takes it away."""
    at = locked()
    if language not in dict(settings.LANGUAGES):
        raise invalid("language", text("Choose a language."), "wish.language")
    words = address.strip()
    if words:
        if not _is_mail_address(words):
            raise invalid("address", text("This is no mail address."), "wish.address")
        keep([NewParticular("person", person.pk, MAIL, words, end_of(MAIL, at))])
    else:
        let_end("person", person.pk, MAIL, at)
    Wish.objects.update_or_create(person=person, defaults={"language": language})
    current_line().note(person.pk)
