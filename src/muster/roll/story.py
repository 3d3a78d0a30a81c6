"""An entry's marks told one by one: what, when, by whom, for whom, why. The fact behind each mark is read too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from muster.foundation import sql
from muster.foundation.facts import ClockBasis, Fact
from muster.foundation.models import AuditLine
from muster.foundation.registry import FACTS
from muster.organisation.models import Appointment, Person
from muster.roll import rules
from muster.roll.kinds import RollKind
from muster.roll.models import ANSWERED, EXCUSED, OUTSTANDING, Attempt, Entry, Mark, Reason, Ruling

USES = {
    Ruling.What.EXCUSED: "excuse",
    Ruling.What.WITHDRAWN: "withdrawal",
    Ruling.What.HANDED_OVER: "hand_over",
    Ruling.What.CHOSEN: "correction",
    Ruling.What.REMOVED: "correction",
}
"""Which list of the district a ruling's reason is from; an answer's is from that of those who cannot."""


@dataclass(frozen=True)
class Told:
    """One mark in words. state: the state after it, for its icon. own: recorded by whom it is about.

    happened_at is set where it differs from when the server knew by a minute or more; unsure: by a phone's word.
    """

    n: int
    at: datetime
    what: str
    state: str
    by: str
    own: bool
    reason: str
    subject: UUID
    fact_id: UUID
    outcome: str
    late: bool = False
    happened_at: datetime | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Behind:
    """What stands behind marks, read once: their facts, and the names of the people, units and reasons in them."""

    facts: Mapping[UUID, Fact]
    people: Mapping[UUID, Placed]
    units: Mapping[UUID, str]
    reasons: Mapping[tuple[str, str], str]


def tell(marks: Sequence[Mark], entries: Mapping[UUID, Entry], kind: RollKind, known: Behind) -> list[Told]:
    """Marks in words, in the order given."""
    return [_told(m, entries[m.entry_id], known.facts.get(m.fact_id), kind, known) for m in marks]


def with_absent(marks: QuerySet[Mark]) -> QuerySet[Mark]:
    """Marks that bring `acting_for`: the absent person for whom somebody who stands in for them acted; else None."""
    line = AuditLine.objects.filter(pk=OuterRef("line"))
    return marks.annotate(acting_for=Subquery(line.values("acting_for")[:1]))


def people_told(marks: Iterable[Any]) -> set[UUID | None]:
    """The people that marks name, of `with_absent`: who recorded them, and for whom."""
    return {mark.by_person for mark in marks} | {mark.acting_for for mark in marks}


def units_told(marks: Iterable[Mark], facts: Mapping[UUID, Fact]) -> set[UUID]:
    """The units that marks name: those that saw to it, and those to which it was handed over."""
    to = {fact.to_unit_id for fact in facts.values() if isinstance(fact, Ruling) and fact.to_unit_id}
    return {mark.unit_id for mark in marks} | to


def words_of(reasons: Mapping[str, Iterable[Reason]]) -> dict[tuple[str, str], str]:
    """{(use, code): the words}."""
    return {(use, reason.code): reason.text for use, listed in reasons.items() for reason in listed}


def facts_of(marks: Iterable[Mark]) -> dict[UUID, Fact]:
    """{id: the fact} behind the marks. A query for each kind."""
    by_kind: dict[str, set[UUID]] = {}
    for mark in marks:
        by_kind.setdefault(mark.fact_kind, set()).add(mark.fact_id)
    found: dict[UUID, Fact] = {}
    for kind, ids in by_kind.items():
        found.update({fact.pk: fact for fact in FACTS[kind]._default_manager.filter(pk__in=ids)})
    return found


@dataclass(frozen=True)
class Placed:
    """Somebody, as a story names them, with the unit that they belong to."""

    name: str
    unit: UUID | None
    unit_name: str

    @property
    def shown(self) -> str:
        """The name with that of the unit."""
        return f"{self.name} · {self.unit_name}" if self.unit_name else self.name


def people_placed(ids: Iterable[UUID | None]) -> dict[UUID, Placed]:
    """{person: the name, and where they belong now}. One query."""
    home = Appointment.objects.filter(person=OuterRef("pk"), primary=True, until__isnull=True)
    rows = Person.objects.filter(pk__in={pk for pk in ids if pk is not None}).annotate(
        home=Subquery(home.values("unit_id")[:1]), home_name=Subquery(home.values("unit__short_name")[:1])
    )
    fields = rows.values_list("pk", "name", "status", "home", "home_name")
    return {
        pk: Placed(_("erased") if status == Person.Status.ERASED else name, sql.as_uuid(unit), unit_name or "")
        for pk, name, status, unit, unit_name in fields
    }


def _told(
    mark: Mark,
    entry: Entry,
    fact: Fact | None,
    kind: RollKind,
    known: Behind,
) -> Told:
    by = known.people.get(mark.by_person) if mark.by_person else None
    itself = by is not None and entry.subject_kind == "unit" and by.unit == entry.subject_id
    own = by is not None and (itself or entry.subject_id == mark.by_person)
    happened = fact.happened_at if fact else None
    apart = happened is not None and abs((mark.recorded_at - happened).total_seconds()) >= 60
    return Told(
        n=mark.n,
        at=mark.recorded_at,
        what=_what(mark, fact, kind, known.units),
        state=mark.after or "",
        by=_by(mark, known.people),
        own=own,
        reason=_reason(mark, fact, known.reasons),
        subject=entry.pk,
        fact_id=mark.fact_id,
        outcome=mark.outcome,
        late=mark.late_delta > 0,
        happened_at=happened if apart else None,
        unsure=fact is not None and fact.clock_basis == ClockBasis.DEVICE,
    )


def _by(mark: Mark, people: Mapping[UUID, Placed]) -> str:
    by = people.get(mark.by_person) if mark.by_person else None
    if by is None:
        return _("Muster itself")
    absent = people.get(getattr(mark, "acting_for", None))  # type: ignore[arg-type]
    return _("%(by)s for %(absent)s") % {"by": by.shown, "absent": absent.name} if absent else by.shown


def _what(mark: Mark, fact: Fact | None, kind: RollKind, units: Mapping[UUID, str]) -> str:
    said = str(kind.outcomes[mark.outcome].label) if mark.outcome in kind.outcomes else ""
    if mark.leg:
        return _handed_over(mark, fact, units)
    if mark.before is None:
        return _("put on the roll")
    if mark.after is None:
        return _("taken off the roll")
    if mark.reason == rules.DIFFERS:
        return _("“%(answer)s” was said too; the first answer stands until somebody chooses") % {"answer": said}
    if mark.reason == rules.AFTER_SETTLED:
        return _("tried once more after it was settled; nothing changed")
    if isinstance(fact, Attempt):
        return _("called, no answer")
    if isinstance(fact, Ruling) and fact.what == Ruling.What.CHOSEN:
        return _("chosen between two answers: %(answer)s") % {"answer": said}
    return _change(mark, said)


def _handed_over(mark: Mark, fact: Fact | None, units: Mapping[UUID, str]) -> str:
    if mark.leg == "out":
        to = units.get(fact.to_unit_id, "") if isinstance(fact, Ruling) and fact.to_unit_id else ""
        return _("handed over to %(unit)s") % {"unit": to}
    return _("taken over by %(unit)s") % {"unit": units.get(mark.unit_id, "")}


def _change(mark: Mark, said: str) -> str:
    change = (mark.before, mark.after)
    if change == (ANSWERED, ANSWERED):
        return _("corrected: %(answer)s") % {"answer": said}
    if change == (ANSWERED, OUTSTANDING):
        return _("answer taken back")
    if change == (EXCUSED, OUTSTANDING):
        return _("excuse ended, expected again")
    if mark.after == EXCUSED:
        return _("excused")
    return said or _("tried, not done")


def _reason(mark: Mark, fact: Fact | None, reasons: Mapping[tuple[str, str], str]) -> str:
    """Why, in the district's words; an answer that was mended may tell two: why the unit cannot, why it is mended."""
    if mark.reason in rules.KEPT_BESIDE:
        return ""
    of_fact = getattr(fact, "reason", "")
    if isinstance(fact, Ruling):
        return _worded(USES.get(Ruling.What(fact.what), ""), mark.reason or of_fact, reasons)
    told = [_worded("cannot", of_fact, reasons), _worded("correction", mark.reason, reasons)]
    return " · ".join(one for one in told if one)


def _worded(use: str, code: str, reasons: Mapping[tuple[str, str], str]) -> str:
    """The words of a code on the list of this use, else on any other; nothing for none."""
    if (use, code) in reasons:
        return reasons[(use, code)]
    return next((words for (_use, known), words in reasons.items() if known == code), "")
