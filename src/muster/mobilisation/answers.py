"""The verbs that answer: read, acknowledge, cannot, correct, take back, report in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from muster.foundation import facts, sql
from muster.foundation.action import action, current_line, locked
from muster.foundation.errors import Refusal, invalid, not_found, text
from muster.foundation.facts import ClockBasis, Fact
from muster.foundation.ids import new_id
from muster.foundation.rights import HOUSE, Actor
from muster.mobilisation import badges, kinds
from muster.mobilisation.models import Acknowledgement, Addressee, Badge, CannotAnswered, Order, Receipt, ReportIn
from muster.organisation.models import Person, Unit
from muster.organisation.roles import CLERK, COMMANDER, LEAD
from muster.roll import rules
from muster.roll.book import Book, Open, calls_of, new_open, open_book
from muster.roll.kinds import Expected
from muster.roll.models import ANSWERED, OUTSTANDING, Entry, Roll, Ruling
from muster.roll.opening import opened
from muster.roll.reasons import require_reason
from muster.roll.rules import Standing
from muster.roll.statements import Chosen

ANSWERERS = (LEAD, COMMANDER, CLERK)


@action("mobilisation.receive_order", roles=(*ANSWERERS, HOUSE), at="unit")
def receive_order(*, by: Actor, unit: Unit, order: Order, what: str) -> bool:
    """Write down that an order reached a unit: delivered into a list, or read. True the first time."""
    if what not in Receipt.What.values:
        raise invalid("what", text("An order is delivered or read, nothing else."), "receipt.what")
    # The unit's row is the lock: two pages that are opened at once write one receipt.
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    _require_addressed(order, unit)
    known = set(Receipt.objects.filter(order=order, at_unit=unit).values_list("what", flat=True))
    at = locked()
    wanted = [Receipt.What.DELIVERED] if what == Receipt.What.DELIVERED else list(Receipt.What)
    new = [w for w in wanted if w not in known]
    facts.record(
        [
            Receipt(
                order=order,
                at_unit=unit,
                what=w,
                incident=order.incident_id,
                by_person=by.person_id,
                channel=by.channel,
                happened_at=at,
                recorded_at=at,
            )
            for w in new
        ]
    )
    current_line().note(order.pk, unit.pk)
    return bool(new)


def _require_addressed(order: Order, unit: Unit) -> None:
    """Refuse for a unit that the order is not addressed to and that sees to no entry of it either."""
    if Addressee.objects.filter(order=order, unit=unit).exists():
        return
    rolls = Roll.objects.filter(source_id__in=_versions(order))
    if not Entry.objects.filter(roll__in=rolls, unit=unit, state__isnull=False).exists():
        raise not_found("order.not_addressed")


def version_behind(order: Order) -> UUID:
    """The version whose roll takes the answers to this one: itself, unless it asked for no new acknowledgement."""
    if order.re_acknowledge or order.replaces_id is None:
        return order.pk
    asked = Order.objects.filter(Q(re_acknowledge=True) | Q(replaces=None), key=order.key, version__lt=order.version)
    return asked.order_by("-version").values_list("pk", flat=True)[0]


def _versions(order: Order) -> QuerySet[Order, Any]:
    return Order.objects.filter(key=order.key).values("pk")


@action("mobilisation.acknowledge", roles=ANSWERERS, at="unit")
def acknowledge(
    *,
    by: Actor,
    unit: Unit,
    order: Order,
    outcome: str,
    subject: UUID | None = None,
    reason: str = "",
    pledged: bool = False,
    happened_at: datetime | None = None,
    clock_basis: str = ClockBasis.SERVER,
    id: UUID | None = None,
) -> bool:
    """A unit answers an order: it will do it, or it cannot, with a reason. True when new, False for a duplicate.

    unit is accountable; subject is the unit that it answers for, itself unless it took another's entries over.
    The answer counts on the order's roll and on that of the order which it passes on, or which passes it on.
    """
    said = Said(outcome, reason, pledged, happened_at, clock_basis, id)
    return record_acknowledgement(unit, order, subject or unit.pk, said)


@dataclass(frozen=True)
class Said:
    """What is said in answer to an order, when, by whose clock; id: the caller's own. told_by: who told it a clerk."""

    outcome: str
    reason: str = ""
    pledged: bool = False
    happened_at: datetime | None = None
    clock_basis: str = ClockBasis.SERVER
    id: UUID | None = None
    told_by: UUID | None = None


def record_acknowledgement(unit: Unit, order: Order, subject: UUID, said: Said) -> bool:
    """Record what a unit answers, inside an action. True when new."""
    outcome, reason, happened_at = said.outcome, said.reason, said.happened_at
    _require_outcome(outcome, reason)
    if said.id is not None and facts.is_recorded(Acknowledgement, said.id):
        return False
    book, own, others, told = _open(order, unit, subject, told=outcome == Acknowledgement.Outcome.CANNOT)
    fact = facts.draft(
        Acknowledgement,
        id=said.id or new_id(),
        order_id=order.pk,
        at_unit_id=unit.pk,
        subject_id=own.subject_id,
        roll_id=own.roll,
        outcome=outcome,
        reason=reason,
        pledged=said.pledged,
        for_person=said.told_by,
        incident=order.incident_id,
        clock_basis=said.clock_basis,
    )
    new = book.answer(own, fact, outcome, happened_at)
    if new:
        for entry in others:
            if book.call_of(entry).state == Roll.State.OPEN:
                book.answer(entry, fact, outcome, happened_at)
        if outcome == Acknowledgement.Outcome.CANNOT and own.standing.unmet:
            _tell_issuer(book, order, own, fact, told)
        book.write()
    return new


def _require_outcome(outcome: str, reason: str) -> None:
    """Why one cannot is a code from the district's list."""
    if outcome not in Acknowledgement.Outcome.values:
        raise invalid("outcome", text("Answer will_do or cannot."), "acknowledgement.outcome")
    if outcome == Acknowledgement.Outcome.CANNOT:
        require_reason("cannot", reason)
    elif reason:
        raise invalid("reason", text("A reason belongs to the answer that you cannot."), "acknowledgement.reason")


def _open(order: Order, unit: Unit, subject: UUID, *, told: bool = True) -> tuple[Book, Open, list[Open], list[Open]]:
    """The book on a subject's entries: the one on the order's own roll, and those that go with it.

    Those on rolls that are open go with it, and those on rolls that have closed where the very same answer stands: who
    mends it, mends it on both. With `told`, also the issuers' entries about a subject that cannot comply, as the last
    of the four. Raises: Refusal (404) when the unit is not accountable for an entry of the subject on the order's roll.
    """
    beside = rolls_of(order, kinds.CANNOT) if told else None
    book = open_book(subjects=[("unit", subject)], rolls=rolls_of(order, kinds.ACKNOWLEDGEMENT), beside=beside)
    entries = [e for e in book.entries.values() if book.call_of(e).kind.key == kinds.ACKNOWLEDGEMENT]
    mine = [e for e in entries if e.unit == unit.pk]
    own = _own(book, mine, order)
    others = [e for e in mine if e is not own and _goes_with(book, e, own)]
    return book, own, others, _told(book)


def _goes_with(book: Book, other: Open, own: Open) -> bool:
    """Entries on open rolls go together; where a roll has closed, those on which the very same answer stands."""
    states = {book.call_of(other).state, book.call_of(own).state}
    if not states <= {Roll.State.OPEN, Roll.State.CLOSED}:
        return False
    return Roll.State.CLOSED not in states or (own.fact_id is not None and other.fact_id == own.fact_id)


def _told(book: Book) -> list[Open]:
    """The issuers' entries about a subject that cannot comply, on rolls that are open."""
    calls = [(entry, book.call_of(entry)) for entry in book.entries.values()]
    return [e for e, call in calls if call.kind.key == kinds.CANNOT and call.state == Roll.State.OPEN]


def _own(book: Book, mine: Sequence[Open], order: Order) -> Open:
    """The entry on the order's own roll.

    A version that asked for no new acknowledgement has none: that of the version counts to which it kept the answers.
    """
    found = [e for e in mine if book.call_of(e).source == order.pk]
    if not found:
        behind = version_behind(order)
        found = [e for e in mine if book.call_of(e).source == behind]
    if not found:
        raise not_found("order.not_addressed")
    return found[0]


def rolls_of(order: Order, *of_kinds: str) -> Chosen:
    """The rolls on which an answer to this order may count: of its versions, and along what it passes on.

    Whoever passes a version on passes on what stands for it: a version that asks for no new acknowledgement goes by
    the roll of the version before.
    """
    first = sql.uuid_value(order.passes_on_id or order.pk)
    return Chosen(
        f"WITH alike AS ({_ALIKE}) SELECT r.id FROM roll_roll r JOIN mobilisation_order o ON o.id = r.source_id"
        f" WHERE r.kind IN ({sql.placeholders(of_kinds)}) AND (o.key = %s OR o.id IN (SELECT id FROM alike)"
        " OR o.passes_on_id IN (SELECT id FROM alike))",
        (first, *of_kinds, order.key),
    )


_ALIKE = (
    "SELECT v.id FROM mobilisation_order x JOIN mobilisation_order v ON v.key = x.key WHERE x.id = %s AND NOT EXISTS"
    " (SELECT 1 FROM mobilisation_order n WHERE n.key = x.key AND n.re_acknowledge"
    " AND (n.version > v.version AND n.version <= x.version OR n.version > x.version AND n.version <= v.version))"
)
"""The versions of an order that have one roll in common: between any two of them none asked for a new answer."""


def _tell_issuer(book: Book, order: Order, own: Open, fact: Fact, told: Sequence[Open]) -> None:
    """A unit cannot comply: the issuer must see to it, by an entry on a roll of its own.

    It is the roll of the version behind the unit's own, so that a mended typing error opens no second one. Who could
    not comply before and was answered is asked about again.
    """
    behind = book.call_of(own).source
    if behind != order.pk:
        order = Order.objects.get(pk=behind)
    roll, made = Roll.objects.get_or_create(
        key=f"{order.key}-v{order.version}.cannot",
        defaults={
            "kind": kinds.CANNOT,
            "title": order.title,
            "figure": kinds.cannot_figure(order),
            "incident_id": order.incident_id,
            "held_by_id": order.issuer_id,
            "state": Roll.State.OPEN,
            "opened_at": book.at,
            "source_kind": "mobilisation.order",
            "source_id": order.pk,
            "denominator_source": order.number,
        },
    )
    if made:
        opened(roll, book.at)
    elif roll.state != Roll.State.OPEN:
        # The issuer closed its list: its figures stay as they are.
        return
    known = next((e for e in told if e.roll == roll.pk), None)
    if known is None:
        book.calls.update(calls_of([roll.pk]))
        expected = Expected(unit=order.issuer_id, subject_kind="unit", subject_id=own.subject_id)
        book.join(new_open(roll.pk, expected), fact)
    elif known.standing.state in (None, ANSWERED):
        book.rule(known, fact, rules.expect_again(known.standing), CANNOT_AGAIN)


CANNOT_AGAIN = "cannot_again"
"""Reason of a mark on the issuer's entry: the unit says once more that it cannot comply."""
CAN_COMPLY = "can_comply"
"""Reason of a mark on the issuer's entry: the unit can comply after all, or took its answer back."""


def _need_not_tell(book: Book, fact: Fact, told: Sequence[Open]) -> None:
    """Nobody need answer any more that the unit cannot comply; what was answered stays.

    Where another answer still says so to the same order, its issuer goes on seeing to it.
    """
    unmet = {book.call_of(entry).source for entry in book.entries.values() if entry.standing.unmet}
    for entry in told:
        if entry.standing.state == OUTSTANDING and book.call_of(entry).source not in unmet:
            book.rule(entry, fact, rules.remove(entry.standing), CAN_COMPLY)


def follow_choice(book: Book, entry: Open, before: Standing, ruling: Fact) -> None:
    """Another answer to an order was chosen: the issuer is told, or need not see to it any more."""
    if entry.standing.unmet == before.unmet:
        return
    if entry.standing.unmet:
        _tell_issuer(book, Order.objects.get(pk=book.call_of(entry).source), entry, ruling, _told(book))
    else:
        _need_not_tell(book, ruling, _told_by(book, entry))


def follow_removal(book: Book, entry: Open, ruling: Fact) -> None:
    """A unit was taken off an order's roll: whether it cannot comply is asked no more of that order's issuer."""
    _need_not_tell(book, ruling, _told_by(book, entry))


def _told_by(book: Book, entry: Open) -> list[Open]:
    """The issuer's entry about what is said to the entry's own order: what another one was told stays."""
    order = book.call_of(entry).source
    return [told for told in _told(book) if book.call_of(told).source == order]


@action("mobilisation.answer_cannot", roles=ANSWERERS, at="order.issuer")
def answer_cannot(*, by: Actor, order: Order, subject: UUID, outcome: str, correction: str = "") -> bool:
    """The issuer answers a unit that cannot comply: helped, excused, or it must after all. True when new.

    Once more with another outcome it corrects the answer, after the roll has closed with a reason why (`correction`);
    with the same one it is a duplicate.
    """
    if correction:
        require_reason("correction", correction)
    if outcome not in CannotAnswered.Outcome.values:
        raise invalid("outcome", text("Answer helped, excused or insisted."), "cannot.outcome")
    rolls = Roll.objects.filter(kind=kinds.CANNOT, source_id=version_behind(order)).values_list("pk", flat=True)
    book = open_book(subjects=[("unit", subject)], rolls=list(rolls))
    entry = next(iter(book.entries.values()))
    fact = CannotAnswered(
        order=order, at_unit_id=order.issuer_id, subject_id=subject, outcome=outcome, incident=order.incident_id
    )
    if entry.standing.state != ANSWERED:
        book.answer(entry, fact, outcome)
    elif entry.standing.outcome == outcome:
        return False
    else:
        book.correct(entry, fact, outcome, correction)
    book.write()
    return True


@action("mobilisation.correct_acknowledgement", roles=ANSWERERS, at="unit")
def correct_acknowledgement(
    *,
    by: Actor,
    unit: Unit,
    order: Order,
    outcome: str,
    subject: UUID | None = None,
    reason: str = "",
    correction: str = "",
) -> bool:
    """Mend an answer: the same entry, another outcome or reason, by a fact that names the one it corrects.

    reason: why it cannot. correction: why the answer is mended; it must be given once a roll has closed on which the
    answer counts. True when new, False for what the answer says already.
    """
    _require_outcome(outcome, reason)
    if correction:
        require_reason("correction", correction)
    book, own, others, told = _open(order, unit, subject or unit.pk)
    if _says_already(own, outcome, reason):
        return False
    fact = Acknowledgement(
        order=order,
        at_unit=unit,
        subject_id=own.subject_id,
        roll_id=own.roll,
        outcome=outcome,
        reason=reason,
        incident=order.incident_id,
    )
    could_not = own.standing.unmet
    book.correct(own, fact, outcome, correction)
    for entry in others:
        if entry.standing.state == ANSWERED:
            book.correct_too(entry, fact, outcome, correction)
    if outcome != Acknowledgement.Outcome.CANNOT:
        _need_not_tell(book, fact, told)
    elif not could_not:
        _tell_issuer(book, order, own, fact, told)
    book.write()
    return True


def _says_already(own: Open, outcome: str, reason: str) -> bool:
    """Whether the answer that stands says just this, and no other one is kept beside it."""
    if own.standing.state != ANSWERED or own.standing.outcome != outcome or own.standing.differs:
        return False
    return Acknowledgement.objects.filter(pk__in=[own.fact_id], reason=reason).exists()


@action("mobilisation.withdraw_acknowledgement", roles=ANSWERERS, at="unit")
def withdraw_acknowledgement(*, by: Actor, unit: Unit, order: Order, reason: str, subject: UUID | None = None) -> None:
    """Take an answer back that was given by mistake: the unit is outstanding again. By a lead after closing too."""
    require_reason("withdrawal", reason)
    book, own, others, told = _open(order, unit, subject or unit.pk)
    fact = Ruling(
        what=Ruling.What.WITHDRAWN,
        roll_id=own.roll,
        entry_id=own.id,
        at_unit=unit,
        incident=order.incident_id,
        reason=reason,
    )
    same = own.fact_id
    book.withdraw(own, fact, reason)
    for entry in others:
        if entry.standing.state == ANSWERED and entry.fact_id == same:
            book.withdraw(entry, fact, reason)
    _need_not_tell(book, fact, told)
    book.write()


@action("mobilisation.report_in", roles=ANSWERERS, at="unit", self_of="person")
def report_in(
    *,
    by: Actor,
    unit: Unit,
    person: Person,
    order: Order,
    pledged: bool = False,
    happened_at: datetime | None = None,
    clock_basis: str = ClockBasis.SERVER,
    id: UUID | None = None,
) -> bool:
    """A member reports in, or a lead writes it down for them; a badge is made. True when new.

    unit is the unit accountable for the entry.
    """
    return record_report_in(by, unit, person, order, Said("reported", "", pledged, happened_at, clock_basis, id))


def record_report_in(by: Actor, unit: Unit, person: Person, order: Order, said: Said) -> bool:
    """Record that a member reports in, with the badge, inside an action. True when new."""
    if said.id is not None and facts.is_recorded(ReportIn, said.id):
        return False
    entry, book = _entry_of(order, person, unit)
    fact = facts.draft(
        ReportIn,
        id=said.id or new_id(),
        order_id=order.pk,
        at_unit_id=unit.pk,
        person_id=person.pk,
        for_person=None if by.person_id == person.pk else person.pk,
        pledged=said.pledged,
        incident=order.incident_id,
        clock_basis=said.clock_basis,
    )
    new = book.answer(entry, fact, "reported", said.happened_at)
    if new:
        book.write([badges.make(fact, unit, book.call_of(entry).zone)])
    return new


@action("mobilisation.withdraw_report_in", roles=ANSWERERS, at="unit", self_of="person")
def withdraw_report_in(*, by: Actor, unit: Unit, person: Person, order: Order, reason: str) -> None:
    """Take back that somebody reported in; the badge is revoked. After closing by a lead, not by themselves."""
    require_reason("withdrawal", reason)
    entry, book = _entry_of(order, person, unit)
    stood = entry.fact_id
    fact = Ruling(
        what=Ruling.What.WITHDRAWN,
        roll_id=entry.roll,
        entry_id=entry.id,
        at_unit=unit,
        incident=order.incident_id,
        reason=reason,
    )
    book.withdraw(entry, fact, reason)
    book.write()
    end_badge(book, stood)


def end_badge(book: Book, report_in: UUID | None) -> None:
    """The report-in that stood does not count any more: its badge is revoked. The entry's lock holds it still."""
    live = Badge.objects.filter(report_in_id=report_in, revoked_at__isnull=True)
    current_line().note(*live.values_list("no", flat=True))
    live.update(revoked_at=book.at)


def _entry_of(order: Order, person: Person, unit: Unit) -> tuple[Open, Book]:
    # The call-up is the one of the order's first version that called anybody up.
    rolls = Chosen(
        "SELECT r.id FROM roll_roll r JOIN mobilisation_order o ON o.id = r.source_id WHERE r.kind = %s AND o.key = %s",
        (kinds.REPORT_IN, order.key),
    )
    book = open_book(subjects=[("person", person.pk)], rolls=rolls)
    entry = next(iter(book.entries.values()))
    if entry.unit != unit.pk:
        raise not_found("entry.unknown")
    return entry, book


@action("mobilisation.revoke_badge", roles=(LEAD, COMMANDER, CLERK), at="unit")
def revoke_badge(*, by: Actor, unit: Unit, badge: Badge) -> None:
    """End a badge before its date: lost, or its bearer is relieved."""
    if badge.unit_id != unit.pk:
        raise not_found("badge.unknown")
    _entry, live = badges.lock_alike(badge)
    at = locked()
    if live and badge.no not in live:
        raise Refusal("badge.renewed", text("A new badge was made meanwhile."), text("Revoke that one."))
    if not live:
        raise Refusal("badge.revoked", text("This badge is revoked already."), text("There is nothing to do."))
    Badge.objects.filter(pk=badge.pk).update(revoked_at=at)
    current_line().note(badge.no)
    current_line().change("state", "valid", "revoked")
