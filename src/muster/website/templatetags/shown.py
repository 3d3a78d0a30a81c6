"""Filters: how numbers, times and percents are shown. `{% load shown %}`."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext, pgettext

from muster.website import bar

register = template.Library()

Zone = str | tzinfo | None


@register.filter
def thousands(value: int | float | None) -> str:
    """13280 as 13,280; None as nothing."""
    return "" if value is None else f"{value:,}"


@register.filter
def percent_of(part: int, whole: int) -> str:
    """Percent with one decimal, 100 only when nobody is short: 389 of 412 as 94.4 %."""
    shown = bar.percent(part, whole)
    number = "100" if shown == 100 else f"{shown:.1f}"
    return pgettext("a percentage", "%(number)s%%") % {"number": number}


def local(moment: datetime, zone: Zone = None) -> datetime:
    """The moment in a zone (a name or a tzinfo); without one, in the active zone."""
    return timezone.localtime(moment, ZoneInfo(zone) if isinstance(zone, str) and zone else zone or None)


@register.filter
def as_of_time(moment: datetime | None, zone: Zone = None) -> str:
    """Day and minute: 11 Feb 18:42."""
    return "" if moment is None else date_format(local(moment, zone), pgettext("day and minute", "j M H:i"))


@register.filter
def as_of_full(moment: datetime | None, zone: Zone = None) -> str:
    """Year, day and minute, for reports, citations and paper: 11 Feb 2020 18:42."""
    return "" if moment is None else date_format(local(moment, zone), pgettext("year, day and minute", "j M Y H:i"))


@register.filter
def short_day(moment: datetime | None, zone: Zone = None) -> str:
    """The day on an axis: 2/11."""
    return "" if moment is None else date_format(local(moment, zone), pgettext("day on an axis", "j/n"))


@register.filter
def clock_time(moment: datetime | None, zone: Zone = None) -> str:
    """The minute alone: 18:42."""
    return "" if moment is None else date_format(local(moment, zone), "H:i")


@register.filter
def iso_minute(moment: datetime | None, zone: Zone = None) -> str:
    """For fields and addresses: 2020-02-11T18:42, in the zone."""
    return "" if moment is None else local(moment, zone).strftime("%Y-%m-%dT%H:%M")


@register.filter
def hours_minutes(lateness: timedelta | float | None) -> str:
    """Lateness as h:mm, from one day on as whole days. A number is hours."""
    if lateness is None:
        return ""
    span = lateness if isinstance(lateness, timedelta) else timedelta(hours=lateness)
    minutes = max(0, int(span.total_seconds() // 60))
    days = minutes // (24 * 60)
    if days:
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return f"{minutes // 60}:{minutes % 60:02d}"
