"""The play: who reads, answers, corrects, reports in and is excused, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from .daytime import Daytime, lognormal
from .jinyuan_orders import RELAY_TOWN
from .jinyuan_people import TWO_BRANCHES, Person, Register
from .jinyuan_units import ROOT, Tree, Unit
from .sheets import Row, moment, stamp, stream

FIRST, SECOND = moment("2020-01-29T09:00"), moment("2020-01-31T09:00")
RELAYED, TRIAGED = moment("2020-01-31T09:20"), moment("2020-02-01T10:00")
LAST = moment("2020-02-06T17:40")
HANDED_OVER, MERGED = moment("2020-01-31T09:42"), moment("2020-01-31T09:45")
CLOSED, SURVIVOR = "JY-B122", "JY-B121"
COMMANDER, CLERK = "jy90001", "jy90003"
SLOW_TOWN = "140110102000"
CALL_UP = "mobilisation.members_reported_in"
EXCUSED = 37
VILLAGE, OUTSIDE = "140110003213", "140110102206"


@dataclass(frozen=True)
class Event:
    """One row of a sheet of events with its time."""

    at: datetime
    cells: Row


class Play:
    """Gathers the events of one scenario; rows of one second keep the order of gathering."""

    def __init__(self, tree: Tree, people: Register) -> None:
        self.tree, self.people = tree, people
        self.clock = Daytime(FIRST, LAST)
        self.sheets: dict[str, list[Event]] = {"organisation": [], "roll": [], "mobilisation": []}

    def add(self, at: datetime, action: str, by: str, unit: str, subject: str, **more: str) -> None:
        """One event of the mobilisation."""
        cells = {"action": action, "by": by, "unit": unit, "subject": subject, **more}
        self.sheets["mobilisation"].append(Event(at, cells))

    def accountable(self, unit: str, at: datetime) -> str:
        """The unit that answers for `unit` at that moment: the survivor after the hand-over."""
        return SURVIVOR if unit == CLOSED and at >= HANDED_OVER else unit

    def pace(self, unit: Unit) -> float:
        """How slowly a unit answers: one town more slowly than the others."""
        town = self.tree.line(unit.code)
        if town == SLOW_TOWN:
            return 2.9
        return {"140110001000": 0.8, "140110100000": 1.25}.get(town, 0.7 if town[0] == "J" else 1.0)

    def rows(self, sheet: str) -> list[Row]:
        """The sheet's rows in order of time."""
        events = sorted(self.sheets[sheet], key=lambda event: event.at)
        return [{"at": stamp(event.at), **event.cells} for event in events]


def play(tree: Tree, people: Register) -> dict[str, list[Row]]:
    """All events of the scenario, by sheet."""
    stage = Play(tree, people)
    issue_orders(stage)
    first_version(stage, stream("jinyuan-2020", "first"))
    second_version(stage, stream("jinyuan-2020", "second"))
    triage(stage, stream("jinyuan-2020", "triage"))
    merge(stage)
    excused = excuse(stage, stream("jinyuan-2020", "excuse"))
    report_in(stage, stream("jinyuan-2020", "report"), excused)
    return {f"events/{sheet}": stage.rows(sheet) for sheet in stage.sheets}


def issue_orders(stage: Play) -> None:
    """Drafted by the clerk, signed and issued by the commander; the town passes on by itself."""
    for order, at in (("mobilise/1", FIRST), ("mobilise/2", SECOND), ("triage/1", TRIAGED)):
        steps = (("draft_order", CLERK, 50), ("sign_order", COMMANDER, 15),
                 ("issue_order", COMMANDER, 0))  # fmt: skip
        for action, by, before in steps:
            stage.add(at - timedelta(minutes=before), action, by, ROOT, order, order=order)
    lead = stage.people.lead[RELAY_TOWN]
    stage.add(RELAYED, "pass_on_order", lead, RELAY_TOWN, "jinci/1", order="jinci/1")


def answer(stage: Play, unit: str, order: str, at: datetime, read: datetime | None = None, **more: str) -> None:
    """A unit reads an order (where `read` is given) and acknowledges it, by its lead."""
    lead = stage.people.lead[unit]
    cells = {"order": order, "outcome": "will_do", **more}
    if read is not None:
        stage.add(read, "read_order", lead, unit, unit, order=order)
    stage.add(at, "acknowledge", lead, unit, unit, **cells)


def reading(stage: Play, at: datetime, since: datetime, rng: random.Random) -> datetime | None:
    """When the lead read what was acknowledged at `at`; one in eight answers without opening."""
    if rng.random() < 0.12:
        return None
    before = timedelta(seconds=int(40 + lognormal(rng, 420, 1.1)))
    return at - before if at - before > since else None


# What happens by name rather than by chance in the first version: unit -> moment of the answer.
FIRST_BY_NAME = {
    "140110003213": moment("2020-01-30T14:26"),  # the demonstration's village, after noon
    "140110101000": moment("2020-01-29T09:21"),
    "140110102000": moment("2020-01-29T11:52"),
}
FIRST_TOLD = ("140110100214", "140110102208", *TWO_BRANCHES)


def first_version(stage: Play, rng: random.Random) -> None:
    """Answers to version 1; what nobody gave before version 2 was issued is never given."""
    for unit in stage.tree.called:
        if unit.code in FIRST_TOLD:
            continue
        delay = lognormal(rng, 5.2 * stage.pace(unit), 1.15)
        at = stage.clock.after(FIRST, delay, rng)
        at = FIRST_BY_NAME.get(unit.code, at)
        if at is None or at >= SECOND - timedelta(minutes=4):
            if rng.random() < 0.4:  # seen, but not answered in time
                seen = stage.clock.late(FIRST + timedelta(hours=2), SECOND, rng)
                stage.add(seen, "read_order", stage.people.lead[unit.code], unit.code, unit.code,
                          order="mobilise/1")  # fmt: skip
            continue
        answer(stage, unit.code, "mobilise/1", at, reading(stage, at, FIRST, rng))
    cannot(stage, "140110100214", "mobilise/1", moment("2020-01-29T15:12:31"), "no_staff",
           "村里在家党员多为老人，夜班排不满",
           (moment("2020-01-29T17:41"), "helped", "镇里今晚派两人支援夜班"),
           moment("2020-01-30T09:05:12"))  # fmt: skip
    cannot(stage, "140110102208", "mobilise/1", moment("2020-01-30T10:48:03"), "no_supplies",
           "没有额温枪，口罩只够一天",
           (moment("2020-01-30T16:20"), "helped", "明天上午随车送额温枪一支、口罩一百只"),
           moment("2020-01-31T08:12:40"))  # fmt: skip
    two_branches(stage)


def two_branches(stage: Play) -> None:
    """The lead of two branches answers for the wrong one, withdraws that, and answers rightly."""
    wrong, right = TWO_BRANCHES
    lead, order = stage.people.lead[wrong], "mobilise/1"
    day = moment("2020-01-29T00:00")
    stage.add(day.replace(hour=10, minute=31, second=8), "read_order", lead, right, right,
              order=order)  # fmt: skip
    answer(stage, wrong, order, day.replace(hour=10, minute=36, second=20))
    stage.add(day.replace(hour=10, minute=40, second=55), "withdraw_acknowledgement", lead, wrong,
              wrong, order=order, reason="wrong_unit")  # fmt: skip
    answer(stage, right, order, day.replace(hour=10, minute=41, second=37))
    answer(stage, wrong, order, day.replace(hour=19, minute=4, second=2),
           day.replace(hour=18, minute=55))  # fmt: skip


def cannot(
    stage: Play,
    unit: str,
    order: str,
    at: datetime,
    reason: str,
    note: str,
    reply: tuple[datetime, str, str],
    corrected: datetime | None,
) -> None:
    """A unit cannot comply, the issuer answers, and (where `corrected` is given) it can after all."""
    lead = stage.people.lead[unit]
    read = at - timedelta(minutes=7)
    answer(stage, unit, order, at, read, outcome="cannot", reason=reason, note=note)
    when, outcome, words = reply
    stage.add(when, "answer_cannot", COMMANDER, ROOT, unit, order=order, outcome=outcome, note=words)
    if corrected is not None:
        why = "help_arrived" if outcome == "helped" else "misread"
        stage.add(corrected, "correct_acknowledgement", lead, unit, unit, order=order,
                  outcome="will_do", reason=why)  # fmt: skip


SECOND_BY_NAME = {
    RELAY_TOWN: moment("2020-01-31T09:13:20"),  # before it passes the order on
    "140110003213": moment("2020-02-01T09:33:10"),
    "140110102210": moment("2020-02-05T10:17:44"),
    "140110102209": moment("2020-02-05T19:26:08"),
    "JY-B171": moment("2020-02-06T11:08:51"),
    "140110100018": moment("2020-02-04T16:40:29"),
}
SECOND_TOLD = ("140110102207", "140110003219", CLOSED, SURVIVOR)


def second_version(stage: Play, rng: random.Random) -> None:
    """Answers to version 2: every unit, the last on 6 February, some in answer to the town's relay."""
    relayed = {unit.code for unit in stage.tree.under(RELAY_TOWN)}
    idle = _idle_school(stage, relayed)
    for unit in stage.tree.called:
        if unit.code in (*SECOND_TOLD, idle):
            continue
        through = unit.code in relayed
        since = RELAYED if through else SECOND
        at = stage.clock.after(since, lognormal(rng, 4.3 * stage.pace(unit), 1.05), rng)
        if at is None or at > moment("2020-02-04T18:00"):
            at = stage.clock.late(moment("2020-02-03T08:00"), moment("2020-02-04T18:00"), rng)
        at = SECOND_BY_NAME.get(unit.code, at)
        order = "jinci/1" if through else "mobilise/2"
        answer(stage, unit.code, order, at, reading(stage, at, since, rng))
    cannot(stage, "140110102207", "mobilise/2", moment("2020-02-01T11:22:09"), "no_supplies",
           "值守点没有取暖设备",
           (moment("2020-02-01T15:05"), "helped", "镇里调配取暖设备一台，配报警器"),
           moment("2020-02-02T10:31:40"))  # fmt: skip
    cannot(stage, "140110003219", "mobilise/2", moment("2020-01-31T16:02:57"), "not_ours",
           "村口公路归公路段管，不便封闭",
           (moment("2020-02-01T09:12"), "insisted", "公路不封闭，只在进村岔路口值守"),
           moment("2020-02-01T09:50:16"))  # fmt: skip
    cannot(stage, idle, "mobilise/2", moment("2020-02-01T14:08:33"), "closed",
           "学校放假，多数教师不在本地，无法安排全天值守",
           (moment("2020-02-02T09:30"), "helped", "由所在村（社区）代为值守，学校保留门卫"), None)  # fmt: skip
    for offset, branch in ((0, SURVIVOR), (52, CLOSED)):  # one answer for each of the two
        at = moment("2020-01-31T15:24:10") + timedelta(seconds=offset)
        lead = stage.people.lead[SURVIVOR]
        if branch == SURVIVOR:
            stage.add(at - timedelta(minutes=12), "read_order", lead, SURVIVOR, SURVIVOR,
                      order="mobilise/2")  # fmt: skip
        stage.add(at, "acknowledge", lead, SURVIVOR, branch, order="mobilise/2", outcome="will_do")


def _idle_school(stage: Play, relayed: set[str]) -> str:
    """The school that cannot comply to the end: a village's school outside the relaying town."""
    schools = [unit.code for unit in stage.tree.called if unit.kind == "school"]
    return next(code for code in schools[::-1] if code.startswith("JY-B") and code not in relayed)


def triage(stage: Play, rng: random.Random) -> None:
    """The health units answer their own notice within three days."""
    health = [unit for unit in stage.tree.called
              if unit.kind == "clinic" or stage.tree.line(unit.code) in ("JY-D01", "JY-D02")]  # fmt: skip
    for unit in health:
        delay = lognormal(rng, 3.5 * min(1.6, stage.pace(unit)), 0.9)
        at = stage.clock.after(TRIAGED, min(delay, 40.0), rng) or LAST
        answer(stage, unit.code, "triage/1", at, reading(stage, at, TRIAGED, rng))


def merge(stage: Play) -> None:
    """Two branches of one enterprise become one after version 2 was issued, before it was answered."""
    stage.sheets["roll"].append(Event(HANDED_OVER, {
        "action": "hand_over_entries", "by": COMMANDER, "unit": CLOSED, "into": SURVIVOR,
        "reason": "merged"}))  # fmt: skip
    stage.sheets["organisation"].append(Event(MERGED, {
        "action": "merge_units", "by": COMMANDER, "unit": CLOSED, "into": SURVIVOR,
        "reason": "merged"}))  # fmt: skip


# how many of the 37, by reason
EXCUSE_REASONS = ("out_of_area", "out_of_area", "observation", "hospital", "age_health",
                  "parental_leave", "bereavement", "out_of_area", "observation", "sent_elsewhere",
                  "hospital", "age_health", "parental_leave", "out_of_area")  # fmt: skip


def excuse(stage: Play, rng: random.Random) -> set[str]:
    """Thirty-seven members, never a lead, each excused by somebody above their unit."""
    told = {VILLAGE, OUTSIDE, CLOSED, SURVIVOR, *TWO_BRANCHES}
    ordinary = [person for person in stage.people.members
                if not person.leads and person.unit not in told]  # fmt: skip
    chosen = rng.sample(ordinary, EXCUSED)
    for place, person in enumerate(chosen):
        hours = lognormal(rng, 22.0, 0.7)
        at = stage.clock.after(FIRST, max(2.0, hours), rng)
        at = at or stage.clock.late(moment("2020-02-03T09:00"), moment("2020-02-05T17:00"), rng)
        line = stage.tree.line(person.unit)
        by = COMMANDER if line == person.unit else stage.people.lead[line]
        reason = EXCUSE_REASONS[place % len(EXCUSE_REASONS)]
        if reason == "sent_elsewhere" and line not in ("JY-D01", "JY-D02"):
            reason = "observation"
        stage.sheets["roll"].append(Event(at, {
            "action": "excuse", "by": by, "unit": person.unit, "subject": person.number,
            "roll": CALL_UP, "reason": reason}))  # fmt: skip
    return {person.number for person in chosen}


REPORT_BY_NAME = {
    "lead": moment("2020-01-29T18:42:05"),
    "member": moment("2020-01-30T15:11:26"),  # after noon, so that a play until noon shows it
}


def report_in(stage: Play, rng: random.Random, excused: set[str]) -> None:
    """Every member who is not excused: most by themselves, about one in twelve by the lead."""
    for unit in stage.tree.called:
        factor = stage.pace(unit) ** 0.6 * lognormal(rng, 1.0, 0.35)
        if unit.code == CLOSED:
            factor *= 3.0  # so that the hand-over has entries to hand over
        waiting = [person for person in stage.people.of[unit.code] if person.number not in excused]
        if unit.code == VILLAGE:
            _report(stage, waiting[0], REPORT_BY_NAME["lead"])
            member = next(person for person in waiting[1:] if person.title == "党员")
            _report(stage, member, REPORT_BY_NAME["member"])
            waiting = [person for person in waiting[1:] if person is not member]
        alone = _by_lead(stage, unit, waiting, factor, rng)
        for person in alone:
            median = (4.0 if person.leads else 10.5) * factor
            _report(stage, person, _moment(stage, lognormal(rng, median, 0.95), rng))
    _wrong_person(stage, rng)


def _moment(stage: Play, hours: float, rng: random.Random) -> datetime:
    """The moment after so many waking hours, or somewhere among the stragglers."""
    at = stage.clock.after(FIRST, hours, rng)
    return at or stage.clock.late(moment("2020-02-03T08:00"), LAST, rng)


def _report(stage: Play, person: Person, at: datetime, by_lead: bool = False) -> None:
    """One report-in, under the unit that is accountable for the person at that moment."""
    unit = stage.accountable(person.unit, at)
    by = stage.people.lead[unit] if by_lead else person.number
    stage.add(at, "report_in", by, unit, person.number, order="mobilise")


def _by_lead(stage: Play, unit: Unit, waiting: list[Person], factor: float, rng: random.Random) -> list[Person]:
    """In two units of five the lead records a fifth of the members in one sitting; the others."""
    if len(waiting) < 5 or rng.random() > 0.46:
        return waiting
    ordinary = [person for person in waiting if not person.leads]
    told = rng.sample(ordinary, max(1, round(len(ordinary) * (0.08 + 0.2 * rng.random()))))
    at = _moment(stage, lognormal(rng, 15.0 * factor, 0.5), rng)
    for person in told:
        at = at + timedelta(seconds=14 + int(30 * rng.random()))
        _report(stage, person, at, by_lead=True)
    return [person for person in waiting if person not in told]


def _wrong_person(stage: Play, rng: random.Random) -> None:
    """Six times a lead ticks the wrong name, takes it back, and the person reports in later."""
    own = [event for event in stage.sheets["mobilisation"]
           if event.cells["action"] == "report_in" and event.cells["by"] == event.cells["subject"]
           and event.at > moment("2020-01-31T14:00")
           and event.cells["unit"] not in (SURVIVOR, CLOSED, VILLAGE)]  # fmt: skip
    for event in rng.sample(own, 6):
        unit, subject = event.cells["unit"], event.cells["subject"]
        lead = stage.people.lead[unit]
        if lead == subject:
            continue
        at = stage.clock.late(moment("2020-01-30T08:00"), event.at - timedelta(hours=2), rng)
        stage.add(at, "report_in", lead, unit, subject, order="mobilise")
        back = at + timedelta(seconds=90 + int(700 * rng.random()))
        stage.add(back, "withdraw_report_in", lead, unit, subject, order="mobilise",
                  reason="wrong_person")  # fmt: skip
