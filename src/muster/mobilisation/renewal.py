"""The verb that puts a new badge in the place of one that is lost, expired or was revoked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone

from muster.foundation import clock, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, text
from muster.foundation.rights import Actor
from muster.mobilisation import badges
from muster.mobilisation.answers import ANSWERERS
from muster.mobilisation.models import Badge
from muster.organisation.models import District

ASK_LEAD = text("Ask the lead of your unit for a new one.")


@action("mobilisation.renew_badge", roles=ANSWERERS, at="badge.unit", self_of="badge.person")
def renew_badge(*, by: Actor, badge: Badge) -> Badge:
    """End a badge and make another for the same report-in, with a number of its own.

    By the bearer while it is valid: the new one ends when the lost one would have. By the lead of its unit or a level
    above also when it has expired or was revoked: the new one is valid for 60 days.
    """
    entry, live = badges.lock_alike(badge)
    at = locked()
    if entry is None:
        raise Refusal(
            "badge.not_reported_in",
            text("The report-in that this badge came with does not stand any more."),
            text("A new badge comes by itself with the next report-in."),
        )
    if live and live != [badge.no]:
        raise Refusal("badge.renewed", text("A new badge was made already."), text("Show that one."))
    zone = ZoneInfo(District.objects.values_list("zone", flat=True).get())
    until = badges.last_day(at, zone)
    if by.person_id == badge.person_id:
        _require_valid(badge, live, zone)
        until = badge.valid_to
    Badge.objects.filter(pk__in=live).update(revoked_at=at)
    made = badges.make_again(badge, at, until)
    sql.insert([made])
    current_line().note(badge.no, made.no)
    return made


def _require_valid(badge: Badge, live: list[str], zone: ZoneInfo) -> None:
    """Whoever was relieved, or whose time is over, makes themselves no new badge."""
    if not live:
        raise Refusal("badge.revoked", text("This badge is revoked already."), ASK_LEAD)
    if badge.valid_to < timezone.localdate(clock.now(), zone):
        raise Refusal("badge.expired", text("This badge has expired."), ASK_LEAD)
