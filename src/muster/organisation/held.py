"""What the register tells on the page *what is held about me*: who I am here, places, absences, roles, who looked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from muster.foundation.errors import Text, text
from muster.organisation.models import (
    Absence,
    Account,
    ApiToken,
    Appointment,
    Code,
    Device,
    Grant,
    Passkey,
    Person,
    SignIn,
)
from muster.organisation.roles import ROLES
from muster.vault.held import SHOWN_MOST, WAYS, Part, readings_of
from muster.vault.purposes import label_of

KINDS_OF_ABSENCE: dict[str, Text] = {
    "leave": text("on leave"),
    "seconded": text("seconded"),
    "ill": text("ill"),
    "relief": text("relieved"),
}
"""Why somebody is away, in words."""
NO_END: Text = text("no end")


def parts(person: UUID, at: datetime) -> list[Part]:
    """Twelve queries."""
    register = [_register(person), _places(person), _absences(person), _roles(person)]
    return [*register, *_ways_in(person), _readers(person)]


def _register(person: UUID) -> Part:
    row = Person.objects.get(pk=person)
    account = Account.objects.filter(person=person).first()
    rows: list[tuple[object, ...]] = [(text("Full name"), row.shown_name), (text("Number"), row.number)]
    rows.append((text("For searching"), row.pinyin))
    if account is not None:
        rows.append((text("Account"), account.name))
    return Part(text("In the register"), (text("Item"), text("Content")), rows, text("Nothing."))


def _places(person: UUID) -> Part:
    rows = Appointment.objects.filter(person=person).select_related("unit").order_by("since", "pk")
    found = [(r.unit.name, r.title or (text("lead") if r.leads else ""), r.since, r.until or NO_END) for r in rows]
    return Part(
        text("Places at units"),
        (text("Unit"), text("Position"), text("Since"), text("Until")),
        found,
        text("No place."),
    )


def _absences(person: UUID) -> Part:
    rows = Absence.objects.filter(person=person).order_by("since", "pk")
    found = [(KINDS_OF_ABSENCE[row.kind], row.since, row.until or NO_END) for row in rows]
    return Part(text("Absences"), (text("What"), text("Since"), text("Until")), found, text("No absence is on record."))


def _roles(person: UUID) -> Part:
    mine = Grant.objects.filter(Q(account__person=person) | Q(stands_in_for=person))
    rows = mine.select_related("unit", "granted_by__person", "account__person").order_by("since", "pk")
    found = []
    for row in rows:
        holder = row.account.person.shown_name if row.stands_in_for_id == person else ""
        giver = row.granted_by.person.shown_name if row.granted_by else text("set up")
        found.append((ROLES[row.role].label, row.unit.name, row.since, row.until or NO_END, giver, holder))
    heads = (text("Role"), text("Unit"), text("Since"), text("Until"), text("Given by"), text("Stands in for me"))
    return Part(text("Roles"), heads, found, text("No role."))


WAYS_IN: dict[str, Text] = {
    SignIn.Way.PASSWORD.value: text("with password"),
    SignIn.Way.PASSKEY.value: text("with passkey"),
    SignIn.Way.CODE.value: text("with card"),
    SignIn.Way.PIN.value: text("with PIN"),
    SignIn.Way.DRILL.value: text("in a drill"),
}


def _ways_in(person: UUID) -> list[Part]:
    """Cards, phones and passkeys; who signed in when. Of secrets only that there are some. Five queries."""
    codes = Code.objects.filter(person=person).order_by("-made_at")[:SHOWN_MOST]
    devices = Device.objects.filter(person=person).order_by("-made_at")[:SHOWN_MOST]
    keys = Passkey.objects.filter(account__person=person).order_by("-made_at")[:SHOWN_MOST]
    ways: list[tuple[object, ...]] = [
        (text("Card or link"), "", row.made_at, row.used_at or row.revoked_at or row.expires_at) for row in codes
    ]
    ways += [(text("Phone"), row.name, row.made_at, row.revoked_at or row.remembered_until) for row in devices]
    ways += [(text("Passkey"), row.name, row.made_at, row.last_used_at or "") for row in keys]
    ways += [
        (text("API token"), row.name, row.made_at, row.ended_at or row.expires_at)
        for row in ApiToken.objects.filter(account__person=person).order_by("-made_at")[:SHOWN_MOST]
    ]
    rows = SignIn.objects.filter(account__person=person).order_by("-made_at")[:SHOWN_MOST]
    signed = [(WAYS_IN[row.way], row.agent, row.made_at, row.last_seen_at, row.ended_at or "") for row in rows]
    heads = (text("Way"), text("Browser"), text("Since"), text("Last seen"), text("Ended"))
    return [
        Part(text("Ways in"), (text("Item"), text("Name"), text("Since"), text("Used or until")), ways, text("None.")),
        Part(text("Sign-ins"), heads, signed, text("Nobody has signed in as you.")),
    ]


def _readers(person: UUID) -> Part:
    """Who looked, by name: the one who is looked at may know it."""
    rows = readings_of(person)
    names = {p.pk: p.shown_name for p in Person.objects.filter(pk__in={row.by_person for row in rows if row.by_person})}
    found = [
        (
            row.at,
            (names.get(row.by_person) if row.by_person else "") or text("the server itself"),
            label_of(row.purpose),
            WAYS[row.way],
        )
        for row in rows
    ]
    heads = (text("When"), text("Who"), text("What"), text("How"))
    return Part(text("Who looked"), heads, found, text("Nobody has opened anything of you."))
