"""A plain replay of a scenario's events by the rules: no database, no Muster, only dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from .sheets import Row, read

CALL_UP = "mobilisation.members_reported_in"
SHEETS = ("organisation", "roll", "mobilisation")


class Coverage(NamedTuple):
    """expected = answered + excused + outstanding; unmet is a part of answered."""

    expected: int
    answered: int
    excused: int
    outstanding: int
    unmet: int


@dataclass
class Entry:
    """One name on a roll with its whole history of (moment, accountable unit, state, outcome)."""

    unit: str
    opened: str
    marks: list[tuple[str, str, str, str]] = field(default_factory=list)

    def at(self, moment: str) -> tuple[str, str, str, str] | None:
        """The last mark not later than `moment`; None before the roll opened."""
        past = [mark for mark in self.marks if mark[0] <= moment]
        return past[-1] if past else None

    def mark(self, at: str, state: str, outcome: str = "") -> None:
        """Append a mark at the unit that is accountable now."""
        self.marks.append((at, self.unit, state, outcome))

    @property
    def state(self) -> str:
        """The state now."""
        return self.marks[-1][2]


class Replay:
    """Reads a scenario and plays it; `run` yields what is not allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        about = {row["key"]: row["value"] for row in read(folder, "scenario")}
        self.root, self.ends_at = about["root"], about["ends_at"]
        self.opened_at = read(folder, "incidents")[0]["opened_at"]
        self.units = {row["code"]: row for row in read(folder, "units")}
        self.people = {row["number"]: row for row in read(folder, "people")}
        self.orders = {f"{o['key']}/{o['version']}": o for o in read(folder, "orders")}
        self.sign = {s["issuer"]: s["needs_signature"] for s in read(folder, "series")}
        self.reasons = {(row["use"], row["code"]) for row in read(folder, "reasons")}
        self.leads: dict[str, set[str]] = {}
        for row in (*self.people.values(), *read(folder, "appointments")):
            if row["leads"] == "yes":
                self.leads.setdefault(row["unit"], set()).add(row.get("number") or row["person"])
        self.rolls: dict[str, dict[str, Entry]] = {}
        self.steps: dict[str, dict[str, str]] = {}
        self.closed: set[str] = set()
        self.superseded: set[str] = set()
        self.cannot: set[tuple[str, str]] = set()
        self.last_change = ""

    def above(self, unit: str) -> list[str]:
        """The unit and all above it."""
        found = [unit]
        while self.units[found[-1]]["parent"]:
            found.append(self.units[found[-1]]["parent"])
        return found

    def may(self, person: str, unit: str, strictly_above: bool = False) -> bool:
        """Does the person lead the unit or one above it, or hold the office's role over it?"""
        line = self.above(unit)[1:] if strictly_above else self.above(unit)
        office = {(row["person"], row["unit"]) for row in read(self.folder, "grants")
                  if row["role"] in ("commander", "clerk")}  # fmt: skip
        return any(person in self.leads.get(u, ()) or (person, u) in office for u in line)

    def audience(self, terms: str) -> set[str]:
        """The units that a rule names: set, kind, under, unit; a leading `-` takes away."""
        found: set[str] = set()
        for term in terms.split():
            key, _, value = term.removeprefix("-").partition(":")
            chosen = {
                "set": {r["unit"] for r in read(self.folder, "sets") if r["set"] == value},
                "kind": {c for c, u in self.units.items() if u["kind"] == value},
                "under": {c for c in self.units if value in self.above(c)},
                "unit": {value},
            }[key]
            found = found - chosen if term.startswith("-") else found | chosen
        return found - self.closed

    def run(self) -> Iterator[str]:
        """Play every event in order; yield a sentence for each that the rules refuse."""
        events = []
        for rank, sheet in enumerate(SHEETS):
            rows = read(self.folder, f"events/{sheet}")
            times = [row["at"] for row in rows]
            if [full(t) for t in times] != sorted(full(t) for t in times):
                yield f"events/{sheet}.csv is not in order of time"
            events += [(full(row["at"]), rank, line, row) for line, row in enumerate(rows, 2)]
        for at, rank, line, row in sorted(events, key=lambda event: event[:3]):
            problem = self.problem(at, row) or getattr(self, row["action"])(at, row)
            if problem:
                yield f"events/{SHEETS[rank]}.csv line {line}: {row['action']}: {problem}"

    def problem(self, at: str, row: Row) -> str | None:
        """What is wrong with any event, whatever it does."""
        if not full(self.opened_at) <= at <= full(self.ends_at):
            return "outside the incident"
        if row["by"] not in self.people or row["unit"] not in self.units:
            return "unknown person or unit"
        if row["action"] not in ("report_in", "read_order") and not self.may(row["by"], row["unit"]):
            return f"{row['by']} may not act for {row['unit']}"
        return None

    # --- orders

    def draft_order(self, at: str, row: Row) -> str | None:
        """A draft of an order that orders.csv holds."""
        self.steps[row["subject"]] = {"drafted_by": row["by"]}
        return None if row["subject"] in self.orders else "unknown order"

    def sign_order(self, at: str, row: Row) -> str | None:
        """A second person signs."""
        step = self.steps.get(row["subject"], {})
        step["signed_by"] = row["by"]
        return "same person" if step.get("drafted_by", row["by"]) == row["by"] else None

    def issue_order(self, at: str, row: Row) -> str | None:
        """Opens the roll of the order and, where it calls people up, theirs."""
        order = self.orders[row["subject"]]
        if self.sign.get(order["issuer"]) and "signed_by" not in self.steps[row["subject"]]:
            return "not signed"
        return self._open(at, row["subject"])

    def pass_on_order(self, at: str, row: Row) -> str | None:
        """A unit's own order that passes on another one, which must be issued by now."""
        source = self.orders[row["subject"]]["passes_on"]
        if source not in self.rolls:
            return "nothing to pass on"
        expected = self.audience(self.orders[row["subject"]]["audience"])
        if any(self.rolls[source][unit].state != "outstanding" for unit in expected):
            return "answered before it was passed on"
        return self._open(at, row["subject"])

    def _open(self, at: str, name: str) -> str | None:
        order = self.orders[name]
        if at < full(order["effective_at"]):
            return "before it takes effect"
        older = f"{order['key']}/{int(order['version']) - 1}"
        self.superseded |= {older} & set(self.rolls)
        self.rolls[name] = {unit: Entry(unit, at) for unit in self.audience(order["audience"])}
        if order["call_up"]:
            called = self.audience(order["call_up"])
            self.rolls[CALL_UP] = {number: Entry(person["unit"], at)
                                   for number, person in self.people.items()
                                   if person["unit"] in called}  # fmt: skip
            for entry in self.rolls[CALL_UP].values():
                entry.mark(at, "outstanding")
        for entry in self.rolls[name].values():
            entry.mark(at, "outstanding")
        return None

    def _entries(self, name: str, subject: str) -> list[Entry]:
        """The entry of a subject on an order's roll, and on the roll of what it passes on."""
        names = [name, self.orders[name]["passes_on"]]
        return [self.rolls[n][subject] for n in names if n and subject in self.rolls.get(n, {})]

    def read_order(self, at: str, row: Row) -> str | None:
        """Read by the lead while the order is in force."""
        if row["by"] not in self.leads.get(row["unit"], ()):
            return "not the lead"
        return None if self._entries(row["order"], row["subject"]) else "not addressed"

    def acknowledge(self, at: str, row: Row) -> str | None:
        """Will do or cannot, once, by the accountable unit."""
        entries = self._entries(row["order"], row["subject"])
        if not entries or row["order"] in self.superseded or row["unit"] in self.closed:
            return "nothing to answer"
        if row["by"] not in self.leads.get(row["unit"], ()):
            return "not the lead"
        if any(e.unit != row["unit"] or e.state != "outstanding" for e in entries):
            return "another unit's, or answered already"
        if (row["outcome"] == "cannot") != (("cannot", row["reason"]) in self.reasons):
            return "reason"
        if row["outcome"] == "cannot":
            self.cannot.add((row["order"], row["subject"]))
        return self._mark(at, entries, "answered", row["outcome"])

    def correct_acknowledgement(self, at: str, row: Row) -> str | None:
        """Another outcome for what was answered."""
        entries = self._entries(row["order"], row["subject"])
        if row["order"] in self.superseded or any(e.state != "answered" for e in entries):
            return "nothing to correct"
        if ("correction", row["reason"]) not in self.reasons:
            return "reason"
        return self._mark(at, entries, "answered", row["outcome"])

    def withdraw_acknowledgement(self, at: str, row: Row) -> str | None:
        """Puts the entry back."""
        entries = self._entries(row["order"], row["subject"])
        if row["order"] in self.superseded or any(e.state != "answered" for e in entries):
            return "nothing to withdraw"
        if ("withdrawal", row["reason"]) not in self.reasons:
            return "reason"
        return self._mark(at, entries, "outstanding", "")

    def answer_cannot(self, at: str, row: Row) -> str | None:
        """The issuer answers each `cannot` once."""
        wanted = (row["order"], row["subject"])
        if wanted not in self.cannot or row["outcome"] not in ("helped", "excused", "insisted"):
            return "nobody said so"
        self.cannot.remove(wanted)
        return None

    # --- people

    def report_in(self, at: str, row: Row) -> str | None:
        """By the person, or by the lead of the accountable unit."""
        entry = self.rolls.get(CALL_UP, {}).get(row["subject"])
        if entry is None or entry.unit != row["unit"] or entry.state != "outstanding":
            return f"not expected of {row['unit']}, or settled already"
        if row["by"] != row["subject"] and row["by"] not in self.leads.get(row["unit"], ()):
            return "neither the person nor the lead"
        outcome = "own" if row["by"] == row["subject"] else "by_lead"
        return self._mark(at, [entry], "answered", outcome)

    def withdraw_report_in(self, at: str, row: Row) -> str | None:
        """Puts the entry back."""
        entry = self.rolls[CALL_UP][row["subject"]]
        if entry.state != "answered" or ("withdrawal", row["reason"]) not in self.reasons:
            return "nothing to withdraw, or reason"
        return self._mark(at, [entry], "outstanding", "")

    def excuse(self, at: str, row: Row) -> str | None:
        """From above the accountable unit, with a reason of the list."""
        entry = self.rolls.get(row["roll"], {}).get(row["subject"])
        if entry is None or entry.unit != row["unit"] or entry.state != "outstanding":
            return "nothing to excuse"
        if not self.may(row["by"], row["unit"], strictly_above=True):
            return "not from above"
        if row["by"] in self.leads.get(row["unit"], ()):
            return "the unit's own lead"
        if ("excuse", row["reason"]) not in self.reasons:
            return "reason"
        return self._mark(at, [entry], "excused", row["reason"])

    def hand_over_entries(self, at: str, row: Row) -> str | None:
        """Everything outstanding of one unit to another, on the open rolls."""
        if ("hand_over", row["reason"]) not in self.reasons:
            return "reason"
        for name, entries in self.rolls.items():
            for entry in entries.values():
                if name in self.superseded or entry.unit != row["unit"]:
                    continue
                if entry.state == "outstanding":
                    entry.unit = row["into"]
                    entry.mark(at, "outstanding")
        return None

    def merge_units(self, at: str, row: Row) -> str | None:
        """Closes a unit of which nothing is open any more."""
        self.closed.add(row["unit"])
        open_rolls = (r for name, r in self.rolls.items() if name not in self.superseded)
        left = [e for r in open_rolls for e in r.values() if e.unit == row["unit"]]
        return "entries open" if any(e.state == "outstanding" for e in left) else None

    def _mark(self, at: str, entries: list[Entry], state: str, outcome: str) -> str | None:
        """Mark the entries; nothing is wrong with that."""
        self.last_change = max(self.last_change, at)
        for entry in entries:
            entry.mark(at, state, outcome)
        return None

    # --- reading

    def coverage(self, roll: str, moment: str, unit: str) -> Coverage:
        """The figures of a roll below a unit, as of a moment."""
        last = [entry.at(full(moment)) for entry in self.rolls[roll].values()]
        within = [mark for mark in last if mark and unit in self.above(mark[1])]
        states = [mark[2] for mark in within]
        answered, excused, outstanding = (states.count(state) for state in ("answered", "excused", "outstanding"))
        unmet = sum(mark[3] == "cannot" for mark in within)
        return Coverage(len(within), answered, excused, outstanding, unmet)

    def last_answer(self, roll: str) -> str:
        """When the last entry of a roll was settled for the first time."""
        return max(next((m[0] for m in e.marks if m[2] == "answered"), "")
                   for e in self.rolls[roll].values())  # fmt: skip

    def print_days(self, *rolls: str) -> None:
        """The figures at noon of each day, for the eye."""
        day, end = date.fromisoformat(self.opened_at[:10]), date.fromisoformat(self.ends_at[:10])
        while day <= end:
            figures = [self.coverage(roll, f"{day}T12:00", self.root) for roll in rolls]
            if any(figure.expected for figure in figures):
                print(day, " ".join(f"{f.answered}+{f.excused}/{f.expected}" for f in figures))
            day += timedelta(days=1)


def full(moment: str) -> str:
    """A moment with seconds, so that two compare as texts."""
    return moment if len(moment) == 19 else f"{moment}:00"
