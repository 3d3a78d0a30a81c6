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
from typing import IO, Any
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
    report_in,
    withdraw_acknowledgement,
    withdraw_report_in,
)
from muster.mobilisation.kinds import ACKNOWLEDGEMENT, REPORT_IN
from muster.mobilisation.models import Acknowledgement, Order, ReportIn
from muster.organisation.actions import (
    NewKind,
    NewPerson,
    NewUnit,
    open_incident,
    register_kinds,
    register_people,
    register_units,
    set_up_district,
)
from muster.organisation.granting import grant_role
from muster.organisation.models import Account, Person, Unit
from muster.organisation.people import actor_of
from muster.roll.actions import USES, choose_answer, excuse, hand_over_entries, lift_excuse, set_reasons
from muster.roll.models import EXCUSED, OUTSTANDING, Entry, Mark

VILLAGES, MEMBERS = 100, 4
ENTRIES = VILLAGES * (1 + MEMBERS)
"""Each village is to acknowledge, each of its members to report in."""
HOT = 20
"""Half of the calls go to so few entries that they meet."""
ANSWERED_KINDS = (ACKNOWLEDGEMENT, REPORT_IN)
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
    root: Unit
    units: dict[UUID, Unit]
    villages: list[UUID]
    people: dict[UUID, Person]


def prepare() -> Stage:
    """A district of 100 villages with four members each, all called by one order."""
    database.make_ready(drill=False)
    by = house("set-up")
    long_ago = clock.now() - timedelta(days=300)
    register_kinds(by=by, kinds=[NewKind("district", "district", 1), NewKind("village", "village", 2)])
    rows = [NewUnit("D", "x", "D", "D", "district", "", date(2019, 1, 1))]
    rows += [NewUnit(f"V{v}", "x", f"V{v}", "", "village", "D", date(2019, 1, 1)) for v in range(VILLAGES)]
    ids = register_units(by=by, units=rows, opened_at=long_ago)
    root = Unit.objects.get(pk=ids["D"])
    set_up_district(by=by, root=root, zone="Asia/Shanghai", day_starts_at=day_time(0), language="en")
    people = [NewPerson("c", "C", root.pk, "", True)]
    people += [NewPerson(f"p{v}-{m}", "P", ids[f"V{v}"], "", False) for v in range(VILLAGES) for m in range(MEMBERS)]
    register_people(by=by, people=people, since=long_ago)
    account = Account.objects.get(name="c")
    grant_role(by=by, account=account, role="commander", unit=root, since=long_ago)
    set_reasons(by=by, reasons=[(use, "because", "Because") for use in sorted(USES)])
    incident = open_incident(by=by, key="i", name="I", kind="k", opened_at=long_ago)
    set_series(by=by, issuer=root, pattern="{n}/{year}", needs_signature=False)
    commander = actor_of(account, "api")
    now = clock.now()
    due_at = now + timedelta(seconds=20)
    draft = Draft(
        key="o", title="T", text="T", effective_at=now, audience="kind:village", call_up="kind:village",
        due_at=due_at, call_up_due_at=due_at,
    )  # fmt: skip
    order = issue_order(by=commander, draft=draft_order(by=commander, issuer=root, incident=incident, draft=draft))
    units = {u.pk: u for u in Unit.objects.all()}
    members = {p.pk: p for p in Person.objects.exclude(number="c")}
    return Stage(commander, order, root, units, [pk for pk in units if pk != root.pk], members)


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

    def _subject(self) -> UUID:
        if self.random.random() < 0.4:
            return self._one_of(self.stage.villages)
        return self._one_of(list(self.stage.people))

    def _one_of(self, subjects: list[UUID]) -> UUID:
        return self.random.choice(subjects[:HOT] if self.random.random() < 0.5 else subjects)

    def _place(self, subject: UUID) -> tuple[UUID, Unit]:
        """The entry of a village or a person, and the unit that was accountable for it a moment ago."""
        rows = Entry.objects.filter(roll__kind__in=ANSWERED_KINDS, subject_id=subject)
        pk, unit = rows.values_list("pk", "unit_id").get()
        return pk, self.stage.units[unit]

    def _some(self, most: int, state: str) -> list[UUID]:
        """Entries that were in this state a moment ago."""
        subjects = {self._subject() for _ in range(self.random.randint(1, most))}
        rows = Entry.objects.filter(roll__kind__in=ANSWERED_KINDS, subject_id__in=subjects, state=state)
        return list(rows.values_list("pk", flat=True))

    def _outcome(self) -> dict[str, str]:
        outcome = self.random.choice(("will_do", "cannot"))
        return {"outcome": outcome, "reason": "because" if outcome == "cannot" else ""}

    def _send(self, fact: UUID, subject: UUID) -> None:
        stage, unit = self.stage, self._place(subject)[1]
        self._note("sends", str(fact))
        asked: dict[str, Any] = {"by": stage.by, "unit": unit, "order": stage.order, "id": fact}
        if subject in stage.people:
            new = report_in(**asked, person=stage.people[subject])
        else:
            new = acknowledge(**asked, subject=subject, **self._outcome())
        self._note("recorded" if new else "duplicate", str(fact))

    def answer(self) -> None:
        fact, subject = new_id(), self._subject()
        self.sent.append((fact, subject))
        self._send(fact, subject)

    def send_again(self) -> None:
        if self.sent:
            self._send(*self.random.choice(self.sent[-50:]))

    def correct(self) -> None:
        subject = self._one_of(self.stage.villages)
        unit = self._place(subject)[1]
        correct_acknowledgement(by=self.stage.by, unit=unit, order=self.stage.order, subject=subject, **self._outcome())

    def withdraw(self) -> None:
        stage, subject = self.stage, self._subject()
        unit = self._place(subject)[1]
        asked: dict[str, Any] = {"by": stage.by, "unit": unit, "order": stage.order, "reason": "because"}
        if subject in stage.people:
            withdraw_report_in(**asked, person=stage.people[subject])
        else:
            withdraw_acknowledgement(**asked, subject=subject)

    def excuse(self) -> None:
        excuse(by=self.stage.by, entries=self._some(self.random.choice((1, 5, 20)), OUTSTANDING), reason="because")

    def lift(self) -> None:
        lift_excuse(by=self.stage.by, entries=self._some(20, EXCUSED))

    def hand_over(self) -> None:
        unit, into = (self.stage.units[pk] for pk in self.random.sample(self.stage.villages, 2))
        hand_over_entries(by=self.stage.by, parent=self.stage.root, unit=unit, into=into, reason="because")

    def choose(self) -> None:
        rows = Entry.objects.filter(roll__kind=ACKNOWLEDGEMENT, differs=True).values_list("pk", "unit_id")[:20]
        if not rows:
            return
        entry, unit = self.random.choice(list(rows))
        facts = (
            Mark.objects.filter(entry=entry).exclude(outcome="").order_by("-n").values_list("fact_id", flat=True)[:2]
        )
        fact = self.random.choice(list(facts))
        choose_answer(by=self.stage.by, unit=self.stage.units[unit], entry=entry, fact_id=fact, reason="because")

    def answer_cannot(self) -> None:
        subject = self._one_of(self.stage.villages)
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
    answers = Acknowledgement.objects.filter(corrects__isnull=True).values_list("pk", flat=True)
    facts = {str(pk) for pk in (*answers, *ReportIn.objects.values_list("pk", flat=True))}
    of_answers = Mark.objects.filter(
        roll__kind__in=ANSWERED_KINDS, fact_kind__in=(Acknowledgement.KIND, ReportIn.KIND)
    ).values_list("fact_id", flat=True)
    marks = Counter(map(str, of_answers))
    sends, recorded = set(logs["sends"]), set(logs["recorded"])
    wrong += [f"fact {fact}: was answered as recorded and is lost" for fact in recorded - facts]
    wrong += [f"fact {fact}: comes from nowhere" for fact in facts - sends]
    wrong += [f"fact {fact}: has {count} marks" for fact, count in marks.items() if count != 1]
    twice = [fact for fact, count in Counter(logs["recorded"]).items() if count > 1]
    wrong += [f"fact {fact}: was answered as new twice" for fact in twice]
    expected = Entry.objects.filter(roll__kind__in=ANSWERED_KINDS, state__isnull=False).count()
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
