"""People from a sheet: who each row means, and what it would change. It reads and never writes.

Whom a row means is found by the ID number, else by the number in the register, else by phone and name, else by name and
unit (docs/rules/sheets.md). What is ambiguous is asked, never guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from muster.foundation import clock, sql
from muster.foundation.errors import Text, text
from muster.foundation.rights import Actor
from muster.organisation.asking import zone
from muster.organisation.granting import may_give
from muster.organisation.incoming import Place, Places, id_of, made_by
from muster.organisation.models import Appointment, Person
from muster.organisation.names import FOLDED_MAX, plain, spelled
from muster.organisation.roles import LEAD
from muster.organisation.saying import ID_NUMBER, LEADS, NAME, NUMBER, PHONE, PLACE, TITLE, UNIT, Said, say
from muster.sheets import cells
from muster.sheets.importer import (
    AS_NEW,
    ASKED,
    CHANGED,
    LEAVE_OUT,
    NEW,
    REFUSED,
    UNCHANGED,
    Candidate,
    Fault,
    Row,
    Verdict,
)
from muster.vault import matching
from muster.vault.models import Particular
from muster.vault.particulars import masked, open_all
from muster.vault.purposes import CONTACT, IDENTITY

PHONE_MATCH, IDENTITY_MATCH = "phone", IDENTITY
CANDIDATES_MOST = 8
MADE_NUMBER = "P"


@dataclass
class Known:
    """Somebody of the register, as rows are compared with them."""

    pk: UUID
    name: str
    folded: str
    number: str
    active: bool
    places: list[Appointment] = field(default_factory=list)
    has_identity: bool = False
    has_phone: bool = False


@dataclass(frozen=True)
class Plan:
    """What writing a row needs: what it says, whom it means (nobody: they are made), which of their places."""

    said: Said
    known: Known | None = None
    place: Appointment | None = None
    parts: frozenset[str] = frozenset()
    second_of: UUID | None = None
    """Whose second place the row gives; they may be made by an earlier row."""


@dataclass
class Found:
    """What the database holds about a slice of rows."""

    people: dict[UUID, Known]
    by_identity: Mapping[str, Sequence[UUID]]
    by_phone: Mapping[str, Sequence[UUID]]
    by_number: Mapping[str, UUID]
    by_unit: Mapping[tuple[UUID, str], Sequence[UUID]]
    phones: Mapping[UUID, str] = field(default_factory=dict)


ALREADY: Text = text("This row stands in the file already: row %(row)s.")
NAMESAKE: Text = text("The file has this name twice in this unit, and nothing tells the two apart.")
PERHAPS: Text = text("Somebody of this name is at the unit, with another number. Is it this one?")
SEVERAL: Text = text("Several people may be meant. Who is it?")
OTHER_NAME: Text = text("The number belongs to somebody of another name. Is it this one?")
FORGOTTEN: Text = text("Somebody with this number was erased. Leave the number out, or write another one.")
ELSEWHERE: Text = text("This person is registered at a unit that is not yours. Ask the level above to move them.")
OTHER_NUMBER: Text = text("The register knows this person by the number %(number)s.")
NO_LEAD: Text = text("Who leads a unit is named by a commander, or by whoever leads it or a unit above.")
OTHER_PLACE: Text = text(
    "This person stands at another unit in row %(row)s. Is it a second place, say so in a column: main or second."
)
NO_MAIN: Text = text(
    "A second place needs a main one: of somebody in the register or in an earlier row, with the same ID number, "
    "number, or telephone and name."
)
IS_MAIN: Text = text("This unit is their main place. Transfer them on their page first.")
IS_SECOND: Text = text("This unit is a second place of theirs. Transfer them on their page first.")
LEFT_OUT: Text = text("It was left out.")


class PeoplePlanner:
    """Judges rows of people for somebody who takes them in."""

    def __init__(self, by: Actor, imported: UUID) -> None:
        self.by, self.imported = by, imported
        self.places = Places(by)
        self.zone, self.now = zone(), clock.now()
        self.first: dict[tuple[str, ...], int] = {}
        self.rows_at: dict[int, int] = {}
        self.repeats: dict[int, int] = {}
        self.alike: Counter[tuple[str, UUID]] = Counter()
        self.claimed: dict[tuple[UUID, UUID | None], int] = {}
        self.units_at: dict[int, UUID] = {}
        self.making: dict[tuple[str, ...], UUID] = {}
        self.seconds = False

    def look(self, rows: Iterable[Row]) -> None:
        """Which rows stand twice; which names stand twice in one unit."""
        for row in rows:
            self.rows_at[row.position] = row.row
            said, _faults = say(row, self.places, self.zone, self.now)
            if said is None:
                continue
            self.units_at[row.position] = said.unit.pk
            self.seconds = self.seconds or bool(said.second)
            twin = self._twin(row, said)
            if twin is not None:
                self.repeats[row.position] = twin
            elif not said.second:
                self.alike[(said.folded, said.unit.pk)] += 1

    def _twin(self, row: Row, said: Said) -> int | None:
        """The earlier row that says the same, or is about the same person for sure; this one is remembered else."""
        keys = [("row", *(cells.tidy(cell) for cell in row.cells.values())), *said.marks]
        here = [(*key, str(said.unit.pk)) for key in said.marks]
        for key in (*keys, *here):
            twin = self.first.get(key)
            elsewhere = said.second and twin is not None and self.units_at[twin] != said.unit.pk
            if twin is not None and not elsewhere and not (key[0] == "phone" and said.id_number):
                return twin
        for key in (keys[0], *here) if said.second else keys:
            self.first.setdefault(key, row.position)
        return None

    def judge(self, rows: Sequence[Row]) -> list[Verdict]:
        """A verdict a row. About ten queries a slice."""
        told = [say(row, self.places, self.zone, self.now) for row in rows]
        self.seconds = self.seconds or any(said.second for said, _faults in told if said is not None)
        found = read([said for said, _faults in told if said is not None], rows)
        verdicts = [self._one(row, said, faults, found) for row, (said, faults) in zip(rows, told, strict=True)]
        phones = _masked_phones(verdicts)
        return [self._with_phones(verdict, phones) for verdict in verdicts]

    def _one(self, row: Row, said: Said | None, faults: Sequence[Fault], found: Found) -> Verdict:
        if said is None:
            return Verdict(REFUSED, faults)
        if row.position in self.repeats:
            return self._repeat(said, self.repeats[row.position])
        if row.answer == LEAVE_OUT:
            return Verdict(ASKED, [Fault("", "row.left_out", LEFT_OUT)])
        if said.number in found.by_number and found.by_number[said.number] not in found.people:
            return Verdict(REFUSED, [Fault(NUMBER, "number.erased", FORGOTTEN)])
        whom, ask = self._whom(row, said, found)
        if ask is not None:
            return Verdict(
                ASKED, [ask], candidates=[self._candidate(found.people[pk]) for pk in whom[:CANDIDATES_MOST]]
            )
        if not whom:
            return self._second_of_new(said) if said.second else self._new(row, said)
        known = found.people[whom[0]]
        twin = self.claimed.setdefault((known.pk, said.unit.pk if said.second else None), row.position)
        if twin != row.position:
            details = {"row": self.rows_at.get(twin, twin + 1)}
            return Verdict(REFUSED, [Fault("", "row.twice", ALREADY, details)], target=str(known.pk))
        return self._compared(said, known, found)

    def _repeat(self, said: Said, twin: int) -> Verdict:
        """A row about somebody who stands in the file already: at this unit, or at another and nobody says as what."""
        if self.units_at[twin] == said.unit.pk or said.second is not None:
            return Verdict(REFUSED, [Fault("", "row.twice", ALREADY, {"row": self.rows_at[twin]})])
        return Verdict(REFUSED, [Fault(UNIT, "row.other_unit", OTHER_PLACE, {"row": self.rows_at[twin]})])

    def _whom(self, row: Row, said: Said, found: Found) -> tuple[list[UUID], Fault | None]:
        """Whom a row means: nobody, one, or several with what is asked."""
        if row.answer == AS_NEW:
            return [], None
        if row.answer:
            known = _uuid(row.answer)
            return ([known], None) if known in found.people else ([], Fault(NAME, "person.unknown", SEVERAL))
        hits = list(dict.fromkeys(found.by_identity.get(said.id_number, ())))
        if hits:
            return hits, None if len(hits) == 1 else Fault(ID_NUMBER, "person.ambiguous", SEVERAL)
        numbered = found.by_number.get(said.number)
        if numbered is not None:
            same = found.people[numbered].folded == said.folded
            return [numbered], None if same else Fault(NUMBER, "number.other_name", OTHER_NAME)
        alike = [found.people[pk] for pk in found.by_phone.get(said.phone, ()) if pk in found.people]
        hits = [one.pk for one in alike if one.folded == said.folded and not self._is_other(one, said)]
        if hits:
            return hits, None if len(hits) == 1 else Fault(PHONE, "person.ambiguous", SEVERAL)
        return self._by_name(said, found)

    def _by_name(self, said: Said, found: Found) -> tuple[list[UUID], Fault | None]:
        """By name and unit: only where neither the unit nor the file has two of that name there."""
        hits = [
            pk
            for pk in found.by_unit.get((said.unit.pk, said.folded), ())
            if not self._is_other(found.people[pk], said)
        ]
        if hits and said.id_number and said.phone and any(found.people[pk].has_phone for pk in hits):
            # Nothing of what the row says of them is known, and something else is: a namesake, or all is new.
            return hits, Fault(NAME, "person.namesake", PERHAPS)
        twice = self.alike[(said.folded, said.unit.pk)] > 1
        if twice and (hits or not said.marked):
            return hits, Fault(NAME, "person.namesake", NAMESAKE)
        return hits, None if len(hits) <= 1 else Fault(NAME, "person.ambiguous", SEVERAL)

    def _is_other(self, known: Known, said: Said) -> bool:
        """Whether what is known of somebody says that the row means another; or this file made them."""
        if made_by(self.imported, known.pk) and not said.second:
            return True
        if said.id_number and known.has_identity:
            return True
        return bool(said.number) and said.number != known.number and not is_made(known.number)

    def _new(self, row: Row, said: Said) -> Verdict:
        if said.leads and not self._may_lead(said.unit):
            return Verdict(REFUSED, [Fault(LEADS, "leads.rights", NO_LEAD)])
        spelled(said.name, surname=True)  # remembered until the row is written, which may not take long
        for mark in said.marks if self.seconds else ():
            self.making[mark] = id_of(self.imported, row.position)
        return Verdict(NEW, plan=Plan(said))

    def _second_of_new(self, said: Said) -> Verdict:
        """A second place of somebody whom an earlier row makes. It is no new person: it changes that one."""
        made = {self.making[mark] for mark in said.marks if mark in self.making}
        return self._second(said, made.pop()) if len(made) == 1 else Verdict(REFUSED, [_no_main()])

    def _second(self, said: Said, person: UUID) -> Verdict:
        """A second place begins. Nothing else of the person is read from its row; what it may mean is theirs alone."""
        if said.leads and not self._may_lead(said.unit):
            return Verdict(REFUSED, [Fault(LEADS, "leads.rights", NO_LEAD)])
        changes = {UNIT: ("", said.unit.name)}
        changes |= {TITLE: ("", said.title)} if said.title else {}
        changes |= {LEADS: (_yes_no(False), _yes_no(True))} if said.leads else {}
        return Verdict(CHANGED, changes=changes, plan=Plan(said, second_of=person))

    def _may_lead(self, unit: Place) -> bool:
        return may_give(self.by, LEAD, unit)  # type: ignore[arg-type] # it asks for the path only

    def _compared(self, said: Said, known: Known, found: Found) -> Verdict:
        """What a row would change of somebody, and whether that is theirs to change."""
        here = next((one for one in known.places if one.unit_id == said.unit.pk), None)
        old = next((one for one in known.places if one.primary), None)
        if known.places and not any(self.places.above(one.unit.path) for one in known.places):
            return Verdict(REFUSED, [Fault("", "person.elsewhere", ELSEWHERE)])
        if here is None and old is not None and not said.second and not self.places.above(old.unit.path):
            return Verdict(REFUSED, [Fault(UNIT, "person.elsewhere", ELSEWHERE)])
        if said.number and said.number != known.number and not is_made(known.number):
            return Verdict(REFUSED, [Fault(NUMBER, "number.differs", OTHER_NUMBER, {"number": known.number})])
        if here is not None and said.second is here.primary:
            words = IS_MAIN if said.second else IS_SECOND
            return Verdict(REFUSED, [Fault(PLACE, "place.other", words)])
        if said.second and here is None:
            return self._second(said, known.pk) if known.active and old else Verdict(REFUSED, [_no_main()])
        changes = self._changes(said, known, here, old, found)
        if said.second:
            changes = {key: pair for key, pair in changes.items() if key in (TITLE, LEADS)}
        lead_before = here.leads if here else bool(old and old.leads)
        if LEADS in changes or (UNIT in changes and (said.leads or lead_before)):
            units = [said.unit, *([self._place(old)] if old and UNIT in changes else [])]
            if not all(self._may_lead(unit) for unit in units):
                return Verdict(REFUSED, [Fault(LEADS, "leads.rights", NO_LEAD)])
        # The row of the main place means the person; one of a second place only that.
        target = "" if said.second else str(known.pk)
        if not changes:
            return Verdict(UNCHANGED, target=target)
        plan = Plan(said, known, here, frozenset(changes))
        return Verdict(CHANGED, changes=changes, target=target, plan=plan)

    def _candidate(self, known: Known) -> Candidate:
        """Whom a row may mean, told apart by unit and position as far as those are units of whoever takes it in."""
        own = [one for one in known.places if self.places.above(one.unit.path)]
        words = [f"{one.unit.name} {one.title}".strip() for one in own]
        if not own and known.places:
            words = [_("at a unit that is not yours")]
        return Candidate(str(known.pk), f"{known.name} · {known.number}", ", ".join(words), own=bool(own))

    def _with_phones(self, verdict: Verdict, phones: Mapping[str, str]) -> Verdict:
        """The numbers of now beside those that a row would write, and beside the people of one's units it may mean."""
        changes = dict(verdict.changes)
        if PHONE in changes and verdict.target in phones:
            changes[PHONE] = (phones[verdict.target], changes[PHONE][1])
        candidates = [
            replace(one, about=" · ".join(filter(None, (one.about, phones.get(one.id, "") if one.own else ""))))
            for one in verdict.candidates
        ]
        return replace(verdict, changes=changes, candidates=candidates) if changes or candidates else verdict

    def _place(self, old: Appointment) -> Place:
        return self.places.known[old.unit_id]

    def _changes(
        self, said: Said, known: Known, here: Appointment | None, old: Appointment | None, found: Found
    ) -> dict[str, tuple[str, str]]:
        changes: dict[str, tuple[str, str]] = {}
        if said.name != known.name:
            changes[NAME] = (known.name, said.name)
        if said.number and said.number != known.number:
            changes[NUMBER] = (known.number, said.number)
        if here is None:
            changes[UNIT] = (old.unit.name if old else "", said.unit.name)
        title, leads = (here.title, here.leads) if here else ((old.title if old else ""), False)
        if said.title is not None and said.title != title:
            changes[TITLE] = (title, said.title)
        if said.leads is not None and said.leads != leads:
            changes[LEADS] = (_yes_no(leads), _yes_no(said.leads))
        if said.id_number and known.pk not in found.by_identity.get(said.id_number, ()):
            changes[ID_NUMBER] = ("****" if known.has_identity else "", masked_id(said.id_number))
        if said.phone and known.pk not in found.by_phone.get(said.phone, ()):
            changes[PHONE] = ("", masked(said.phone))
        return changes


def _no_main() -> Fault:
    return Fault(PLACE, "place.no_main", NO_MAIN)


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")


def is_made(number: str) -> bool:
    """Whether a number was made by an import, for somebody of whom the sheet gave none."""
    return number.startswith(MADE_NUMBER) and len(number) > 8 and number[7] == "-" and number[8:].isdigit()


def masked_id(number: str) -> str:
    """An ID number as screens show it: its last four signs."""
    return f"****{number[-4:]}" if len(number) >= 8 else "****"


def _uuid(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None


def _masked_phones(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """{person: their number of now, its middle hidden}: of whom a row would change it, of whom a row may mean.

    It reaches nobody, and so is no reading (docs/rules/vault.md).
    """
    shown = {one.target for one in verdicts if PHONE in one.changes}
    shown |= {candidate.id for one in verdicts for candidate in one.candidates}
    found = open_all("person", [UUID(one) for one in sorted(shown)], CONTACT, clock.now()) if shown else {}
    return {str(pk): masked(phone) for pk, phone in found.items()}


def read(told: Sequence[Said], rows: Sequence[Row]) -> Found:
    """What the database holds about some rows."""
    now = clock.now()
    by_identity = matching.find_many(IDENTITY_MATCH, {s.id_number for s in told if s.id_number}, now)
    by_phone = matching.find_many(PHONE_MATCH, {s.phone for s in told if s.phone}, now)
    numbers: dict[str, UUID] = {}
    for part in sql.slices(sorted({s.number for s in told if s.number})):
        numbers.update(Person.objects.filter(number__in=part).values_list("number", "pk"))
    merged = Person.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into_id")
    goes_on_as = dict(merged)
    numbers = {number: goes_on_as.get(pk, pk) for number, pk in numbers.items()}
    ids = {pk for found in (*by_identity.values(), *by_phone.values()) for pk in found} | set(numbers.values())
    ids |= {pk for row in rows if (pk := _uuid(row.answer)) is not None}
    by_unit: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for (unit, folded), person in _there({(s.unit.pk, s.folded): s.name for s in told}):
        by_unit[(unit, folded)].append(person)
        ids.add(person)
    return Found(_people(ids), by_identity, by_phone, numbers, by_unit)


_THERE = (
    "WITH wanted (folded, unit_id) AS (VALUES %s) SELECT a.unit_id, a.person_id, p.name FROM wanted w"
    " CROSS JOIN organisation_person p CROSS JOIN organisation_appointment a"
    " WHERE p.folded = w.folded AND a.person_id = p.id AND (a.unit_id = w.unit_id) IS TRUE AND a.until IS NULL"
    " ORDER BY a.id"
)
"""Said so that SQLite too goes from the few of a name to their places, and never through all who are at a unit."""


def _there(names: Mapping[tuple[UUID, str], str]) -> Iterator[tuple[tuple[UUID, str], UUID]]:
    """((unit, folded name), person) of everybody who is at one of some units now under a name wanted there.

    names: {(unit, folded name): the name as it is written}.
    """
    for part in sql.slices(sorted({(plain(name)[:FOLDED_MAX], unit) for (unit, _folded), name in names.items()})):
        values = [value for folded, unit in part for value in (folded, sql.uuid_value(unit))]
        for unit, person, name in sql.rows(_THERE % ", ".join(["(%s, %s)"] * len(part)), values):
            found, whom = sql.as_uuid(unit), sql.as_uuid(person)
            if found is not None and whom is not None and (found, cells.fold(name)) in names:
                yield (found, cells.fold(name)), whom


def _people(ids: Iterable[UUID]) -> dict[UUID, Known]:
    """People with their places of now, and whether an ID number is kept of them. Three queries a slice."""
    found: dict[UUID, Known] = {}
    for part in sql.slices(sorted(ids)):
        rows = Person.objects.filter(pk__in=part).exclude(status=Person.Status.ERASED)
        for pk, name, number, status in rows.values_list("pk", "name", "number", "status"):
            found[pk] = Known(pk, name, cells.fold(name), number, status == Person.Status.ACTIVE)
        for place in Appointment.objects.filter(person_id__in=part, until__isnull=True).select_related("unit"):
            if place.person_id in found:
                found[place.person_id].places.append(place)
        kept = Particular.objects.filter(subject_kind="person", subject_id__in=part, body__isnull=False)
        for pk, purpose in kept.filter(purpose__in=(IDENTITY, CONTACT)).values_list("subject_id", "purpose"):
            if pk in found and purpose == IDENTITY:
                found[pk].has_identity = True
            elif pk in found:
                found[pk].has_phone = True
    return found


def since_of(said: Said, at: datetime) -> datetime:
    """When what a row says begins: as it says, else at the moment of writing."""
    return said.since or at
