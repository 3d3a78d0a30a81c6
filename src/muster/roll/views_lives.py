"""The office's pages by which somebody's life, or a unit's, is written down: one page each, a form for each change.

They stand here and not in the room of organisation, since what is open on rolls goes along or stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from muster.foundation import clock
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.rights import Actor, refused
from muster.organisation import actions as organising
from muster.organisation import lives, units
from muster.organisation.asking import moment, nothing_chosen
from muster.organisation.held import KINDS_OF_ABSENCE
from muster.organisation.holding import away
from muster.organisation.models import Appointment, Person, Unit
from muster.organisation.roles import DECIDE
from muster.organisation.scope import may_act
from muster.organisation.tree import unit_named
from muster.roll.actions import hand_over_entries
from muster.roll.following import expect_instead, follow_person, open_by_unit, units_asked
from muster.roll.proofs import outstanding_at
from muster.roll.reasons import reasons_known, require_reason

PEOPLE_MOST = 300
"""So many people of a unit are offered for a new one; more are transferred from a sheet."""


def deciding(*ones: Unit) -> Unit:
    """The lowest unit at or above all of these: it decides. One query."""
    levels = zip(*(one.path.rstrip(".").split(".") for one in ones), strict=False)
    shared = [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]
    if not shared:
        raise refused()
    return Unit.objects.get(path=".".join(shared) + ".")


def _above(unit: Unit) -> Unit:
    """The unit above, which decides about one; for the root itself."""
    return unit.parent or unit


def _unit(actor: Actor, words: str) -> Unit:
    """A unit by its code or name. Raises: Refusal (422) for one that is not there, or not theirs: the same words."""
    return unit_named(words, Unit.objects.visible_to(actor))


# -- people


@require_http_methods(["GET", "POST"])
def change_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What became of somebody: each form does one thing; POST does it and comes back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.visible_to(actor).filter(pk=pk).exclude(status=Person.Status.ERASED).first()
    if person is None:
        raise not_found("person.unknown")
    places = _places(person)
    if not any(may_act(actor, DECIDE, place.unit) for place in places):
        raise refused()
    refusal, do = None, request.POST.get("do", "")
    if request.method == "POST":
        try:
            if do not in _OF_A_PERSON:
                raise nothing_chosen()
            _OF_A_PERSON[do](actor, person, places, request.POST)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(f"{request.path}?{urlencode({'told': do})}")
    return _person_page(request, actor, person, refusal, do)


def _places(person: Person) -> list[Appointment]:
    """The places that somebody has; the last one of somebody who has left."""
    rows = Appointment.objects.filter(person=person).select_related("unit__parent")
    lasting = list(rows.filter(until__isnull=True).order_by("-primary", "since", "pk"))
    return lasting or list(rows.order_by("-until", "-pk")[:1])


def _person_page(request: HttpRequest, actor: Actor, person: Person, refusal: Refusal | None, do: str) -> HttpResponse:
    person.refresh_from_db()
    places = _places(person)
    own = [place for place in places if place.until is None and may_act(actor, DECIDE, place.unit)]
    found = away(actor, person.pk, clock.now())
    home, still_open = next((place for place in own if place.primary), None), open_by_unit(person.pk)
    context = {
        "person": person,
        "places": own,
        "home": home,
        "last": places[0] if places else None,
        "absence": found.absence if found else None,
        "kinds": KINDS_OF_ABSENCE.items(),
        "open": still_open.total(),
        # Of these only what is open at the old unit goes along with a transfer.
        "open_at_home": still_open[home.unit_id] if home else 0,
        "reasons": reasons_known(),
        "refusal": refusal,
        "do": do,
        "sent": request.POST,
        "told": request.GET.get("told", ""),
    }
    return render(request, "roll/change_person.html", context, status=refusal.status if refusal else 200)


def _home(places: Sequence[Appointment]) -> Appointment:
    """Raises: Refusal `appointment.none` for somebody who has left."""
    found = next((place for place in places if place.primary and place.until is None), None)
    if found is None:
        raise invalid("person", text("This person has no place there."), "appointment.none")
    return found


def _place_named(places: Sequence[Appointment], given: QueryDict) -> Appointment:
    found = next((place for place in places if str(place.pk) == given.get("place")), None)
    if found is None:
        raise invalid("place", text("Choose one of the places."), "appointment.none")
    return found


def _transfer(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    home, into = _home(places), _unit(actor, given.get("into", ""))
    parent, along = deciding(home.unit, into), given.get("along") == "1"
    if along:
        require_reason("hand_over", given.get("reason", ""))
    title, leads = given.get("title", ""), given.get("leads") == "1"
    lives.transfer(by=actor, parent=parent, person=person, into=into, title=title, leads=leads)
    if along:
        reason = given.get("reason", "")
        follow_person(by=actor, parent=parent, person=person, unit=home.unit, into=into, reason=reason)


def _end_place(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    lives.end_appointment(by=actor, unit=_place_named(places, given).unit, person=person)


def _second(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    unit, title, leads = _unit(actor, given.get("into", "")), given.get("title", ""), given.get("leads") == "1"
    organising.appoint(by=actor, person=person, unit=unit, title=title[:80], leads=leads, since=clock.now())


def _away(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    since = moment(given.get("since")) or clock.now()
    organising.record_absence(
        by=actor,
        unit=_home(places).unit,
        person=person,
        kind=given.get("kind", ""),
        since=since,
        until=moment(given.get("until")),
    )


def _back(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    lives.come_back(by=actor, unit=_home(places).unit, person=person)


def _leave(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    lives.retire(by=actor, unit=_home(places).unit, person=person)


def _return(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    unit, leads = _unit(actor, given.get("into", "")), given.get("leads") == "1"
    lives.return_to_duty(by=actor, unit=unit, person=person, title=given.get("title", ""), leads=leads)


def _correct(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    name, title = given.get("name", ""), given.get("title", "")
    lives.correct_person(by=actor, unit=_home(places).unit, person=person, name=name, title=title)


def _phone(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    lives.change_phone(by=actor, unit=_home(places).unit, person=person, phone=given.get("phone", ""))


def _merge(actor: Actor, person: Person, places: Sequence[Appointment], given: QueryDict) -> None:
    number = given.get("number", "").strip()
    into = Person.objects.visible_to(actor).filter(number__iexact=number).first()
    if into is None:
        raise invalid("number", text("Nobody of your units has this number."), "person.unknown")
    reason = given.get("reason", "")
    require_reason("correction", reason)
    # Whoever decides is above all that the second verb touches, too: else the first would be done and it refused.
    touched = {place.unit for place in [*places, *_places(into)]} | units_asked(person.pk, into.pk)
    parent = deciding(*touched)
    lives.merge_people(by=actor, parent=parent, person=person, into=into)
    expect_instead(by=actor, parent=parent, person=person, into=into, reason=reason)


_OF_A_PERSON: dict[str, Callable[[Actor, Person, Sequence[Appointment], QueryDict], None]] = {
    "transfer": _transfer,
    "end": _end_place,
    "second": _second,
    "away": _away,
    "back": _back,
    "leave": _leave,
    "return": _return,
    "correct": _correct,
    "phone": _phone,
    "merge": _merge,
}


# -- units


@require_http_methods(["GET", "POST"])
def change_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What becomes of a unit: renamed, moved, merged, split, closed; POST does it and comes back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unit = Unit.objects.visible_to(actor).select_related("parent", "kind", "successor").filter(pk=pk).first()
    if unit is None:
        raise not_found("unit.unknown")
    if not may_act(actor, DECIDE, _above(unit)):
        raise refused()
    refusal, do = None, request.POST.get("do", "")
    if request.method == "POST":
        try:
            if do not in _OF_A_UNIT:
                raise nothing_chosen()
            _OF_A_UNIT[do](actor, unit, request.POST)
        except Refusal as caught:
            refusal = caught
        else:
            return HttpResponseRedirect(f"{request.path}?{urlencode({'told': do})}")
    return _unit_page(request, unit, refusal, do)


def _unit_page(request: HttpRequest, unit: Unit, refusal: Refusal | None, do: str) -> HttpResponse:
    unit = Unit.objects.select_related("parent", "kind", "successor").get(pk=unit.pk)
    places = Appointment.objects.filter(unit=unit, until__isnull=True, primary=True).select_related("person")
    people = list(places.order_by("person__name", "pk")[: PEOPLE_MOST + 1])
    context = {
        "unit": unit,
        "open": outstanding_at(unit.pk),
        "people": people[:PEOPLE_MOST],
        "many": len(people) > PEOPLE_MOST,
        "below": Unit.objects.filter(parent=unit, closed_at__isnull=True).count(),
        "reasons": reasons_known(),
        "refusal": refusal,
        "do": do,
        "sent": request.POST,
        "chosen": request.POST.getlist("person"),
        "told": request.GET.get("told", ""),
    }
    return render(request, "roll/change_unit.html", context, status=refusal.status if refusal else 200)


def _rename(actor: Actor, unit: Unit, given: QueryDict) -> None:
    name, short = given.get("name", ""), given.get("short_name", "")
    units.rename_unit(by=actor, parent=_above(unit), unit=unit, name=name, short_name=short)


def _move(actor: Actor, unit: Unit, given: QueryDict) -> None:
    under = _unit(actor, given.get("under", ""))
    units.move_unit(by=actor, parent=deciding(_above(unit), under), unit=unit, under=under)


def _merge_unit(actor: Actor, unit: Unit, given: QueryDict) -> None:
    """What is open is handed over first: the merger refuses while anything is."""
    into = _unit(actor, given.get("into", ""))
    parent = deciding(_above(unit), _above(into))
    units.require_mergeable(unit, into)
    if outstanding_at(unit.pk):
        hand_over_entries(by=actor, parent=parent, unit=unit, into=into, reason=given.get("reason", ""))
    organising.merge_units(by=actor, parent=parent, unit=unit, into=into)


def _split(actor: Actor, unit: Unit, given: QueryDict) -> None:
    people = _ids(given.getlist("person"))
    along, reason = given.get("along") == "1", given.get("reason", "")
    if along:
        require_reason("hand_over", reason)
    name, short, code = (given.get(key, "").strip() for key in ("name", "short_name", "code"))
    parent = _above(unit)
    made = units.split_unit(
        by=actor, parent=parent, unit=unit, name=name, short_name=short, code=code[:32], people=people
    )
    for person in Person.objects.filter(pk__in=people) if along else ():
        follow_person(by=actor, parent=parent, person=person, unit=unit, into=made, reason=reason)


def _ids(words: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in words]
    except ValueError as error:
        raise invalid("people", text("Choose people whose place is at this unit."), "unit.nobody") from error


def _close(actor: Actor, unit: Unit, given: QueryDict) -> None:
    units.close_unit(by=actor, parent=_above(unit), unit=unit)


_OF_A_UNIT: dict[str, Callable[[Actor, Unit, QueryDict], None]] = {
    "rename": _rename,
    "move": _move,
    "merge": _merge_unit,
    "split": _split,
    "close": _close,
}
