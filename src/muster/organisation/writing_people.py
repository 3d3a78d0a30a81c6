"""People from a sheet, written: those who are new with account and grants, what changed of the others; and taken back.

Functions inside the verbs of sheets. What stood before is given back with what was written, so that it can return.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from muster.foundation import clock, sql
from muster.foundation.action import TRANSACTION_SECONDS_MAX
from muster.foundation.errors import Text, text
from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.foundation.registry import BUILT_ON
from muster.foundation.rights import Actor
from muster.organisation.importing_people import MADE_NUMBER, Plan, since_of
from muster.organisation.incoming import id_of, short_of
from muster.organisation.models import Absence, Account, Appointment, Grant, Person, lasting
from muster.organisation.names import person_columns
from muster.organisation.places import ending_with
from muster.organisation.roles import LEAD, MEMBER
from muster.organisation.saying import ID_NUMBER, LEADS, NAME, NUMBER, PHONE, TITLE, UNIT, Said
from muster.sheets.importer import NEW, Row, Verdict, Written
from muster.vault import particulars, purposes, undoing
from muster.vault.models import Particular
from muster.vault.particulars import NewParticular
from muster.vault.purposes import CONTACT, IDENTITY

OWN = (Appointment, Account, Grant)
"""What an import itself writes about a person; anything else that points to one was built on it."""


@dataclass
class Batch:
    """What a slice gathers to be written in one go."""

    people: list[Person] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    places: list[Appointment] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    kept: list[NewParticular] = field(default_factory=list)
    first_kept: list[NewParticular] = field(default_factory=list)
    account_of: dict[UUID, UUID] = field(default_factory=dict)
    """{person: account} of whom it makes."""


def write(by: Actor, rows: Sequence[tuple[Row, Verdict]], imported: UUID, at: datetime) -> Written:
    """Write good rows; inside an action."""
    batch, before, ids = Batch(), {}, []
    ends = {purpose: purposes.end_of(purpose, at) for purpose in (CONTACT, IDENTITY)}
    opened = _contents([v.plan for _row, v in rows if v.what != NEW])
    for row, verdict in rows:
        plan: Plan = verdict.plan
        if verdict.what == NEW:
            pk = id_of(imported, row.position)
            _make(batch, by, plan.said, pk, f"{MADE_NUMBER}{short_of(imported)}-{row.position + 1:04d}", at)
            before[row.position] = {"made": str(pk)}
        elif plan.second_of is not None:
            pk = plan.second_of
            before[row.position] = _give_second(batch, by, plan, at) | {"at": at.isoformat()}
        else:
            assert plan.known is not None
            pk = plan.known.pk
            before[row.position] = _change(batch, by, plan, at) | {"was": opened.get(pk, {}), "at": at.isoformat()}
        ids.append(pk)
        _keep(batch, plan, pk, ends, all_of=verdict.what == NEW)
    for part in (batch.people, batch.accounts, batch.places, batch.grants):
        sql.insert(part)
    particulars.keep_first(batch.first_kept)
    particulars.keep(batch.kept)
    return Written(ids, before)


def _make(batch: Batch, by: Actor, said: Said, pk: UUID, number: str, at: datetime) -> None:
    """Somebody new: the person, their account, their place and the grants that come with both."""
    number, account, since = said.number or number, new_id(), since_of(said, at)
    batch.people.append(sql.fresh(Person, id=pk, number=number, name=said.name, **person_columns(said.name)))
    batch.account_of[pk] = account
    batch.accounts.append(sql.fresh(Account, id=account, name=number, person_id=pk, password="!"))
    _place(batch, by, said, pk, account, title=said.title or "", leads=bool(said.leads), since=since)


def _place(
    batch: Batch,
    by: Actor,
    said: Said,
    pk: UUID,
    account: UUID,
    *,
    title: str,
    leads: bool,
    since: datetime,
    primary: bool = True,
) -> None:
    place = {"person_id": pk, "unit_id": said.unit.pk, "title": title, "leads": leads}
    batch.places.append(sql.fresh(Appointment, **place, primary=primary, since=since))
    for role in (MEMBER, LEAD) if leads else (MEMBER,):
        batch.grants.append(_grant(by, account, role, said.unit.pk, since))


def _grant(by: Actor, account: UUID, role: str, unit: UUID, since: datetime) -> Grant:
    return sql.fresh(Grant, account_id=account, role=role, unit_id=unit, since=since, granted_by_id=by.account_id)


def _keep(batch: Batch, plan: Plan, pk: UUID, ends: Mapping[str, datetime], all_of: bool) -> None:
    """What is personal of a row goes into the vault."""
    for column, purpose, content in ((PHONE, CONTACT, plan.said.phone), (ID_NUMBER, IDENTITY, plan.said.id_number)):
        if content and (all_of or column in plan.parts):
            (batch.first_kept if all_of else batch.kept).append(
                NewParticular("person", pk, purpose, content, ends[purpose])
            )


def _contents(plans: Sequence[Plan]) -> dict[UUID, dict[str, str]]:
    """{person: {purpose: what is kept of them now}} of what rows replace. It goes from the vault into the vault."""
    found: dict[UUID, dict[str, str]] = {}
    for column, purpose in ((PHONE, CONTACT), (ID_NUMBER, IDENTITY)):
        changed = [plan.known.pk for plan in plans if plan.known is not None and column in plan.parts]
        for pk, content in (particulars.open_all("person", changed, purpose, clock.now()) if changed else {}).items():
            found.setdefault(pk, {})[purpose] = content
    return found


def _change(batch: Batch, by: Actor, plan: Plan, at: datetime) -> dict[str, Any]:
    """What changed of somebody; returns how it stood and how it stands, for taking it back."""
    said, known = plan.said, plan.known
    assert known is not None
    found: dict[str, Any] = {"person": str(known.pk), "kept": sorted(plan.parts & {PHONE, ID_NUMBER})}
    person = Person.objects.select_for_update(no_key=True).get(pk=known.pk)
    changed: dict[str, tuple[Any, Any]] = {}
    if NAME in plan.parts:
        changed["name"] = (person.name, said.name)
    if NUMBER in plan.parts:
        changed["number"] = (person.number, said.number)
    if person.status != Person.Status.ACTIVE:
        changed["status"] = (person.status, Person.Status.ACTIVE.value)
        found["way_in"] = _open_way_in(person)
    if changed:
        Person.objects.filter(pk=person.pk).update(**_columns(changed, 1))
        found["names"] = changed
    if "number" in changed:
        Account.objects.filter(person=person, name=changed["number"][0]).update(name=changed["number"][1])
    if UNIT in plan.parts:
        found["moved"] = _move(batch, by, plan, at)
    elif plan.parts & {TITLE, LEADS} and plan.place is not None:
        found["place"] = _edit(by, plan.place, said, at)
    return found


def _give_second(batch: Batch, by: Actor, plan: Plan, at: datetime) -> dict[str, Any]:
    """A second place with its grants, of somebody who is there or whom an earlier row of this slice makes."""
    said, pk = plan.said, plan.second_of
    assert pk is not None
    account = batch.account_of.get(pk) or Account.objects.get(person_id=pk).pk
    place: dict[str, Any] = {"title": said.title or "", "leads": bool(said.leads)}
    _place(batch, by, said, pk, account, **place, since=since_of(said, at), primary=False)
    return {"person": str(pk), "kept": [], "second": {"unit": str(said.unit.pk), **place}}


def _columns(changed: Mapping[str, Any], side: int) -> dict[str, Any]:
    """What is written of {column: (before, after)}, with what a name is found by. side: 0 before, 1 after."""
    # An import of before kept the pinyin too: it is made anew from the name.
    found = {key: pair[side] for key, pair in changed.items() if key != "pinyin"}
    return found | (person_columns(found["name"]) if "name" in found else {})


def _open_way_in(person: Person) -> str:
    """Who comes back comes in again; returns when the way in was closed, to be closed again by taking it back."""
    closed = Account.objects.filter(person=person).values_list("disabled_at", flat=True).first()
    Account.objects.filter(person=person).update(disabled_at=None)
    return closed.isoformat() if closed else ""


def _move(batch: Batch, by: Actor, plan: Plan, at: datetime) -> dict[str, Any]:
    """To another unit: the primary place ends with its grants, one at the new unit begins."""
    said, known = plan.said, plan.known
    assert known is not None
    account = Account.objects.get(person_id=known.pk)
    old = next((one for one in known.places if one.primary), None)
    ended: list[int] = []
    ends: dict[str, str] = {}
    if old is not None:
        ended, ends = _end(ending_with(old, at), at)
        Appointment.objects.filter(pk=old.pk).update(until=at)
    title = said.title if said.title is not None else (old.title if old else "")
    _place(batch, by, said, known.pk, account.pk, title=title, leads=bool(said.leads), since=since_of(said, at))
    return {
        "unit": str(said.unit.pk),
        "title": title,
        "leads": bool(said.leads),
        "old": old.pk if old else None,
        "grants": ended,
        "ends": ends,
    }


def _end(grants: QuerySet[Grant], at: datetime) -> tuple[list[int], dict[str, str]]:
    """End grants now; returns which, and of those that had an end {grant: it}: they get it again if this is undone."""
    rows = list(grants.values_list("pk", "until"))
    grants.update(until=at)
    return [pk for pk, _until in rows], {str(pk): until.isoformat() for pk, until in rows if until}


def _edit(by: Actor, place: Appointment, said: Said, at: datetime) -> dict[str, Any]:
    """Another title, another answer to who leads, at the same place."""
    title = said.title if said.title is not None else place.title
    leads = said.leads if said.leads is not None else place.leads
    Appointment.objects.filter(pk=place.pk).update(title=title, leads=leads)
    found: dict[str, Any] = {"pk": place.pk, "was": [place.title, place.leads], "became": [title, leads]}
    account = Account.objects.get(person_id=place.person_id)
    if leads and not place.leads:
        found["given"] = Grant.objects.create(
            account=account, role=LEAD, unit_id=place.unit_id, since=at, granted_by_id=by.account_id
        ).pk
    elif place.leads and not leads:
        found["ended"], found["ends"] = _end(ending_with(place, at).filter(role=LEAD), at)
    return found


# Taking back ----------------------------------------------------------------------------------------------------------

USED: Text = text("the person has been used since")
CHANGED_SINCE: Text = text("it was changed again since")


def built_on(before: Mapping[int, Any]) -> dict[int, Text]:
    """{position: what was built on what that row wrote}; rows on which nothing was are left out."""
    made = {UUID(one["made"]): position for position, one in before.items() if "made" in one}
    seconds = Counter(UUID(one["person"]) for one in before.values() if "second" in one)
    found: dict[int, Text] = {}
    for part in sql.slices(list(made)):
        for pk, what in _used(part, seconds).items():
            found[made[pk]] = what
    changed = {position: one for position, one in before.items() if "made" not in one}
    for part in sql.slices(list(changed.items())):
        now = _now_of([one for _position, one in part])
        found |= {position: CHANGED_SINCE for position, one in part if not _stands(one, now)}
    # Whose second place stays stays too.
    kept = {UUID(before[position]["person"]) for position in found if "second" in before[position]}
    return found | {made[pk]: USED for pk in kept if pk in made and made[pk] not in found}


def _used(people: Sequence[UUID], seconds: Mapping[UUID, int]) -> dict[UUID, Text]:
    """{person: what was built on them}: another place or role, an answer, anything that points to them.

    seconds: {person: how many second places the same rows gave them}.
    """
    found: dict[UUID, Text] = {}
    accounts = dict(Account.objects.filter(person_id__in=people).values_list("pk", "person_id"))
    places = Appointment.objects.filter(person_id__in=people).values("person_id").annotate(n=models.Count("pk"))
    found.update({row["person_id"]: USED for row in places if row["n"] != 1 + seconds.get(row["person_id"], 0)})
    ended = Appointment.objects.filter(person_id__in=people, until__isnull=False)
    found.update(dict.fromkeys(ended.values_list("person_id", flat=True), USED))
    _count_grants(accounts, found)
    for pk in AuditLine.objects.filter(actor_account__in=list(accounts)).values_list("actor_account", flat=True):
        if pk is not None:
            found[accounts[pk]] = USED
    for model, field_name, ids in _pointing(list(people), list(accounts)):
        rows = model._default_manager.filter(**{f"{field_name}__in": ids})
        for pk in rows.values_list(field_name, flat=True).distinct():
            found[accounts.get(pk, pk)] = USED
    for ask in BUILT_ON.values():
        found.update(ask("person", people))
    return found


def _count_grants(accounts: Mapping[UUID, UUID], found: dict[UUID, Text]) -> None:
    """Grants that came later, or were ended: of those made with a place there is one of each role at most."""
    for row in (
        Grant.objects.filter(account_id__in=list(accounts))
        .values("account_id", "unit_id")
        .annotate(n=models.Count("pk"), roles=models.Count("role", distinct=True), ends=models.Count("until"))
    ):
        if row["n"] > row["roles"] or row["ends"] or row["n"] > len((MEMBER, LEAD)):
            found[accounts[row["account_id"]]] = USED
    own = Appointment.objects.filter(person=OuterRef("account__person"), unit=OuterRef("unit"))
    made = Q(Exists(own), role__in=(MEMBER, LEAD))
    other = Grant.objects.filter(~made, account_id__in=list(accounts))
    found.update({accounts[pk]: USED for pk in other.values_list("account_id", flat=True)})


def _pointing(people: list[UUID], accounts: list[UUID]) -> list[tuple[type[models.Model], str, list[UUID]]]:
    """(model, column, ids) of every foreign key to a person or an account that an import itself does not write."""
    found: list[tuple[type[models.Model], str, list[UUID]]] = []
    for model in apps.get_models():
        for one in model._meta.concrete_fields:
            if not isinstance(one, models.ForeignKey):
                continue
            if one.related_model is Person and not (model in OWN and one.name in ("person", "account")):
                found.append((model, one.attname, people))
            elif one.related_model is Account and not (model is Grant and one.name == "account"):
                found.append((model, one.attname, accounts))
    return found


@dataclass(frozen=True)
class Now:
    """How people of whom rows changed something stand: themselves, their places of now, when what is kept was kept."""

    people: Mapping[UUID, Person]
    places: Mapping[int, Appointment]
    primary: Mapping[UUID, Appointment]
    second: Mapping[tuple[UUID, str], Appointment]
    kept_at: Mapping[tuple[UUID, str], datetime | None]


def _now_of(rows: Sequence[Mapping[str, Any]]) -> Now:
    """Of at most 500 rows. Three queries."""
    ids = [UUID(one["person"]) for one in rows]
    people = Person.objects.filter(pk__in=ids).exclude(status=Person.Status.ERASED)
    places = list(Appointment.objects.filter(person_id__in=ids, until__isnull=True))
    kept = Particular.objects.filter(subject_kind="person", subject_id__in=ids, body__isnull=False)
    told = kept.filter(purpose__in=(CONTACT, IDENTITY)).values_list("subject_id", "purpose", "kept_at")
    return Now(
        people={one.pk: one for one in people},
        places={one.pk: one for one in places},
        primary={one.person_id: one for one in places if one.primary},
        second={(one.person_id, str(one.unit_id)): one for one in places if not one.primary},
        kept_at={(subject, purpose): at for subject, purpose, at in told},
    )


def _stands(one: Mapping[str, Any], now: Now) -> bool:
    """Whether what a row changed still stands as it left it."""
    person = now.people.get(UUID(one["person"]))
    if (
        person is None
        or not _kept_as_it_left_it(one, now)
        or any(getattr(person, key) != value for key, value in _columns(one.get("names", {}), 1).items())
    ):
        return False
    place = one.get("place")
    if place is not None:
        here = now.places.get(place["pk"])
        if here is None or [here.title, here.leads] != place["became"]:
            return False
    second = one.get("second")
    if second is not None:
        return _is_so(now.second.get((person.pk, second["unit"])), second)
    return "moved" not in one or _is_so(now.primary.get(person.pk), one["moved"])


def _is_so(there: Appointment | None, left: Mapping[str, Any]) -> bool:
    """Whether a place is as a row left it."""
    if there is None:
        return False
    return (str(there.unit_id), there.title, there.leads) == (left["unit"], left["title"], left["leads"])


def _kept_as_it_left_it(one: Mapping[str, Any], now: Now) -> bool:
    """Whether the numbers that a row brought are still those: not erased, not taken away, not replaced since."""
    if "at" not in one:
        return True
    written_by = datetime.fromisoformat(one["at"]) + timedelta(seconds=TRANSACTION_SECONDS_MAX)
    purposes_kept = [purpose for column, purpose in ((PHONE, CONTACT), (ID_NUMBER, IDENTITY)) if column in one["kept"]]
    kept = [now.kept_at.get((UUID(one["person"]), purpose)) for purpose in purposes_kept]
    return all(at is not None and at <= written_by for at in kept)


def _moved(person: UUID, moved: Mapping[str, Any]) -> Appointment | None:
    found = Appointment.objects.filter(person=person, unit=moved["unit"], until__isnull=True, primary=True)
    return found.filter(title=moved["title"], leads=moved["leads"]).first()


def undo(before: Mapping[int, Any], kept: Collection[int], at: datetime) -> None:
    """Take rows back, all but those on which something was built; inside an action."""
    rows = {position: one for position, one in before.items() if position not in kept}
    made = [UUID(one["made"]) for one in rows.values() if "made" in one]
    for part in sql.slices(made):
        Grant.objects.filter(account__person_id__in=part).delete()
        Account.objects.filter(person_id__in=part).delete()
        Appointment.objects.filter(person_id__in=part).delete()
        undoing.remove("person", part)
        Person.objects.filter(pk__in=part).delete()
    for _position, one in sorted(rows.items(), reverse=True):
        if "made" not in one:
            _put_back(one, at)


def _put_back(one: Mapping[str, Any], at: datetime) -> None:
    person = UUID(one["person"])
    changed = one.get("names", {})
    if changed:
        Person.objects.filter(pk=person).update(**_columns(changed, 0))
    if "number" in changed:
        Account.objects.filter(person=person, name=changed["number"][1]).update(name=changed["number"][0])
    if one.get("way_in"):
        Account.objects.filter(person=person).update(disabled_at=datetime.fromisoformat(one["way_in"]))
    if "place" in one:
        _put_place_back(one["place"], at)
    if "second" in one:
        _end_second(person, one["second"])
    if "moved" in one:
        _move_back(person, one["moved"], at)
    for column, purpose in ((PHONE, CONTACT), (ID_NUMBER, IDENTITY)):
        if column in one["kept"]:
            _put_particular_back(person, purpose, one["was"].get(purpose), at)


def _put_place_back(place: Mapping[str, Any], at: datetime) -> None:
    Appointment.objects.filter(pk=place["pk"]).update(title=place["was"][0], leads=place["was"][1])
    if "given" in place:
        Grant.objects.filter(pk=place["given"]).delete()
    _resume(place.get("ended", ()), place.get("ends", {}), at)


def _resume(grants: Collection[int], ends: Mapping[str, str], at: datetime) -> None:
    """Grants that were ended hold again until when they did; a standing in only where the absent are not back since."""
    Grant.objects.filter(pk__in=[pk for pk in grants if str(pk) not in ends]).update(until=None)
    still_away = Exists(Absence.objects.filter(lasting(at), person=OuterRef("stands_in_for")))
    for pk, until in ends.items():
        own_or_needed = Grant.objects.filter(Q(stands_in_for__isnull=True) | still_away, pk=pk)
        own_or_needed.update(until=datetime.fromisoformat(until))


def _end_second(person: UUID, second: Mapping[str, Any]) -> None:
    """The second place goes with what came with it. Of whom the same rows made it went with them."""
    now = Appointment.objects.filter(person=person, unit=second["unit"], until__isnull=True, primary=False).first()
    if now is not None:
        _ungive(now)


def _ungive(place: Appointment) -> None:
    given = Grant.objects.filter(account__person=place.person_id, unit=place.unit_id, since=place.since)
    given.filter(until__isnull=True).delete()
    place.delete()


def _move_back(person: UUID, moved: Mapping[str, Any], at: datetime) -> None:
    now = _moved(person, moved)
    assert now is not None
    _ungive(now)
    if moved["old"] is not None:
        Appointment.objects.filter(pk=moved["old"]).update(until=None)
        _resume(moved["grants"], moved.get("ends", {}), at)


def _put_particular_back(person: UUID, purpose: str, was: str | None, at: datetime) -> None:
    if was is None:
        undoing.remove("person", [person], purpose)
    else:
        particulars.keep([NewParticular("person", person, purpose, was, purposes.end_of(purpose, at))])
