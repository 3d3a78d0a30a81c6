"""The words of the log's page: channels, and what lines say of a change in codes."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from muster.foundation.errors import Text, text
from muster.foundation.lines import Became, Touched
from muster.organisation.roles import ROLES
from muster.website.templatetags.shown import as_of_full

CHANNELS: dict[str, tuple[Text, Q]] = {
    "web": (text("office page"), Q(channel="web")),
    "phone": (text("phone page"), Q(channel="phone")),
    "token": (text("API token"), Q(token__isnull=False)),
    "api": (text("API, signed in"), Q(channel="api", token__isnull=True)),
    "command": (text("command"), Q(channel="command")),
    "clockwork": (text("clockwork"), Q(channel="clockwork")),
    "drill": (text("drill"), Q(channel="drill")),
}
"""By which way something was done: its words, and which lines those are."""

FIELDS: dict[str, Text] = {
    "absence": text("Absence"),
    "account": text("Account"),
    "days": text("Days kept"),
    "end_asked": text("End asked for"),
    "expires_at": text("Ends"),
    "goes_on_as": text("Goes on as"),
    "incident": text("Incident"),
    "ladder": text("Ladder"),
    "leads": text("Leads the unit"),
    "legal_basis": text("Legal basis"),
    "name": text("Name"),
    "night": text("Night"),
    "needs_signature": text("Needs a second signature"),
    "owner": text("Who answers for it"),
    "password": text("Password"),
    "pattern": text("Pattern of numbers"),
    "people": text("People with their place there"),
    "person": text("Person"),
    "phone": text("Telephone number"),
    "pin": text("PIN"),
    "reasons": text("Reasons"),
    "role": text("Role"),
    "roll": text("Roll"),
    "scopes": text("What it may do"),
    "second_factor": text("Second factor"),
    "state": text("State"),
    "title": text("Position"),
    "unit": text("Unit"),
    "until": text("Until"),
    "watch_items": text("Watch items"),
}
"""What changed, by the code in the line. A test reads the code of every verb and finds each of them here."""

VALUES: dict[str, Text] = {
    "": text("none"),
    "0": text("no"),
    "1": text("yes"),
    "active": text("on duty"),
    "gone": text("has left"),
    "open": text("open"),
    "closed": text("closed"),
    "ended": text("ended"),
    "paused": text("paused"),
    "resting": text("at rest"),
    "superseded": text("superseded"),
    "withdrawn": text("withdrawn"),
    "valid": text("valid"),
    "revoked": text("revoked"),
    "leave": text("on leave"),
    "seconded": text("seconded"),
    "ill": text("ill"),
    "relief": text("relieved"),
}
COUNTS = ("days", "people", "watch_items")
"""Fields whose 0 and 1 are numbers."""


def channel_of(channel: str, token: UUID | None) -> Text:
    """By which way a line was done, in words."""
    return CHANNELS["token" if token else channel][0] if channel in CHANNELS else channel


def changes(change: str, known: dict[UUID, Touched]) -> list[Became]:
    """What a line itself says of its change, in words. known: what the reader may see of the ids in it."""
    found = []
    for field, *values in json.loads(change) if change else ():
        what = str(FIELDS.get(field, field))
        if values:
            before, after = (_value(field, value, known) for value in values)
            found.append(Became(what, before, after))
        else:
            found.append(Became(what, known=False))
    return found


def _value(field: str, value: str, known: dict[UUID, Touched]) -> str:
    if field in COUNTS and value:
        return value
    if field == "role" and value in ROLES:
        return str(ROLES[value].label)
    if value in VALUES:
        return str(VALUES[value])
    try:
        one = known.get(UUID(value))
        return one.name if one else value
    except ValueError:
        pass
    try:
        return as_of_full(datetime.fromisoformat(value))
    except ValueError:
        return value


def ids_in(change: str) -> set[UUID]:
    """The ids that a change names."""
    found = set()
    for _field, *values in json.loads(change) if change else ():
        for value in values:
            try:
                found.add(UUID(value))
            except ValueError:
                continue
    return found
