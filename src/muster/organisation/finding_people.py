"""People and units by the one box. What begins with the words is a range of an index; only then names are walked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Concat
from django.urls import reverse

from muster.foundation import clock, sql
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.foundation.sql import begins
from muster.organisation import finding
from muster.organisation.finding import Found, Hits, Searched, Why, Words
from muster.organisation.models import Appointment, Person, Unit, UnitCode
from muster.organisation.phone_ends import find_by_phone_end
from muster.organisation.registers import CALLERS
from muster.organisation.scope import may_see
from muster.organisation.tree import with_codes
from muster.vault.models import Match
from muster.vault.particulars import masked, open_all
from muster.vault.purposes import CONTACT

PEOPLE_KEY, UNITS_KEY = "people", "units"


def people(actor: Actor, words: Words, most: int) -> Hits:
    """People with a place at a unit that the actor sees. Five queries at most, more where telephones are looked at."""
    with sql.planned_anew():
        found = _named(actor, words, most + 1)
    ended, told = _with_phone_end(actor, words)
    found = {**dict.fromkeys(ended, finding.PHONE_END), **found}
    ids = sorted(found, key=lambda pk: found[pk].rank)
    shown = ids[:most]
    places = _places(actor, shown)
    numbers = _masked([pk for pk in shown if found[pk] is finding.PHONE_END])
    rows = [_person(places[pk], found[pk], numbers.get(pk, "")) for pk in shown if pk in places]
    # The list of people knows nothing of telephones.
    address = "" if ended else f"{reverse('organisation:people')}?{urlencode({'q': words.typed})}"
    return Hits(rows, len(ids) > most, address, told)


def _named(actor: Actor, words: Words, most: int) -> dict[UUID, Why]:
    """{person: why}, the best first; it stops looking as soon as there are so many."""
    places = Appointment.objects.visible_to(actor).filter(person=OuterRef("pk"), until__isnull=True)
    seen = Person.objects.filter(Exists(places), status=Person.Status.ACTIVE)
    found: dict[UUID, Why] = {}
    for why, wanted, order in _steps(words):
        rows = seen.filter(wanted).order_by(*order).values_list("pk", "folded")[: most + len(found)]
        for pk, folded in rows:
            found.setdefault(pk, _exactly(why, words, folded))
        # Nobody types a number and means a name that holds it.
        if len(found) >= most or (found and why is finding.NUMBER):
            break
    return dict(list(found.items())[:most])


def _steps(words: Words) -> Iterator[tuple[Why, Q, tuple[Any, ...]]]:
    """(why, what is asked, in which order), the best first: each but the last reads a piece of an index."""
    yield finding.NUMBER, Q(number__in=words.cases), ("number",)
    yield finding.BEGINS, begins("folded", words.plain), ("folded", "number")
    if words.spelled:
        yield finding.INITIALS, begins("initials", words.spelled), ("initials", "number")
        yield finding.PINYIN, begins("pinyin", words.spelled), ("pinyin", "number")
    if not words.short:
        column = "pinyin" if words.spelled else "folded"
        yield finding.HOLDS, finding.named(words), (_walked(column), "number")


def _walked(column: str) -> Any:
    """The order of a column of which every row is looked at.

    SQLite walks its index, and reads no row that is none; PostgreSQL would read each, and is faster without the index.
    """
    return Concat(column, Value("")) if sql.is_postgresql() else F(column)


def _exactly(why: Why, words: Words, folded: str) -> Why:
    if why is finding.BEGINS and folded == words.plain:
        return finding.NAME
    return finding.HOLDS_PINYIN if why is finding.HOLDS and words.plain not in folded else why


def _with_phone_end(actor: Actor, words: Words) -> tuple[Sequence[UUID], Refusal | None]:
    """Whose telephone number ends so; nobody, and why, where the actor has looked too often."""
    if not words.phone_end or not actor.has(*CALLERS):
        return [], None
    try:
        return find_by_phone_end(by=actor, digits=words.phone_end), None
    except Refusal as refusal:
        if refusal.code != "phone_end.often":
            raise
        return [], refusal


def _places(actor: Actor, ids: Collection[UUID]) -> dict[UUID, Appointment]:
    """{person: the place that the actor sees, the primary one first}. One query."""
    found: dict[UUID, Appointment] = {}
    rows = Appointment.objects.visible_to(actor).filter(person__in=ids, until__isnull=True) if ids else ()
    for row in rows and rows.select_related("person", "unit").order_by("-primary", "since", "pk"):
        found.setdefault(row.person_id, row)
    return found


def _masked(ids: Collection[UUID]) -> dict[UUID, str]:
    """{person: their number with its middle hidden}: no reading, as in the list of people."""
    kept = open_all("person", ids, CONTACT, clock.now()) if ids else {}
    return {pk: masked(number) for pk, number in kept.items()}


def _person(place: Appointment, why: Why, number: str) -> Found:
    told = (place.person.number, place.title, number)
    address = reverse("organisation:person", args=[place.person_id])
    return Found(place.person.name, place.unit.name, why, address, " · ".join(part for part in told if part))


def units(actor: Actor, words: Words, most: int) -> Hits:
    """Open units that the actor sees. One query."""
    steps = list(_unit_steps(words))
    rank = Case(*(When(wanted, then=Value(n)) for n, (_why, wanted) in enumerate(steps)), output_field=IntegerField())
    seen: Any = Unit.objects.visible_to(actor).filter(closed_at__isnull=True).select_related("parent")
    rows = with_codes(seen).annotate(step=rank).filter(step__isnull=False).order_by("step", "path")
    found: list[Any] = list(rows[: most + 1])
    hits = [_unit(actor, row, steps[row.step][0], words) for row in found[:most]]
    address = f"{reverse('organisation:units')}?{urlencode({'q': words.typed})}"
    return Hits(hits, len(found) > most, address)


def _unit_steps(words: Words) -> Iterator[tuple[Why, Q | Exists]]:
    """(why, what is asked), the best first. A unit's columns hold several words, with a space between them."""
    codes = UnitCode.objects.filter(unit=OuterRef("pk"), valid_to__isnull=True)
    name, sound = words.plain, words.spelled
    yield finding.CODE, Exists(codes.filter(code__in=words.cases))
    yield finding.NAME, Q(folded=name) | Q(folded__startswith=f"{name} ")
    yield finding.SHORT_NAME, Q(folded__endswith=f" {name}")
    yield finding.BEGINS, Q(folded__startswith=name) | Q(folded__contains=f" {name}")
    yield finding.CODE_BEGINS, Exists(codes.filter(code__istartswith=words.typed))
    if sound:
        yield finding.PINYIN, Q(pinyin__startswith=sound) | Q(pinyin__contains=f" {sound}")
    if not words.short:
        yield finding.HOLDS, Q(folded__contains=name)
        yield finding.HOLDS_PINYIN, finding.named(words)


def _unit(actor: Actor, unit: Any, why: Why, words: Words) -> Found:
    if why is finding.PINYIN and not any(full.startswith(words.spelled) for full in unit.pinyin.split(" ")[::2]):
        why = finding.INITIALS
    above = unit.parent.name if unit.parent and may_see(actor, unit.parent.path) else ""
    code = unit.code_now or ""
    return Found(unit.name, above, why, reverse("organisation:unit", args=[unit.pk]), code)


PEOPLE = Searched(text("People"), (Person, Appointment, Match), people)
UNITS = Searched(text("Units"), (Unit, UnitCode), units)
