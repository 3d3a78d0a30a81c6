"""Many processes answer, correct, excuse, withdraw and hand over the same 500 entries, and are killed in between.

    python -m tests.faults.hammer --processes 16 --seconds 60 --folder /tmp/somewhere

on the empty database of MUSTER_DATABASE_URL, with the settings of life. Prints one line of JSON: how many calls, what
was refused, what failed, and what was found afterwards.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as day_time
from pathlib import Path
from typing import IO
from uuid import UUID

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    django.setup()

from django.db import connection, connections

from muster.foundation import clock, database, seals
from muster.foundation.errors import Refusal
from muster.foundation.ids import new_id
from muster.foundation.models import AuditLine
from muster.foundation.registry import PROOFS
from muster.foundation.rights import Actor, house
from muster.mobilisation.actions import Draft, draft_order, issue_order, set_series
from muster.mobilisation.answers import (
    acknowledge,
    answer_cannot,
    correct_acknowledgement,
    withdraw_acknowledgement,
)
from muster.mobilisation.kinds import ACKNOWLEDGEMENT
from muster.mobilisation.models import Acknowledgement, Order
from muster.organisation.actions import (
    NewKind,
    NewPerson,
    NewUnit,
    grant_role,
    open_incident,
    register_kinds,
    register_people,
    register_units,
    set_up_district,
)
from muster.organisation.models import Account, Unit
from muster.organisation.people import actor_of
from muster.roll.actions import USES, choose_answer, excuse, hand_over_entries, lift_excuse, set_reasons
from muster.roll.models import Entry, Mark, Roll

TOWNS, ENTRIES = 5, 500
HOT = 25
"""A third of the calls go to so few entries that they meet."""
WEIGHTS = {
    "answer": 40,
    "send_again": 6,
    "correct": 14,
    "withdraw": 14,
    "excuse": 10,
    "lift": 8,
    "hand_over": 6,
    "choose": 4,
    "answer_cannot": 4,
}


@dataclass
class Stage:
    """What every process knows."""

    by: Actor
    order: Order
    roll: Roll
    root: Unit
    units: dict[UUID, Unit]
    subjects: list[UUID]


def prepare() -> Stage:
    """A district of 500 villages, called by one order."""
    database.make_ready(drill=False)
    by = house("set-up")
    long_ago = clock.now() - timedelta(days=300)
    register_kinds(by=by, kinds=[NewKind(k, k, n) for n, k in enumerate(("district", "town", "village"), start=1)])
    rows = [NewUnit("D", "x", "D", "D", "district", "", date(2019, 1, 1))]
    rows += [NewUnit(f"T{t}", "x", f"T{t}", "", "town", "D", date(2019, 1, 1)) for t in range(TOWNS)]
    rows += [NewUnit(f"V{v}", "x", f"V{v}", "", "village", f"T{v % TOWNS}", date(2019, 1, 1)) for v in range(ENTRIES)]
    ids = register_units(by=by, units=rows, opened_at=long_ago)
    root = Unit.objects.get(pk=ids["D"])
    set_up_district(by=by, root=root, zone="Asia/Shanghai", day_starts_at=day_time(0), language="en")
    register_people(by=by, people=[NewPerson("c", "C", root.pk, "", True)], since=long_ago)
    account = Account.objects.get(name="c")
    grant_role(by=by, account=account, role="commander", unit=root, since=long_ago)
    set_reasons(by=by, reasons=[(use, "because", "Because") for use in sorted(USES)])
    incident = open_incident(by=by, key="i", name="I", kind="k", opened_at=long_ago)
    set_series(by=by, issuer=root, pattern="{n}/{year}", needs_signature=False)
    commander = actor_of(account, "api")
    now = clock.now()
    draft = Draft(
        key="o", title="T", text="T", effective_at=now, audience="kind:village", due_at=now + timedelta(seconds=20)
    )
    order = issue_order(by=commander, draft=draft_order(by=commander, issuer=root, incident=incident, draft=draft))
    units = {u.pk: u for u in Unit.objects.all()}
    subjects = [u.pk for u in units.values() if u.kind_id == "village"]
    return Stage(commander, order, Roll.objects.get(kind=ACKNOWLEDGEMENT), root, units, subjects)


class Worker:
    """One process: calls verbs until the time is up. What it means to do and what came of it stands in its log."""

    def __init__(self, stage: Stage, seed: int, log: IO[str]) -> None:
        self.stage, self.random, self.log = stage, random.Random(seed), log
        self.sent: list[tuple[UUID, UUID]] = []

    def run(self, until: float) -> None:
        while time.monotonic() < until:
            verb = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            try:
                getattr(self, verb)()
                self._note("call", verb)
            except Refusal as refusal:
                self._note("refused", f"{verb} {refusal.code}")
            except Exception:
                self._note("error", f"{verb} {traceback.format_exc()}")

    def _note(self, what: str, content: str) -> None:
        self.log.write(json.dumps([what, content]) + "\n")
        self.log.flush()

    def _entry(self) -> tuple[UUID, UUID, Unit]:
        """An entry, its subject, and the unit that was accountable a moment ago."""
        stage = self.stage
        some = stage.subjects[:HOT] if self.random.random() < 0.35 else stage.subjects
        subject = self.random.choice(some)
        pk, unit = Entry.objects.values_list("pk", "unit_id").get(roll=stage.roll, subject_id=subject)
        return pk, subject, stage.units[unit]

    def _outcome(self) -> dict[str, str]:
        outcome = self.random.choice(("will_do", "cannot"))
        return {"outcome": outcome, "reason": "because" if outcome == "cannot" else ""}

    def _send(self, fact: UUID, subject: UUID, unit: Unit) -> None:
        self._note("sends", str(fact))
        new = acknowledge(
            by=self.stage.by, unit=unit, order=self.stage.order, subject=subject, id=fact, **self._outcome()
        )
        self._note("recorded" if new else "duplicate", str(fact))

    def answer(self) -> None:
        _, subject, unit = self._entry()
        fact = new_id()
        self.sent.append((fact, subject))
        self._send(fact, subject, unit)

    def send_again(self) -> None:
        if self.sent:
            fact, subject = self.random.choice(self.sent[-50:])
            unit = Entry.objects.values_list("unit_id", flat=True).get(roll=self.stage.roll, subject_id=subject)
            self._send(fact, subject, self.stage.units[unit])

    def correct(self) -> None:
        _, subject, unit = self._entry()
        correct_acknowledgement(by=self.stage.by, unit=unit, order=self.stage.order, subject=subject, **self._outcome())

    def withdraw(self) -> None:
        _, subject, unit = self._entry()
        withdraw_acknowledgement(by=self.stage.by, unit=unit, order=self.stage.order, subject=subject, reason="because")

    def excuse(self) -> None:
        entries = {self._entry()[0] for _ in range(self.random.randint(1, 5))}
        excuse(by=self.stage.by, entries=list(entries), reason="because")

    def lift(self) -> None:
        entries = {self._entry()[0] for _ in range(self.random.randint(1, 2))}
        lift_excuse(by=self.stage.by, entries=list(entries))

    def hand_over(self) -> None:
        _, _, unit = self._entry()
        into = self.stage.units[self.random.choice(self.stage.subjects)]
        hand_over_entries(by=self.stage.by, parent=self.stage.root, unit=unit, into=into, reason="because")

    def choose(self) -> None:
        rows = Entry.objects.filter(roll=self.stage.roll, differs=True).values_list("pk", "unit_id")[:20]
        if not rows:
            return
        entry, unit = self.random.choice(list(rows))
        facts = (
            Mark.objects.filter(entry=entry).exclude(outcome="").order_by("-n").values_list("fact_id", flat=True)[:2]
        )
        fact = self.random.choice(list(facts))
        choose_answer(by=self.stage.by, unit=self.stage.units[unit], entry=entry, fact_id=fact, reason="because")

    def answer_cannot(self) -> None:
        _, subject, _ = self._entry()
        outcome = self.random.choice(("helped", "excused", "insisted"))
        answer_cannot(by=self.stage.by, order=self.stage.order, subject=subject, outcome=outcome)


class Foreman:
    """Starts the processes, kills one now and then, and starts another in its place. Never asks the database."""

    def __init__(self, stage: Stage, folder: Path, processes: int, seconds: float) -> None:
        self.stage, self.folder, self.processes = stage, folder, processes
        self.until = time.monotonic() + seconds
        self.running: set[int] = set()
        self.number = self.kills = 0
        self.random = random.Random(7)

    def start(self) -> None:
        self.number += 1
        number = self.number
        pid = os.fork()
        if pid:
            self.running.add(pid)
            return
        code = 1
        try:
            retries = _count_retries()
            with (self.folder / f"log-{number}.jsonl").open("w") as log:
                worker = Worker(self.stage, number, log)
                worker.run(self.until)
                worker._note("retries", str(retries[0]))
            code = 0
        finally:
            os._exit(code)

    def run(self, kill_every: float) -> None:
        for _ in range(self.processes):
            self.start()
        while time.monotonic() < self.until - 0.5:
            time.sleep(self.random.uniform(0.5, 1.5) * kill_every)
            pid = self.random.choice(sorted(self.running))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self.running.discard(pid)
            self.kills += 1
            self.start()

    def wait(self) -> int:
        """Waits for all; gives how many hung and were killed."""
        end, hung = time.monotonic() + 30, 0
        while self.running:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            self.running.discard(pid)
            if not pid and time.monotonic() > end:
                hung = len(self.running)
                for left in self.running:
                    with suppress(ProcessLookupError):
                        os.kill(left, signal.SIGKILL)
                break
            time.sleep(0.02)
        return hung


def _count_retries() -> list[int]:
    """Counts the pauses between two tries of an action: how often an engine asked for another."""
    count, pause = [0], clock.pause

    def counted(seconds: float) -> None:
        count[0] += 1
        pause(seconds)

    clock.pause = counted  # type: ignore[assignment]
    return count


def read_logs(folder: Path) -> dict[str, list[str]]:
    """{what: contents} of all logs; the last line of a killed process may be cut off."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("log-*.jsonl")):
        for line in path.read_text().splitlines():
            with suppress(ValueError):
                what, content = json.loads(line)
                found.setdefault(what, []).append(content)
    return found


def judge(logs: dict[str, list[str]]) -> list[str]:
    """What is wrong: the proofs of verify, and each fact once, neither lost nor from nowhere."""
    _wait_for_the_killed()
    wrong = [f"{name}: {words}" for name, prove in PROOFS.items() for words in prove()]
    facts = set(map(str, Acknowledgement.objects.filter(corrects__isnull=True).values_list("pk", flat=True)))
    marks = Counter(
        map(
            str,
            Mark.objects.filter(roll__kind=ACKNOWLEDGEMENT, fact_kind=Acknowledgement.KIND).values_list(
                "fact_id", flat=True
            ),
        )
    )
    sends, recorded = set(logs["sends"]), set(logs["recorded"])
    wrong += [f"fact {fact}: was answered as recorded and is lost" for fact in recorded - facts]
    wrong += [f"fact {fact}: comes from nowhere" for fact in facts - sends]
    wrong += [f"fact {fact}: has {count} marks" for fact, count in marks.items() if count != 1]
    twice = [fact for fact, count in Counter(logs["recorded"]).items() if count > 1]
    wrong += [f"fact {fact}: was answered as new twice" for fact in twice]
    expected = Entry.objects.filter(roll__kind=ACKNOWLEDGEMENT, state__isnull=False).count()
    if expected != ENTRIES:
        wrong.append(f"{expected} are expected, not {ENTRIES}")
    return wrong


def _wait_for_the_killed() -> None:
    """PostgreSQL notices a killed client when it next writes to it."""
    if connection.vendor != "postgresql":
        return
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state <> 'idle' AND backend_type = 'client backend'"
            )
            row = cursor.fetchone()
        if row == (0,):
            return
        time.sleep(0.05)


def main() -> int:
    """Returns 0 when all is well."""
    parser = ArgumentParser()
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    stage = prepare()
    lines_before = AuditLine.objects.count()
    # No connection crosses a fork.
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]
    foreman = Foreman(stage, options.folder, options.processes, options.seconds)
    foreman.run(kill_every=options.seconds / 40)
    hung = foreman.wait()
    logs = read_logs(options.folder)
    wrong = judge(logs)
    lines = AuditLine.objects.count() - lines_before
    calls = Counter(logs.get("call", []))
    sealed = seals.seal_settled()
    print(
        json.dumps(
            {
                "engine": connection.vendor,
                "processes": options.processes,
                "seconds": options.seconds,
                "kills": foreman.kills,
                "calls": sum(calls.values()) + len(logs.get("refused", [])),
                "done": dict(sorted(calls.items())),
                "refused": dict(Counter(logs.get("refused", [])).most_common()),
                "duplicates": len(logs.get("duplicate", [])),
                "retries": sum(map(int, logs.get("retries", []))),
                "lines": lines,
                "marks": Mark.objects.count(),
                "sealed": sealed,
                "hung": hung,
                "errors": logs.get("error", []),
                "wrong": wrong,
            }
        )
    )
    return 1 if wrong or hung or logs.get("error") else 0


if __name__ == "__main__":
    sys.exit(main())
