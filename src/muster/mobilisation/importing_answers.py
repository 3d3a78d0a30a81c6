"""Answers that were collected on paper: who acknowledges an order, who reports in, as a clerk has it on a list.

Each is recorded as its own answer would be, by the clerk who takes the list in, with the name of who told it; the time
on the paper is kept, and never makes an answer late by machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext

from muster.foundation import clock, sql
from muster.foundation.errors import Refusal, Text, text
from muster.foundation.facts import ClockBasis
from muster.foundation.rights import Actor
from muster.mobilisation import kinds
from muster.mobilisation.answers import ANSWERERS, Said, record_acknowledgement, record_report_in, rolls_of
from muster.mobilisation.models import Order
from muster.organisation import incoming
from muster.organisation.asking import zone
from muster.organisation.incoming import Places, empty, hidden_signs, id_of
from muster.organisation.models import Appointment, Person, Unit
from muster.organisation.scope import holds_at
from muster.roll import coverage, statements
from muster.roll.actions import reasons
from muster.roll.models import ANSWERED, Entry, Roll
from muster.sheets import cells
from muster.sheets.importer import (
    ASKED,
    LEAVE_OUT,
    NEW,
    REFUSED,
    UNCHANGED,
    Candidate,
    Column,
    Fault,
    Importer,
    Row,
    Verdict,
    Written,
)

ORDER, SUBJECT, ANSWER, REASON = "order", "subject", "answer", "reason"
TOLD_BY, HAPPENED = "told_by", "happened_at"
COLUMNS = (ORDER, SUBJECT, ANSWER, REASON, TOLD_BY, HAPPENED)
OUTCOMES = ("will_do", "cannot", "reported")

NO_ORDER: Text = text("There is no order “%(order)s” that your units must answer.")
NO_ANSWER: Text = text("Write will do, cannot, or reported in.")
NOT_ASKED: Text = text("“%(subject)s” is not asked by this order, or is not yours to answer for.")
NOT_OPEN: Text = text("Nothing is answered to this order any more.")
OTHERWISE: Text = text("It has answered otherwise already. Mend that on its own page.")
WHO: Text = text("Several people of this name are called up. Who is it?")
NO_REASON: Text = text("Whoever cannot gives a reason from the list: %(known)s.")
NOBODY: Text = text("Nobody of the unit is called “%(name)s”, or several are. Write the number.")
ALREADY: Text = text("This answer stands in the file already: row %(row)s.")


@dataclass(frozen=True)
class Plan:
    """What recording a row needs."""

    order: Order
    unit: UUID
    subject: UUID
    outcome: str
    reason: str
    told_by: UUID | None
    happened_at: datetime | None


@dataclass
class Asked:
    """An order with what it asks of whom: entries by subject on its roll of acknowledgement, and of its call-up."""

    order: Order
    rolls: Mapping[str, Roll]
    entries: Mapping[tuple[str, UUID], Entry]
    numbers: Mapping[str, UUID]
    names: Mapping[str, Sequence[UUID]]

    def people(self, words: str) -> list[UUID]:
        """Those called up whom some words mean: by number, else by name."""
        number = self.numbers.get(cells.code(words))
        return [number] if number else list(self.names.get(cells.fold(words), ()))

    @cached_property
    def candidates(self) -> Mapping[UUID, Candidate]:
        """All whose name somebody else has too, as a clerk tells them apart: read once, however many rows ask."""
        alike = [one for some in self.names.values() if len(some) > 1 for one in some]
        found = {}
        for row in _places("person", alike):
            if row.primary:
                label = f"{row.person.name} · {row.person.number}"
                found[row.person_id] = Candidate(str(row.person_id), label, row.unit.name)
        return found

    @cached_property
    def members(self) -> Mapping[UUID, Sequence[Person]]:
        """Who has a place at each unit that is asked: read once, however many rows say who told it."""
        found: dict[UUID, list[Person]] = {}
        for row in _places("unit", list({entry.unit_id for entry in self.entries.values()})):
            found.setdefault(row.unit_id, []).append(row.person)
        return found

    def told_by(self, unit: UUID, words: str) -> UUID | None:
        """Who of a unit told it: by number, or by a name that is there once."""
        people = self.members.get(unit, ())
        by_number = [one.pk for one in people if one.number == cells.code(words)]
        named = by_number or [one.pk for one in people if cells.fold(one.name) == cells.fold(words)]
        return named[0] if len(named) == 1 else None


def _places(of: str, ids: Sequence[UUID]) -> Iterator[Appointment]:
    """The places of now of some people or at some units."""
    now = Appointment.objects.filter(until__isnull=True).select_related("unit", "person")
    for part in sql.slices(ids):
        yield from now.filter(**{f"{of}__in": part})


class AnswersPlanner:
    """Judges rows of answers for somebody who takes them in."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.places = Places(by)
        self.zone, self.now = zone(), clock.now()
        self.asked: dict[str, Asked | None] = {}
        listed = reasons("cannot")
        self.reasons = {cells.fold(words): one.code for one in listed for words in (one.code, one.text)}
        self.reasons_known = ", ".join(one.text for one in listed)
        self.first: dict[tuple[UUID, str, UUID], tuple[int, int]] = {}

    def look(self, rows: Iterable[Row]) -> None:
        """Nothing: a row that stands twice is found by what it answers."""

    def judge(self, rows: Sequence[Row]) -> list[Verdict]:
        """A verdict a row."""
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> Verdict:
        faults = hidden_signs(row.cells, COLUMNS)
        faults += [fault for key in (ORDER, SUBJECT, ANSWER) for fault in empty(key, row[key])]
        if faults:
            return Verdict(REFUSED, faults)
        asked = self._asked(row[ORDER])
        if asked is None:
            return _refused(ORDER, "order.unknown", NO_ORDER, order=row[ORDER][:60])
        outcome = next((one for one in OUTCOMES if cells.is_word(one, row[ANSWER])), "")
        if not outcome:
            return _refused(ANSWER, "answer.unknown", NO_ANSWER)
        if row.answer == LEAVE_OUT:
            return Verdict(ASKED, [Fault("", "row.left_out", text("It was left out."))])
        entry, ask = self._entry(row, asked, outcome)
        if ask:
            return Verdict(ASKED, [Fault(SUBJECT, "person.ambiguous", WHO)], candidates=ask)
        if entry is None:
            return _refused(SUBJECT, "answer.not_asked", NOT_ASKED, subject=row[SUBJECT][:60])
        return self._compared(row, asked, outcome, entry)

    def meant(self, rows: Sequence[Row]) -> tuple[list[Order], set[tuple[str, UUID]]]:
        """The orders that rows name, and all units and people that they may mean, however their entries stand."""
        orders: dict[UUID, Order] = {}
        subjects: set[tuple[str, UUID]] = set()
        for row in rows:
            asked = self._asked(row[ORDER])
            if asked is not None:
                orders[asked.order.pk] = asked.order
                subjects |= {("unit", place.pk) for place in self.places.find(row[SUBJECT])}
                subjects |= {("person", one) for one in asked.people(row[SUBJECT])}
        return list(orders.values()), subjects

    def _asked(self, words: str) -> Asked | None:
        key = cells.fold(words)
        if key not in self.asked:
            self.asked[key] = _read(self.by, words)
        return self.asked[key]

    def _entry(self, row: Row, asked: Asked, outcome: str) -> tuple[Entry | None, list[Candidate]]:
        """The entry that a row answers; or those among whom to choose."""
        if outcome != "reported":
            found = [one for place in self.places.find(row[SUBJECT]) if (one := asked.entries.get(("unit", place.pk)))]
            return (found[0] if len(found) == 1 else None), []
        people = asked.people(row[SUBJECT])
        if row.answer:
            people = [one for one in people if str(one) == row.answer]
        if len(people) > 1:
            return None, [asked.candidates[one] for one in people if one in asked.candidates]
        return (asked.entries.get(("person", people[0])) if people else None), []

    def _compared(self, row: Row, asked: Asked, outcome: str, entry: Entry) -> Verdict:
        kind = kinds.REPORT_IN if outcome == "reported" else kinds.ACKNOWLEDGEMENT
        key = (asked.order.pk, kind, entry.subject_id)
        twin = self.first.get(key)
        if twin is not None and twin[0] != row.position:
            return _refused("", "row.twice", ALREADY, row=twin[1])
        if entry.state == ANSWERED:
            self.first[key] = (row.position, row.row)
            return Verdict(UNCHANGED) if entry.outcome == outcome else _refused(ANSWER, "answer.otherwise", OTHERWISE)
        if asked.rolls[kind].state != Roll.State.OPEN:
            return _refused(ORDER, "roll.closed", NOT_OPEN)
        reason, told_by, happened_at, faults = self._beside(row, asked, outcome, entry)
        if faults:
            return Verdict(REFUSED, faults)
        self.first[key] = (row.position, row.row)
        plan = Plan(asked.order, entry.unit_id, entry.subject_id, outcome, reason, told_by, happened_at)
        return Verdict(NEW, plan=plan)

    def _beside(
        self, row: Row, asked: Asked, outcome: str, entry: Entry
    ) -> tuple[str, UUID | None, datetime | None, list[Fault]]:
        """What is said beside the answer: why not, who told it, when."""
        faults: list[Fault] = []
        reason = self.reasons.get(cells.fold(row[REASON]), "") if outcome == "cannot" else ""
        if outcome == "cannot" and not reason:
            faults.append(Fault(REASON, "reason.unknown", NO_REASON, {"known": self.reasons_known}))
        told_by = None
        if row[TOLD_BY].strip():
            told_by = asked.told_by(entry.unit_id, row[TOLD_BY])
            if told_by is None:
                faults.append(Fault(TOLD_BY, "person.unknown", NOBODY, {"name": row[TOLD_BY][:60]}))
        happened_at, wrong = self._when(row[HAPPENED])
        return reason, told_by, happened_at, [*faults, *wrong]

    def _when(self, words: str) -> tuple[datetime | None, list[Fault]]:
        if not words.strip():
            return None, []
        found = cells.moment(words)
        if found is None or found.year < clock.YEAR_MIN:
            message = text("This is no time. Write it like 2020-01-29 18:00.")
            return None, [Fault(HAPPENED, "cell.time", message)]
        at = found.replace(tzinfo=self.zone)
        if at > self.now:
            return None, [Fault(HAPPENED, "cell.future", text("This is later than now. Look at the date."))]
        return at, []


def _refused(column: str, code: str, message: Text, **details: object) -> Verdict:
    return Verdict(REFUSED, [Fault(column, code, message, details)])


def _read(by: Actor, words: str) -> Asked | None:
    """What an order asks of the units of somebody, by its number or key: the newest version that asked anew."""
    named = Order.objects.filter(number=cells.tidy(words)) | Order.objects.filter(key=cells.tidy(words))
    seen = coverage.rolls_visible_to(by).filter(kind__in=(kinds.ACKNOWLEDGEMENT, kinds.REPORT_IN))
    orders = {one.pk: one for one in named.order_by("version")}
    rolls: dict[str, Roll] = {}
    for roll in seen.filter(source_id__in=list(orders)).order_by("opened_at"):
        rolls[roll.kind] = roll
    if not rolls or len({orders[roll.source_id].key for roll in rolls.values()}) > 1:
        return None
    source = (rolls.get(kinds.ACKNOWLEDGEMENT) or rolls[kinds.REPORT_IN]).source_id
    entries: dict[tuple[str, UUID], Entry] = {}
    found = Entry.objects.filter(roll__in=list(rolls.values()), state__isnull=False).select_related("unit")
    for entry in found:
        if holds_at(by, ANSWERERS, entry.unit.path):
            entries[(entry.subject_kind, entry.subject_id)] = entry
    people = [pk for kind, pk in entries if kind == "person"]
    numbers: dict[str, UUID] = {}
    names: dict[str, list[UUID]] = {}
    for part in sql.slices(people):
        for pk, name, number in Person.objects.filter(pk__in=part).values_list("pk", "name", "number"):
            numbers[number] = pk
            names.setdefault(cells.fold(name), []).append(pk)
    return Asked(orders[source], rolls, entries, numbers, names)


def lock(by: Actor, rows: Sequence[Row]) -> None:
    """Lock all entries that some rows may answer, in the order of their ids and not in that of the file.

    Who answers one of them meanwhile is waited for before the moment is taken, so that no entry's marks go back in
    time; and two lists of the same units never wait for each other in a circle.
    """
    orders, subjects = AnswersPlanner(by).meant(rows)
    statements.lock(subjects=sorted(subjects), rolls=_rolls(orders, kinds.ACKNOWLEDGEMENT, kinds.REPORT_IN))
    # The issuers' entries after the others, and found anew, as the book has it.
    units = sorted(one for one in subjects if one[0] == "unit")
    statements.lock(subjects=units, rolls=_rolls(orders, kinds.CANNOT))


def _rolls(orders: Sequence[Order], *of_kinds: str) -> Collection[UUID]:
    """The rolls on which answers to some orders may count."""
    chosen = [rolls_of(order, *of_kinds) for order in orders]
    return {UUID(str(pk)) for one in chosen for (pk,) in sql.rows(one.statement, one.values)}


def write(by: Actor, rows: Sequence[tuple[Row, Verdict]], imported: UUID, at: datetime) -> Written:
    """Record good rows, each as its own answer; inside an action."""
    ids, skipped = [], []
    units = Unit.objects.in_bulk([verdict.plan.unit for _row, verdict in rows])
    people = Person.objects.in_bulk([v.plan.subject for _row, v in rows if v.plan.outcome == "reported"])
    # By unit, as tallies are added to: of two lists at once, one waits for the other and not both.
    for row, verdict in sorted(rows, key=lambda pair: pair[1].plan.unit):
        plan: Plan = verdict.plan
        pk = id_of(imported, row.position)
        basis = ClockBasis.DEVICE if plan.happened_at else ClockBasis.SERVER
        said = Said(plan.outcome, plan.reason, False, plan.happened_at, basis, pk, plan.told_by)
        try:
            if plan.outcome == "reported":
                record_report_in(by, units[plan.unit], people[plan.subject], plan.order, said)
            else:
                record_acknowledgement(units[plan.unit], plan.order, plan.subject, said)
            ids.append(pk)
        except Refusal:  # its roll was closed, its entry handed over between the look and the lock
            skipped.append(row.position)
    return Written(ids, {}, skipped)


def outcomes() -> Sequence[str]:
    """The drop-down of answers."""
    return [gettext("will do"), gettext("cannot comply"), gettext("reported in")]


def why_not() -> Sequence[str]:
    """The drop-down of reasons."""
    return [one.text[:60] for one in reasons("cannot")][:10]


ANSWERS = Importer(
    key="answers",
    place=3,
    label=text("Answers collected on paper"),
    about=text("A row an answer: which order, which unit or person, what they say. It counts as if they had given it."),
    columns=(
        Column("order", text("Order"), required=True, note=text("Its number or its key."), width=20),
        Column(
            "subject",
            text("Unit or person"),
            required=True,
            note=text("The unit that answers, by name or code; whoever reports in, by number or name."),
            width=24,
        ),
        Column(
            "answer", text("Answer"), required=True, note=text("will do, cannot comply, reported in"), choices=outcomes
        ),
        Column("reason", text("Reason"), note=text("From the list, for whoever cannot."), choices=why_not, width=20),
        Column("told_by", text("Told by"), note=text("Who of the unit told it: number or name."), width=14),
        Column("happened_at", text("When it was told"), note=text("Like 2020-01-29 18:00."), width=18),
    ),
    planner=lambda by, imported: AnswersPlanner(by),
    write=write,
    lock=lock,
    who=incoming.who,
    may=lambda by: by.has(*ANSWERERS),
    slice_rows=200,
)
