"""The pages of the ways out of the house: which there are, a new one, one of them; and the night."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.ids import new_id
from muster.foundation.rights import Actor, refused
from muster.messages import channels, night, reading
from muster.messages.models import ROBOTS, Channel
from muster.messages.words import KINDS, STATES, error_words
from muster.organisation.asking import nothing_chosen, time_of_day
from muster.organisation.models import Unit, codes_of
from muster.organisation.scope import outermost
from muster.organisation.tree import unit_named

FIELDS = ("host", "port", "security", "user", "password", "sender", "url", "secret", "template")
EXAMPLE = """{"url": "https://sms.example/send", "method": "POST",
 "headers": {"X-Key": "key"},
 "json": {"mobile": "{phone}", "content": "{text}", "serial": "{id}"},
 "sent_if": {"code": "0"}}"""


def _keeper(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(*channels.GROUP_KEEPERS):
        raise refused()
    return actor


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The channels that I keep, and the night."""
    actor = _keeper(request)
    kept = list(reading.kept(actor))
    called = reading.names_of(actor, [row.unit for row in kept])
    rows = [{"row": row, "kind": KINDS[row.kind], "unit": called[row.unit_id]} for row in kept]
    context = {"rows": rows, "night": night.hours(), "may_all": actor.has(*channels.KEEPERS), "told": _told(request)}
    return render(request, "messages/channels.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open a channel: first of which kind, then its fields."""
    actor, refusal = _keeper(request), None
    kinds = {key: words for key, words in KINDS.items() if key in ROBOTS or actor.has(*channels.KEEPERS)}
    given = request.POST if request.method == "POST" else request.GET
    kind = given.get("kind", "")
    kind = kind if kind in kinds else ""
    if request.method == "POST":
        try:
            known = {field: given.get(field, "")[:4000] for field in FIELDS}
            unit = _unit(actor, given.get("unit", ""))
            made = channels.open_channel(by=actor, unit=unit, kind=kind, name=given.get("name", ""), known=known)
            return HttpResponseRedirect(f"{reverse('messages:channel', args=[made.pk])}?told=opened")
        except Refusal as caught:
            refusal = caught
    context = {
        "kinds": list(kinds.items()),
        "kind": kind,
        "kind_words": kinds.get(kind, ""),
        "robot": kind in ROBOTS,
        "given": {field: given.get(field, "") for field in (*FIELDS, "name") if field not in ("password", "secret")},
        "unit": given.get("unit", "") or _own_code(actor),
        "example": EXAMPLE,
        "may_all": actor.has(*channels.KEEPERS),
        "security": channels.SECURITY_WORDS,
        "refusal": refusal,
    }
    answer = render(request, "messages/new_channel.html", context, status=refusal.status if refusal else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _unit(actor: Actor, code: str) -> Unit:
    """A unit by its code or name, among those at which somebody keeps channels."""
    paths = outermost(actor.scopes(*channels.GROUP_KEEPERS))
    return unit_named(code, reading.under(paths))


def _own_code(actor: Actor) -> str:
    paths = outermost(actor.scopes(*channels.GROUP_KEEPERS))
    unit = Unit.objects.filter(path=paths[0]).first() if paths else None
    return codes_of([unit.pk]).get(unit.pk, "") if unit else ""


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A channel: what went by it; POST tries, pauses, resumes or ends it."""
    actor, refusal = _keeper(request), None
    channel = reading.channel_for(actor, pk)
    if request.method == "POST":
        try:
            do = _done(actor, channel, request.POST.get("do", ""), request.POST.get("trial", ""))
            return HttpResponseRedirect(f"{reverse('messages:channel', args=[pk])}?told={do}")
        except Refusal as caught:
            refusal = caught
    last = channel.messages.order_by("-made_at")[:10]
    context = {
        "channel": channel,
        "kind": KINDS[channel.kind],
        "unit": reading.names_of(actor, [channel.unit])[channel.unit_id],
        "counts": reading.counts(channel.messages.all()),
        "last": [{"row": row, "state": STATES[row.state], "why": error_words(row.error)} for row in last],
        "trial": new_id(),
        "may_all": actor.has(*channels.KEEPERS),
        "told": _told(request),
        "refusal": refusal,
    }
    return render(request, "messages/channel.html", context, status=refusal.status if refusal else 200)


def _done(actor: Actor, channel: Channel, do: str, trial: str) -> str:
    verbs: dict[str, Any] = {
        "pause": channels.pause_channel,
        "resume": channels.resume_channel,
        "end": channels.end_channel,
    }
    if do == "try":
        channels.try_channel(by=actor, channel=channel, trial=_trial(trial))
    elif do in verbs:
        verbs[do](by=actor, channel=channel)
    else:
        raise nothing_chosen()
    return do


def _trial(words: str) -> UUID:
    """The trial that the page offered, so that a second tap is the same one."""
    try:
        return UUID(words)
    except ValueError:
        return new_id()


@require_POST
def night_hours(request: HttpRequest) -> HttpResponse:
    """State the night."""
    actor = _keeper(request)
    begins, ends = (time_of_day(request.POST.get(part, "")) for part in ("begins", "ends"))
    if begins is None or ends is None:
        raise invalid("begins", text("Give two times of the day, such as 22:00 and 07:00."), "night.times")
    channels.set_night(by=actor, begins=begins, ends=ends)
    return HttpResponseRedirect(f"{reverse('messages:channels')}?told=night")


def _told(request: HttpRequest) -> str:
    return request.GET.get("told", "")
