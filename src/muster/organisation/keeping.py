"""The verbs about what is kept of people: on what basis, how long, and forgetting somebody (docs/rules/vault.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from muster.foundation import clock, journal, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.registry import HELD, PURPOSES
from muster.foundation.rights import HOUSE, Actor, house
from muster.organisation.asking import require_district
from muster.organisation.cards import forget_ways
from muster.organisation.models import Account, Appointment, Grant, Person, lasting
from muster.organisation.names import person_columns
from muster.organisation.roles import COMMANDER
from muster.sheets import forgetting
from muster.vault.erasing import erase, say
from muster.vault.held import Part
from muster.vault.models import Basis, Erasure, Extension, Particular
from muster.vault.purposes import LAW_AND_ARTICLE, LEGAL_BASIS_MAX, REGISTER, days_of

DAYS_MAX = 3650
SLICE = 200
PERSON = "person"
"""The kind under which the journal of erasures names people of the register."""


@action("organisation.state_purpose", roles=(HOUSE, COMMANDER))
def state_purpose(*, by: Actor, purpose: str, owner: str, legal_basis: str, days: int) -> Basis:
    """State who answers for what is kept for a purpose, on what legal basis, and for how many days from now on.

    More days hold for what is kept from then on: for what is there already two decide (`keep_longer`).
    Raises: Refusal `purpose.unknown`, `purpose.owner`, `purpose.legal_basis`, `purpose.days`.
    """
    require_district(by, (COMMANDER,))
    if purpose not in PURPOSES:
        raise invalid("purpose", text("There is no purpose %(purpose)s."), "purpose.unknown", purpose=purpose[:16])
    if not owner.strip() or len(owner) > 120:
        raise invalid("owner", text("Write who answers for it: an office, in 120 characters at most."), "purpose.owner")
    if not legal_basis.strip() or len(legal_basis) > LEGAL_BASIS_MAX:
        raise invalid("legal_basis", LAW_AND_ARTICLE, "purpose.basis")
    _require_days(days)
    current_line().note(purpose, f"days:{days}")
    stated = {"owner": owner.strip(), "legal_basis": legal_basis.strip(), "days": days}
    _tell_change(Basis.objects.filter(purpose=purpose).first(), stated)
    made, _new = Basis.objects.update_or_create(purpose=purpose, defaults=stated)
    return made


def _tell_change(before: Basis | None, stated: Mapping[str, Any]) -> None:
    """What becomes of a purpose: the days in figures; of words only that they are others."""
    line = current_line()
    line.change("days", before.days if before else None, stated["days"])
    for name in ("owner", "legal_basis"):
        if before is None or getattr(before, name) != stated[name]:
            line.change(name)


def _require_days(days: int) -> None:
    if not 1 <= days <= DAYS_MAX:
        raise invalid("days", text("Write a number of days from 1 to %(most)s."), "purpose.days", most=DAYS_MAX)


@action("organisation.ask_to_keep_longer", roles=(COMMANDER,))
def ask_to_keep_longer(*, by: Actor, purpose: str, days: int) -> Extension:
    """Ask that what is kept for a purpose now be kept so many days longer; it is, once somebody else confirms.

    Raises: Refusal `purpose.unknown`, `purpose.days`, `extension.waiting` while one waits for this purpose.
    """
    require_district(by, (COMMANDER,))
    if purpose not in PURPOSES or not PURPOSES[purpose].cipher:
        raise invalid("purpose", text("There is no purpose %(purpose)s."), "purpose.unknown", purpose=purpose[:16])
    _require_days(days)
    at = locked()
    if Extension.objects.filter(purpose=purpose, confirmed_at__isnull=True).exists():
        raise Refusal(
            "extension.waiting",
            text("Somebody asked for this already: it waits to be confirmed."),
            text("Confirm that one, or take it back first."),
        )
    current_line().note(purpose, f"days:{days}")
    assert by.account_id is not None  # a commander is somebody; the house holds no such role
    return Extension.objects.create(purpose=purpose, days=days, asked_by=by.account_id, asked_at=at)


@action("organisation.keep_longer", roles=(COMMANDER,))
def keep_longer(*, by: Actor, extension: Extension) -> int:
    """Confirm, as the second one, that what is kept for a purpose be kept longer; returns how many ends were moved.

    Raises: Refusal `extension.same` for whoever asked, `extension.done`.
    """
    require_district(by, (COMMANDER,))
    row = Extension.objects.select_for_update().get(pk=extension.pk)
    if row.confirmed_at is not None:
        raise Refusal("extension.done", text("This was confirmed already."))
    if row.asked_by == by.account_id:
        raise Refusal(
            "extension.same",
            text("Two decide: whoever asked does not confirm."),
            text("Let another commander confirm it."),
        )
    at = locked()
    row.confirmed_by, row.confirmed_at = by.account_id, at
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    kept = Particular.objects.filter(purpose=row.purpose, body__isnull=False, expires_at__gt=at)
    moved = kept.update(expires_at=F("expires_at") + timedelta(days=row.days))
    current_line().note(row.pk, f"count:{moved}")
    return moved


@action("organisation.take_back_extension", roles=(COMMANDER,))
def take_back_extension(*, by: Actor, extension: Extension) -> None:
    """Drop what was asked for and not confirmed.

    Raises: Refusal `extension.done`.
    """
    require_district(by, (COMMANDER,))
    row = Extension.objects.select_for_update().get(pk=extension.pk)
    if row.confirmed_at is not None:
        raise Refusal("extension.done", text("This was confirmed already."))
    current_line().note(row.pk)
    row.delete()


@action("organisation.read_what_is_held", roles=(), self_of="person")
def read_what_is_held(*, by: Actor, person: Person) -> list[Part]:
    """All that the rooms keep about somebody, for themselves; a line in the log, no reading by others."""
    at = locked()
    current_line().note(person.pk)
    # The rooms register from the top down; the reader begins with what is kept of themselves, down in the vault.
    return [part for parts in reversed(HELD.values()) for part in parts(person.pk, at)]


def erase_person(*, by: Actor, person: Person) -> None:
    """Forget somebody on their request: the journal first, then the verb, so that no backup brings them back."""
    require_district(by, (COMMANDER,))
    _forget(by, [person.pk], Erasure.Cause.ASKED)


def _forget(by: Actor, people: Sequence[UUID], cause: Erasure.Cause) -> int:
    """Name them in the journal and forget them; what the verb refuses is taken back there, or a restore would do it."""
    journal.write(PERSON, people, clock.now())
    try:
        return forget_people(by=by, people=people, cause=cause)
    except Refusal:
        journal.take_back(PERSON, people, clock.now())
        raise


@action("organisation.forget_people", roles=(HOUSE, COMMANDER))
def forget_people(*, by: Actor, people: Collection[UUID], cause: Erasure.Cause) -> int:
    """Blank the names of people who are not on duty any more, and erase all that is kept of them; returns how many.

    Ids stay, and so does every count. Raises: Refusal `person.on_duty` for somebody who has a place at a unit.
    """
    require_district(by, (COMMANDER,))
    at = locked()
    rows = list(Person.objects.select_for_update().filter(pk__in=people).exclude(status=Person.Status.ERASED))
    ids = [row.pk for row in rows]
    if Appointment.objects.filter(person__in=ids, until__isnull=True).exists():
        raise Refusal(
            "person.on_duty",
            text("This person still has a place at a unit."),
            text("End the appointment first, then erase."),
            status=409,
        )
    Person.objects.filter(pk__in=ids).update(name="", **person_columns(""), status=Person.Status.ERASED)
    accounts = Account.objects.filter(person__in=ids)
    Grant.objects.filter(lasting(at), account__in=accounts).update(until=at)
    account_ids = list(accounts.values_list("pk", flat=True))
    accounts.update(disabled_at=at, password="!", factor_since=None)
    forget_ways(ids)
    kept = Particular.objects.select_for_update().filter(subject_id__in=[*ids, *account_ids], body__isnull=False)
    erase(list(kept.defer("body")), cause)
    forgetting.forget(ids, cause)
    say([(PERSON, one, REGISTER) for one in ids], cause)
    current_line().note(f"count:{len(ids)}", *ids)
    return len(ids)


def long_gone(at: datetime) -> list[UUID]:
    """Who has had no place at any unit for as long as the register's days say; some hundreds at most."""
    limit = at - timedelta(days=days_of(REGISTER))
    later = Appointment.objects.filter(person=OuterRef("person")).filter(lasting(limit))
    ended = Appointment.objects.filter(until__lte=limit).exclude(person__status=Person.Status.ERASED)
    people = ended.exclude(Exists(later)).order_by("person").values_list("person", flat=True)
    return list(people.distinct()[:SLICE])


def chore() -> int:
    """Forget everybody who has long gone; returns how many."""
    forgotten = 0
    while people := long_gone(clock.now()):
        forgotten += _forget(house("retention", "clockwork"), people, Erasure.Cause.ENDED)
    return forgotten


def forget_again(erased: Mapping[UUID, datetime]) -> int:
    """After a restore: forget whom the journal names; returns how many. What the backup still had of them ends."""
    forgotten = 0
    for part in sql.slices(list(erased), SLICE):
        known = _known(part)
        end_places(by=house("restore"), people=known)
        forgotten += forget_people(by=house("restore"), people=known, cause=Erasure.Cause.RESTORED)
    return forgotten


def _known(ids: Sequence[UUID]) -> list[UUID]:
    rows = Person.objects.filter(pk__in=ids).exclude(status=Person.Status.ERASED)
    return list(rows.values_list("pk", flat=True))


@action("organisation.end_places", roles=(HOUSE,))
def end_places(*, by: Actor, people: Collection[UUID]) -> None:
    """End every appointment of people who were erased after the backup that still knows them was made."""
    Appointment.objects.filter(person__in=people, until__isnull=True).update(until=locked())
