"""How the rolls of mobilisation show themselves in lists, on an entry's page and on the phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from muster.foundation.errors import text
from muster.foundation.rights import Actor
from muster.mobilisation import badges, kinds
from muster.mobilisation.answers import ANSWERERS, receive_order
from muster.mobilisation.models import CannotAnswered, Order, Pledge, Receipt
from muster.organisation.people import leads_of
from muster.organisation.scope import holds_at
from muster.organisation.tree import unit_names
from muster.roll.coverage import Name
from muster.roll.faces import Ask, Beside, BesidePage, Done, Face, Forms
from muster.roll.models import ANSWERED, OUTSTANDING, Entry, Roll


def order_page(roll: Roll) -> str:
    """The page of the order that asks for a roll's answers."""
    return reverse("mobilisation:order", args=[roll.source_id])


def received(roll: Roll, names: Sequence[Name], as_of: datetime) -> dict[UUID, Beside]:
    """{entry: whether its unit had read the order by then}. One query."""
    rows = Receipt.objects.filter(
        order_id=roll.source_id, at_unit__in={name.unit for name in names}, recorded_at__lte=as_of
    )
    known = {(unit, what): at for unit, what, at in rows.values_list("at_unit_id", "what", "recorded_at")}
    return {name.entry: _received(known, name.unit) for name in names}


def _received(known: Mapping[tuple[UUID, str], datetime], unit: UUID) -> Beside:
    if (unit, Receipt.What.READ) in known:
        return Beside(pgettext("an order", "read"), known[(unit, Receipt.What.READ)])
    if (unit, Receipt.What.DELIVERED) in known:
        return Beside(pgettext("an order", "delivered, not read"), known[(unit, Receipt.What.DELIVERED)], missing=True)
    return Beside(pgettext("an order", "not delivered"), missing=True)


def may_answer(entry: Entry, actor: Actor) -> bool:
    """Whether the actor answers for the accountable unit: leads it or a level above, or works in its office."""
    return holds_at(actor, ANSWERERS, entry.unit.path)


def acknowledgement_forms(entry: Entry, actor: Actor) -> Forms | None:
    """Answering, correcting and taking back for a unit, by its lead or a level above."""
    if not may_answer(entry, actor):
        return None
    return Forms(
        "mobilisation/forms/acknowledgement.html",
        {
            "answered": entry.state == ANSWERED,
            "closed": entry.roll.state == Roll.State.CLOSED,
            "other": "will_do" if entry.outcome == "cannot" else "cannot",
            "came_of_it": came_of_it(entry.roll.source_id, [entry.subject_id]) if entry.unmet else None,
        },
    )


def report_in_forms(entry: Entry, actor: Actor) -> Forms | None:
    """Writing down that a member reported in, and taking it back."""
    if not may_answer(entry, actor):
        return None
    return Forms("mobilisation/forms/report_in.html", {"answered": entry.state == ANSWERED})


def cannot_forms(entry: Entry, actor: Actor) -> Forms | None:
    """The issuer's answer to a unit that cannot comply."""
    if not may_answer(entry, actor) or entry.state not in (OUTSTANDING, ANSWERED):
        return None
    closed = entry.roll.state == Roll.State.CLOSED
    return Forms("mobilisation/forms/cannot.html", {"answered": entry.state == ANSWERED, "closed": closed})


def came_of_it(order: UUID, subjects: Sequence[UUID]) -> CannotAnswered | None:
    """The issuer's newest answer to units that said that they cannot comply, by the version behind. One query."""
    rows = CannotAnswered.objects.filter(order=order, subject__in=subjects)
    return rows.select_related("at_unit").order_by("-recorded_at", "-pk").first()


def _orders(entries: Iterable[Entry]) -> dict[UUID, Order]:
    """{order id: the order behind the entries' rolls, with its issuer}. One query."""
    wanted = {entry.roll.source_id for entry in entries}
    return Order.objects.select_related("issuer").in_bulk(wanted)


def _named(order: Order) -> str:
    return f"{order.number} v{order.version}" if order.version > 1 else order.number


def acknowledgement_asks(entries: Sequence[Entry]) -> dict[UUID, Ask]:
    """A unit's lead is asked to open the order; it is answered there, after reading."""
    orders = _orders(entries)
    others = unit_names([e.subject_id for e in entries if e.subject_id != e.unit_id])
    found = {}
    for entry in entries:
        order = orders[entry.roll.source_id]
        facts = [(_("Number"), _named(order)), (_("Issued by"), order.issuer.name)]
        if entry.subject_id != entry.unit_id:
            facts.append((_("Answer for"), others.get(entry.subject_id, "")))
        found[entry.pk] = Ask(
            title=_("Acknowledge: %(title)s") % {"title": order.title},
            icon="file-text",
            answer=_("Open the order"),
            facts=tuple(facts),
            href=reverse("mobilisation:my_order", args=[order.pk]),
        )
    return found


def report_in_asks(entries: Sequence[Entry]) -> dict[UUID, Ask]:
    """A member is asked to report in; what is pledged with it stands above the answer. Three queries."""
    orders = _orders(entries)
    pledges = pledges_of(orders)
    leads = leads_of({entry.unit_id for entry in entries})
    found = {}
    for entry in entries:
        order = orders[entry.roll.source_id]
        lead = leads.get(entry.unit_id)
        kept = pledges.get(order.pk, ())
        away = _("If you cannot come, tell %(lead)s: an excuse is given by the level above.") % {
            "lead": lead.name if lead else _("the lead of your unit")
        }
        found[entry.pk] = Ask(
            title=_("Report in to %(unit)s") % {"unit": entry.unit.name},
            icon="user",
            answer=_("I report in and keep these") if kept else _("I report in"),
            facts=((_("By order"), f"{_named(order)} {order.title}"),),
            items=kept,
            items_title=_("With it I promise"),
            action=reverse("mobilisation:my_report_in", args=[entry.pk]),
            fields={"pledged": "1"} if kept else {},
            hint=away,
        )
    return found


def pledges_of(orders: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """{order id: its pledges in order}. One query."""
    found: dict[UUID, tuple[str, ...]] = {}
    rows = Pledge.objects.filter(order__in=list(orders)).order_by("position")
    for order, words in rows.values_list("order_id", "text"):
        found[order] = (*found.get(order, ()), words)
    return found


def cannot_asks(entries: Sequence[Entry]) -> dict[UUID, Ask]:
    """Whoever leads the issuer is asked to answer a unit that cannot comply; in the office, where its reason stands."""
    orders = _orders(entries)
    names = unit_names([entry.subject_id for entry in entries])
    return {
        entry.pk: Ask(
            title=_("%(unit)s cannot comply") % {"unit": names.get(entry.subject_id, "")},
            icon="hand-stop",
            answer=_("Open and answer"),
            facts=((_("Order"), f"{_named(orders[entry.roll.source_id])} {orders[entry.roll.source_id].title}"),),
            href=reverse("roll:entry", args=[entry.pk]),
        )
        for entry in entries
    }


def delivered(actor: Actor, entries: Sequence[Entry]) -> None:
    """The orders stood in the list of whoever leads the units: a receipt each, the first time only."""
    orders = _orders(entries)
    known = set(
        Receipt.objects.filter(order__in=orders, at_unit__in={e.unit_id for e in entries}).values_list(
            "order_id", "at_unit_id"
        )
    )
    for entry in entries:
        if (entry.roll.source_id, entry.unit_id) not in known:
            order = orders[entry.roll.source_id]
            receive_order(by=actor, unit=entry.unit, order=order, what=Receipt.What.DELIVERED)


def acknowledgement_done(entry: Entry) -> Done:
    """After an acknowledgement: the order again, and the way to take it back."""
    order = reverse("mobilisation:my_order", args=[entry.roll.source_id])
    return Done((_("Read the order again"), order), reverse("mobilisation:my_take_back", args=[entry.pk]))


def report_in_done(entry: Entry) -> Done:
    """After reporting in: the badge."""
    badge = reverse("mobilisation:my_badge")
    return Done((_("Show my badge"), badge), reverse("mobilisation:my_take_back", args=[entry.pk]))


def badge_page(entry: Entry, actor: Actor) -> BesidePage | None:
    """The way from a name's page to its badges: also after the roll has ended, which ends no badge."""
    if not may_answer(entry, actor):
        return None
    # Whoever has only just been expected costs no question.
    if entry.state != ANSWERED and (entry.n < 2 or not badges.of_entry(entry).exists()):
        return None
    address = reverse("mobilisation:entry_badge", args=[entry.pk])
    return BesidePage(label=_("The badge: lost, or relieved"), icon="id-badge-2", address=address)


FACES = {
    kinds.ACKNOWLEDGEMENT: Face(
        words="acknowledged",
        source_label=text("See the order"),
        source=order_page,
        beside_label=text("Received"),
        beside=received,
        forms=acknowledgement_forms,
        asks=acknowledgement_asks,
        listed=delivered,
        done=acknowledgement_done,
        joins="unit",
    ),
    kinds.REPORT_IN: Face(
        words="reported_in",
        source_label=text("See the order"),
        source=order_page,
        forms=report_in_forms,
        asks=report_in_asks,
        done=report_in_done,
        page=badge_page,
        joins="person",
    ),
    kinds.CANNOT: Face(source_label=text("See the order"), source=order_page, forms=cannot_forms, asks=cannot_asks),
}
