"""Answers through the action, one an action.

A member reports in (fact, badge with its signature, mark, entry, tally, audit line), or a unit acknowledges an order,
against SQL of the plain driver that writes the same rows in one transaction an answer. Then 500 in one action.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bench import ground
from bench.ground import Figure
from bench.raw import Answer, Raw

ROUNDS = 3
MOST = 4000
"""Answers of one client in one round, half by the action and half by the plain driver."""
STRETCH = 25
"""Answers of one of the two before the other's turn; the best stretch of each counts."""
WARM_UP = 20
"""Answers before the clock starts: the drivers prepare a statement when they see it for the fifth time."""
CLIENTS = 16
EACH_OF_MANY = 150
BATCH = 500


def main() -> None:
    """Print the figures."""
    ground.set_up()
    here = ground.district()
    postgresql = ground.engine() == "PostgreSQL"
    figures = one_client(here, "report in", 0.5 if postgresql else 0.35)
    figures += one_client(here, "acknowledge", 0.5 if postgresql else 0.35)
    if postgresql:
        figures.append(many_clients(here))
    figures += batches(here)
    ground.give_back(figures)


def asked(here: ground.District, key: str, verb: str) -> tuple[Any, list[Answer]]:
    """A fresh order, and everybody who is to answer it, units mixed."""
    from muster.roll.models import Entry

    order = ground.call(here, key, members=verb == "report in")
    kind = "person" if verb == "report in" else "unit"
    paths = {unit.pk: unit.path for unit in here.units}
    entries = Entry.objects.filter(roll__source_id=order.pk, subject_kind=kind).order_by("roll", "subject_id")
    rows = entries.values_list("subject_id", "unit_id", "roll_id")
    answers = [
        Answer(kind, subject, unit, paths[unit], roll, order.pk, order.incident_id, _lead(here, unit, kind, subject))
        for subject, unit, roll in rows
    ]
    return order, answers[::2] + answers[1::2]


def _lead(here: ground.District, unit: Any, kind: str, subject: Any) -> Any:
    return subject if kind == "person" else here.people[unit][0]


def prepared(here: ground.District, order: Any, answers: Sequence[Answer]) -> list[Callable[[], object]]:
    """The calls of the action, with arguments as a page has them when it calls."""
    from muster.foundation.rights import Actor
    from muster.mobilisation import answers as verbs
    from muster.organisation.models import Person

    units = {unit.pk: unit for unit in here.units}
    people = {p.pk: p for p in Person.objects.all()}

    def member(one: Answer) -> Callable[[], object]:
        person, unit = people[one.subject], units[one.unit]
        by = Actor(person.number, person.pk, person.pk, (("member", unit.path),), "phone")
        return partial(verbs.report_in, by=by, unit=unit, person=person, order=order)

    def lead(one: Answer) -> Callable[[], object]:
        person, unit = people[one.by], units[one.unit]
        grants = (("member", unit.path), ("lead", unit.path))
        by = Actor(person.number, person.pk, person.pk, grants, "phone")
        return partial(verbs.acknowledge, by=by, unit=unit, order=order, outcome="will_do")

    return [member(a) if a.subject_kind == "person" else lead(a) for a in answers]


def one_client(here: ground.District, verb: str, target: float) -> list[Figure]:
    """Answers a second and processor time an answer, the best of many short stretches of each in turn."""
    best: dict[str, tuple[float, float]] = {}
    for number in range(ROUNDS):
        order, answers = asked(here, f"one-{verb.replace(' ', '-')}-{number}", verb)
        raw = Raw()
        for do in [partial(raw.answer, one) for one in answers[:WARM_UP]]:
            do()
        calls = prepared(here, order, answers[WARM_UP:])
        for do in calls[:WARM_UP]:
            do()
        for i in range(WARM_UP, min(len(calls), MOST), 2 * STRETCH):
            raw_calls = [partial(raw.answer, one) for one in answers[WARM_UP + i : WARM_UP + i + STRETCH]]
            for name, todo in (("raw", raw_calls), ("action", calls[i + STRETCH : i + 2 * STRETCH])):
                if len(todo) == STRETCH:
                    wall, processor = _timed(todo)
                    known = best.get(name, (wall, processor))
                    best[name] = (min(wall, known[0]), min(processor, known[1]))
        raw.close()
    wall, processor = best["action"]
    raw_wall, raw_processor = best["raw"]
    ratio = raw_wall / wall
    return [
        Figure(
            f"{verb}, 1 client, answers/s",
            f"{1 / wall:,.0f}",
            f"{1 / raw_wall:,.0f}",
            f"{ratio:.2f}",
            f"ratio ≥ {target}",
            ratio >= target,
        ),
        Figure(
            f"{verb}, processor time of the client an answer, ms",
            f"{processor * 1000:.2f}",
            f"{raw_processor * 1000:.2f}",
            f"{processor / raw_processor:.1f}",
            "≤ 1.3 ms",
            processor <= 0.0013,
        ),
    ]


def _timed(calls: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """(wall seconds, processor seconds) a call."""
    used, began = ground.processor_seconds(), time.perf_counter()
    for do in calls:
        do()
    return (time.perf_counter() - began) / len(calls), (ground.processor_seconds() - used) / len(calls)


def many_clients(here: ground.District) -> Figure:
    """16 clients at once, each a process with a connection of its own."""
    best: dict[str, float] = {"raw": 0, "action": 0}
    share = EACH_OF_MANY + WARM_UP
    for number in range(ROUNDS):
        order, answers = asked(here, f"many-{number}", "report in")
        for name, part in (("raw", answers[: CLIENTS * share]), ("action", answers[CLIENTS * share :])):
            shares = [part[i * share : (i + 1) * share] for i in range(CLIENTS)]
            best[name] = max(best[name], _together(here, order, name, shares))
    ratio = best["action"] / best["raw"]
    return Figure(
        f"report in, {CLIENTS} clients, answers/s",
        f"{best['action']:,.0f}",
        f"{best['raw']:,.0f}",
        f"{ratio:.2f}",
        "ratio ≥ 0.35",
        ratio >= 0.35,
    )


def _together(here: ground.District, order: Any, name: str, shares: Sequence[Sequence[Answer]]) -> float:
    """Answers a second of all clients, from the first one's start to the last one's end."""
    from django.db import connection

    todo = [prepared(here, order, share) if name == "action" else [] for share in shares]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    fork = multiprocessing.get_context("fork")
    ready, said = fork.Barrier(len(shares)), fork.Queue()

    def client(calls: Sequence[Callable[[], object]], share: Sequence[Answer]) -> None:
        if name == "raw":
            raw = Raw()
            calls = [partial(raw.answer, one) for one in share]
        for do in calls[:WARM_UP]:
            do()
        ready.wait(60)
        began = time.perf_counter()
        for do in calls[WARM_UP:]:
            do()
        said.put((began, time.perf_counter()))

    clients = [fork.Process(target=client, args=pair) for pair in zip(todo, shares, strict=True)]
    for one in clients:
        one.start()
    spans = [said.get(timeout=120) for _ in clients]
    for one in clients:
        one.join(30)
    answered = sum(len(share) - WARM_UP for share in shares)
    return answered / (max(end for _, end in spans) - min(start for start, _ in spans))


def batches(here: ground.District) -> list[Figure]:
    """500 answers in one action and transaction, sorted by unit, as a phone's batch of field records will be."""
    best: dict[str, float] = {"raw": 0, "action": 0}
    for number in range(ROUNDS):
        order, answers = asked(here, f"batch-{number}", "report in")
        ordered = sorted(answers, key=lambda a: (a.unit, a.subject))
        parts = [ordered[i : i + BATCH] for i in range(0, len(ordered) - BATCH + 1, BATCH)]
        raw = Raw()
        for i, part in enumerate(parts):
            name = ("raw", "action")[i % 2]
            began = time.perf_counter()
            if name == "raw":
                raw.batch(part)
            else:
                _answer_many(here, order, part)
            best[name] = max(best[name], len(part) / (time.perf_counter() - began))
        raw.close()
    return [
        Figure(
            f"{BATCH} answers in one action, sorted by unit, answers/s",
            f"{best['action']:,.0f}",
            f"{best['raw']:,.0f}",
            f"{best['action'] / best['raw']:.2f}",
            "≥ 3,000/s",
            best["action"] >= 3000,
        )
    ]


def _answer_many(here: ground.District, order: Any, part: Sequence[Answer]) -> None:
    verb: Any = _verb_of_batches()
    by = replace(here.chief, channel="field")
    verb(by=by, order=order, roll=part[0].roll, people=[(a.subject, a.unit) for a in part])


def _verb_of_batches() -> Any:
    """The benchmark's own verb: one book over all entries, answered one by one, written once."""
    from muster.foundation import facts
    from muster.foundation.action import action
    from muster.foundation.registry import ACTIONS
    from muster.mobilisation.models import ReportIn
    from muster.roll.book import open_book

    known = ACTIONS.get("bench.report_in_many")
    if known is not None:
        return known

    @action("bench.report_in_many", roles=("commander",))
    def report_in_many(*, by: Any, order: Any, roll: Any, people: Sequence[Any]) -> int:
        book = open_book(subjects=[("person", person) for person, _ in people], rolls=[roll])
        units = dict(people)
        done = 0
        for entry in book.entries.values():
            fact = facts.draft(
                ReportIn,
                order_id=order.pk,
                at_unit_id=units[entry.subject_id],
                person_id=entry.subject_id,
                for_person=entry.subject_id,
                incident=order.incident_id,
            )
            done += book.answer(entry, fact, "reported")
        book.write()
        return done

    return report_in_many


if __name__ == "__main__":
    main()
