"""What the house tells by itself: a lead of a way in that is in danger, a second commander of an end that waits."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from muster.foundation import clock
from muster.foundation.action import action, current_line, locked
from muster.foundation.rights import HOUSE, Actor, house
from muster.messages.models import Nudge
from muster.messages.outbox import New, put
from muster.messages.texts import Args, Told
from muster.organisation.asking import district
from muster.organisation.models import Incident, Person, WayInNotice
from muster.organisation.people import holding
from muster.organisation.roles import COMMANDER, LEAD

WAY_IN = "messages.way_in"
END_WAITS = "messages.end_waits"
STEP = "first"


def chore() -> int:
    """Tell what is new; returns how many notices there were. No line in the log where there is none."""
    news = list(_news())
    told = set(Nudge.objects.filter(about__in={new.about for new in news}).values_list("about", "to"))
    fresh = [new for new in news if (new.about, new.to) not in told]
    if not fresh:
        return 0
    return tell_notices(by=house("messages", "clockwork"), news=fresh)


@action("messages.tell_notices", roles=(HOUSE,))
def tell_notices(*, by: Actor, news: list[New]) -> int:
    """Put what the house has to tell into the outbox; returns how many."""
    locked()
    put(news)
    current_line().note(f"count:{len(news)}")
    return len(news)


def _news() -> Iterator[New]:
    """Two queries; one more where a way in is in danger, two for each end that waits."""
    notices = list(WayInNotice.objects.filter(seen_at=None).order_by("pk"))
    leads = holding(LEAD, clock.now()).filter(unit__in={one.unit_id for one in notices})
    of_unit: dict[UUID, list[UUID]] = {}
    for unit, person in leads.values_list("unit", "account__person").distinct() if notices else ():
        of_unit.setdefault(unit, []).append(person)
    for one in notices:
        for lead in of_unit.get(one.unit_id, ()):
            if lead != one.person_id:
                about = uuid5(NAMESPACE_OID, f"way-in:{one.pk}")
                yield New(lead, about, STEP, WAY_IN, {"notice": one.pk}, urgent=True)
    for incident in Incident.objects.filter(end_asked_at__isnull=False, closed_at=None):
        about = uuid5(incident.pk, str(incident.end_asked_at))
        for commander in _others(incident):
            yield New(commander, about, STEP, END_WAITS, {"incident": str(incident.pk)}, incident.pk)


def _others(incident: Incident) -> list[UUID]:
    """The commanders of the district but for the one who asked."""
    held = holding(COMMANDER, clock.now()).filter(unit=district().root)
    others = held.exclude(account=incident.end_asked_by)
    active = Q(account__person__status=Person.Status.ACTIVE)
    return list(others.filter(active).order_by("account__person").values_list("account__person", flat=True).distinct())


def way_in(args: Args) -> Told:
    """To the lead: somebody's card or PIN; who it is stands on the page."""
    subject = _("A way in of one of your people needs you")
    words = _("A card was reported in wrong hands, or a PIN locked itself. See to it on the page of cards.")
    return Told(subject, words, reverse("organisation:cards"))


def way_in_waits(args: Args) -> bool:
    """Until the lead has seen it."""
    return WayInNotice.objects.filter(pk=args["notice"], seen_at=None).exists()


def end_waits(args: Args) -> Told:
    """To the other commanders: an end wants a second one."""
    incident = Incident.objects.get(pk=args["incident"])
    subject = _("The end of an incident waits for a second commander")
    words = _("“%(name)s”: its end was asked for. Another commander says it, or drops it.") % {"name": incident.name}
    return Told(subject, words, reverse("briefing:incident", args=[incident.key]))


def end_still_waits(args: Args) -> bool:
    """Until it is said or dropped."""
    return Incident.objects.filter(pk=args["incident"], end_asked_at__isnull=False, closed_at=None).exists()
