"""What the pages of orders show: the order with its parts, its versions, who received and answered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from muster.foundation.errors import not_found, text
from muster.foundation.rights import Actor
from muster.mobilisation import kinds
from muster.mobilisation.actions import DRAFTERS, ISSUERS
from muster.mobilisation.answers import version_behind
from muster.mobilisation.models import Addressee, Audience, Order, OrderDraft, OrderWithdrawal, Receipt, WatchItem
from muster.mobilisation.versions import Piece, difference
from muster.organisation.incidents import StillOpen
from muster.organisation.models import Unit
from muster.organisation.scope import below, holds_at, may_see, seen_paths
from muster.roll import coverage
from muster.roll.coverage import Counted, Coverage
from muster.roll.looks import Line, Look, groups, level
from muster.roll.models import Entry, Roll

PARTS = ("issuer", "incident", "passes_on", "replaces", "drafted_by", "signed_by")


def versions_for(actor: Actor, pk: UUID, until: datetime) -> list[Any]:
    """The version of an order that was asked for and all others that the actor sees, from the first one on.

    Each brings `withdrawn_at`, `newest` (the number of the newest version that was issued by the moment), `addressed`
    and `called_up` (an audience's rule and how many units it found, None where there is none). One query, more for an
    order whose entry was handed over.

    Raises: Refusal `order.unknown` (404).
    """
    alike = Order.objects.filter(pk=pk).values("key")
    found = _with_parts(Order.objects.visible_to(actor).filter(key__in=alike), until)
    if not any(version.pk == pk for version in found):
        found += _with_parts(Order.objects.filter(pk=order_for(actor, pk).pk), until)
    return sorted(found, key=lambda version: version.version)


def _with_parts(orders: QuerySet[Order], until: datetime) -> list[Any]:
    withdrawn = OrderWithdrawal.objects.filter(order__key=OuterRef("key")).values("recorded_at")
    newest = Order.objects.filter(key=OuterRef("key"), issued_at__lte=until).order_by("-version").values("version")
    parts = orders.select_related(*PARTS).annotate(
        withdrawn_at=Subquery(withdrawn[:1]),
        newest=Subquery(newest[:1]),
        addressed=_audience(Audience.Use.ACKNOWLEDGE),
        called_up=_audience(Audience.Use.CALL_UP),
    )
    return list(parts)


def _audience(use: str) -> Subquery:
    found = Audience.objects.filter(order=OuterRef("pk"), use=use)
    return Subquery(found.values(rule=JSONObject(selector="selector", units="resolved_count"))[:1])


def order_for(actor: Actor, pk: UUID) -> Order:
    """An order that the actor sees: issued by a unit of theirs, addressed to one, or handed over to one.

    Raises: Refusal `order.unknown` (404).
    """
    found = Order.objects.visible_to(actor).select_related(*PARTS).filter(pk=pk).first()
    if found is None:
        found = Order.objects.select_related(*PARTS).filter(pk=pk).first()
        if found is None or not _handed_over(actor, found):
            raise not_found("order.unknown")
    return found


def _handed_over(actor: Actor, order: Order) -> bool:
    """Whether a unit of the actor's sees to an entry on a roll that stands for this version of the order."""
    here = Q(pk__in=[])
    for path in seen_paths(actor):
        here |= below(path, "unit__path")
    rolls = Roll.objects.filter(standing_for(order))
    return Entry.objects.filter(here, roll__in=rolls, state__isnull=False).exists()


def standing_for(order: Order) -> Q:
    """The rolls that stand for a version: those of its own or of the version whose answers count, and its call-up's."""
    call_up = Order.objects.filter(key=order.key, version__lte=order.version).values("pk")
    return Q(source_id=version_behind(order)) | Q(kind=kinds.REPORT_IN, source_id__in=call_up)


def newer_beyond(actor: Actor, versions: Sequence[Any]) -> bool:
    """Whether a newer version is in force that is not addressed to the reader. versions: as `versions_for` gives."""
    return not may_see(actor, versions[-1].issuer.path) and versions[-1].newest > versions[-1].version


def drafts_open(incident: UUID) -> list[StillOpen]:
    """For the stand-down list: drafts that were never issued."""
    count = OrderDraft.objects.filter(incident=incident, issued_at__isnull=True).count()
    return [StillOpen(text("drafts not issued"), count, address="mobilisation:orders")] if count else []


def draft_for(actor: Actor, pk: UUID) -> OrderDraft:
    """A draft that the actor may write on. Raises: Refusal (404)."""
    found = OrderDraft.objects.visible_to(actor).select_related(*PARTS).filter(pk=pk).first()
    if found is None or not holds_at(actor, DRAFTERS, found.issuer.path):
        raise not_found("draft.unknown")
    return found


def units_of_role(actor: Actor, roles: Sequence[str]) -> list[Unit]:
    """The units at which one of these roles is held, from the root down."""
    return list(Unit.objects.filter(path__in=actor.scopes(*roles), closed_at__isnull=True).order_by("path"))


@dataclass(frozen=True)
class Rolls:
    """The rolls that an order opened: those of its own version, or of the version whose answers still count."""

    acknowledgement: Roll | None = None
    report_in: Roll | None = None
    cannot: Roll | None = None

    def there(self) -> list[Roll]:
        """Those that there are."""
        return [roll for roll in (self.acknowledgement, self.report_in, self.cannot) if roll is not None]


def rolls_of(order: Order, versions: Sequence[Order]) -> Rolls:
    """The rolls behind an order: its own, else the newest of a version before it. One query."""
    before = [v.pk for v in versions if v.version <= order.version]
    rows = Roll.objects.filter(source_id__in=before, opened_at__isnull=False).select_related("held_by", "incident")
    newest: dict[str, Roll] = {roll.kind: roll for roll in rows.order_by("opened_at", "pk")}
    return Rolls(newest.get(kinds.ACKNOWLEDGEMENT), newest.get(kinds.REPORT_IN), newest.get(kinds.CANNOT))


@dataclass(frozen=True)
class ReceiptLine:
    """One line of who received an order: of a unit and all below it."""

    line: Line
    delivered: int
    read: int


def receipts(seen: Look, order: Order, versions: Sequence[Order], counted: Counted) -> list[ReceiptLine]:
    """How many units of each branch got the order, opened it and answered it. One query.

    A mended version was received by whoever received the one that it mends.
    """
    rows = Receipt.objects.visible_to(seen.actor).filter(order__in=_mended(order, versions))
    rows = rows.filter(recorded_at__lte=seen.as_of)
    branches = groups(seen)
    sums: dict[tuple[UUID, str], int] = {}
    for unit, what in rows.values_list("at_unit_id", "what").distinct():
        if unit in branches:
            key = (branches[unit], what)
            sums[key] = sums.get(key, 0) + 1
    lines = level(seen, counted) or _alone(seen, counted)
    return [
        ReceiptLine(line, sums.get((line.unit, Receipt.What.DELIVERED), 0), sums.get((line.unit, Receipt.What.READ), 0))
        for line in lines
    ]


def _mended(order: Order, versions: Sequence[Order]) -> list[UUID]:
    """A version with those before it whose answers count for it."""
    found: list[UUID] = []
    for version in reversed([v for v in versions if v.version <= order.version]):
        found.append(version.pk)
        if version.re_acknowledge or version.replaces_id is None:
            break
    return found


def _alone(seen: Look, counted: Counted) -> list[Line]:
    """The one line of a unit that has none below."""
    total = seen.coverage(counted)
    return [Line(seen.tops[0], total, deeper=False)] if seen.tops and total.expected else []


@dataclass(frozen=True)
class Change:
    """What a version changed against the one before: title and text, piece by piece."""

    before: Order
    title: list[Piece]
    text: list[Piece]


def change_of(order: Order) -> Change | None:
    """The difference to the version before; None for a first version. No query."""
    if order.replaces is None:
        return None
    return Change(
        order.replaces, difference(order.replaces.title, order.title), difference(order.replaces.text, order.text)
    )


def watch_items(actor: Actor, order: Order) -> list[dict[str, Any]]:
    """The things that units keep under their eyes by this order, unit by unit. One query."""
    rows = WatchItem.objects.visible_to(actor).filter(order__key=order.key).select_related("unit", "owner")
    found: dict[UUID, dict[str, Any]] = {}
    for item in rows.order_by("unit__path", "position"):
        found.setdefault(item.unit_id, {"unit": item.unit, "items": []})["items"].append(item)
    return list(found.values())


def passing_units(actor: Actor, order: Order, inner: set[str]) -> list[Unit]:
    """Units of the actor that got the order and have units below to pass it on to. inner: paths with units below."""
    paths = [path for path in actor.scopes(*ISSUERS) if path in inner and path != order.issuer.path]
    if not paths:
        return []
    rows = Addressee.objects.filter(order=order, unit__path__in=paths)
    return [row.unit for row in rows.select_related("unit").order_by("unit__path")]


def versions_by_order(orders: QuerySet[Order]) -> list[list[Order]]:
    """Of each order its versions, the newest last; the order whose newest was issued last comes first. One query."""
    versions: dict[str, list[Order]] = {}
    for order in orders.order_by("version", "pk"):
        versions.setdefault(order.key, []).append(order)
    return sorted(versions.values(), key=lambda found: (found[-1].issued_at, found[-1].pk), reverse=True)


def coverages_of(seen: Look, orders: Sequence[Sequence[Order]]) -> dict[str, tuple[Roll, Coverage]]:
    """{key of an order: the roll that takes the answers to its newest version, what is counted of it}. Two queries.

    orders: the versions of each, the newest last.
    """
    behind = {_mended(versions[-1], versions)[-1]: versions[-1].key for versions in orders}
    rows = Roll.objects.filter(source_id__in=behind, kind=kinds.ACKNOWLEDGEMENT)
    rolls = list(rows.filter(opened_at__lte=seen.as_of).select_related("held_by"))
    counted = coverage.count(rolls, seen.as_of)
    return {behind[roll.source_id]: (roll, seen.coverage(counted[roll.pk])) for roll in rolls}


def drafts_of(actor: Actor, incident: UUID) -> list[OrderDraft]:
    """Drafts that can still be issued, at units where the actor drafts, newest first. One query."""
    wanted = Q(pk__in=[])
    for scope in actor.scopes(*DRAFTERS):
        wanted |= below(scope, "issuer__path")
    over = OrderWithdrawal.objects.values("order__key")
    rows = OrderDraft.objects.filter(wanted, incident=incident, issued_at__isnull=True).exclude(key__in=over)
    return list(rows.select_related("issuer", "drafted_by", "signed_by").order_by("-drafted_at"))
