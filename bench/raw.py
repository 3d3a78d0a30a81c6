"""The same rows by the plain driver: what an answer costs without Muster.

For each answer a transaction: lock the entry, then the rows that `mobilisation.report_in` or `.acknowledge` writes
(fact, badge, mark, entry, tally, audit line). Digests, macs and signatures are constants of the right length.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

DIGEST = "0123456789abcdef" * 4
PAYLOAD = "MUSTER1.0001." + "x" * 190
VALID_TO = "2030-01-01"

FACT = "id, by_person, for_person, incident, channel, happened_at, clock_basis, recorded_at, corrects, digest, line"
TABLES = {
    "mobilisation_reportin": f"{FACT}, pledged, at_unit_id, order_id, person_id",
    "mobilisation_acknowledgement": f"{FACT}, outcome, reason, pledged, at_unit_id, order_id, roll_id, subject_id",
    "roll_mark": "id, line, n, before, after, outcome, late_delta, unmet_delta, fact_kind, fact_id, leg, reason,"
    " by_person, recorded_at, entry_id, roll_id, unit_id",
    "mobilisation_badge": "no, payload, issued_at, valid_to, revoked_at, person_id, report_in_id, unit_id",
    "roll_entry": "id, roll_id, unit_id, subject_kind, subject_id, slot, state, outcome, late, unmet, differs, n,"
    " attempts, fact_kind, mac",
    "foundation_auditline": "id, at, actor, actor_account, channel, verb, unit_path, ids, input_hmac, facts_digest,"
    " witnessed, request, acting_for, mac",
}


def _insert(table: str) -> str:
    columns = TABLES[table]
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * (columns.count(',') + 1))})"


INSERT = {table: _insert(table) for table in TABLES}
LOCK = (
    "SELECT id, roll_id, unit_id, due_at, state, outcome, late, unmet, n, attempts, subject_id FROM roll_entry"
    " WHERE subject_id = %s AND roll_id = %s AND subject_kind = %s"
)
ENTRY = (
    "UPDATE roll_entry SET state = %s, outcome = %s, late = %s, unmet = %s, n = %s, settled_at = %s, fact_kind = %s,"
    " fact_id = %s WHERE id = %s"
)
TALLY = (
    "UPDATE roll_tally SET outstanding = outstanding - %s, answered = answered + %s WHERE roll_id = %s AND unit_id = %s"
)


@dataclass(frozen=True)
class Answer:
    """One answer to give: about whom, on which roll."""

    subject_kind: str
    subject: UUID
    unit: UUID
    path: str
    roll: UUID
    order: UUID
    incident: UUID
    by: UUID


class Raw:
    """A connection of the plain driver with Muster's settings."""

    def __init__(self) -> None:
        url = os.environ["MUSTER_DATABASE_URL"]
        self.postgresql = url.startswith("postgresql")
        self.connection: Any
        if self.postgresql:
            import psycopg

            self.connection = psycopg.connect(url)
            self.execute = self.connection.cursor().execute
            self.lock = LOCK + " FOR NO KEY UPDATE"
            self.text = dict(INSERT)
            self.entry, self.tally = ENTRY, TALLY
            return
        self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("synchronous=FULL", "busy_timeout=20000", "foreign_keys=ON", "recursive_triggers=ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.execute = self.connection.cursor().execute
        self.lock = LOCK.replace("%s", "?")
        self.text = {table: words.replace("%s", "?") for table, words in INSERT.items()}
        self.entry, self.tally = ENTRY.replace("%s", "?"), TALLY.replace("%s", "?")

    def uuid(self, value: UUID) -> Any:
        """A UUID as the engine stores it."""
        return value if self.postgresql else value.hex

    def answer(self, one: Answer) -> None:
        """One answer, one transaction."""
        execute = self.execute
        self.begin()
        uuid = self.uuid
        entry = execute(self.lock, (uuid(one.subject), uuid(one.roll), one.subject_kind)).fetchone()
        line, now = uuid(uuid7()), self.now()
        fact, mark, update, badge = self._rows(one, line, now, entry[0], entry[8] + 1)
        execute(self.text[_table(one)], fact)
        execute(self.text["roll_mark"], mark)
        execute(self.entry, update)
        execute(self.tally, (1, 1, uuid(one.roll), uuid(one.unit)))
        execute(self.text["foundation_auditline"], self._log(one, line, now))
        if one.subject_kind == "person":
            execute(self.text["mobilisation_badge"], badge)
        self.commit()

    def batch(self, many: Sequence[Answer]) -> None:
        """Many answers of one roll, sorted by unit, one transaction; without badges."""
        execute, uuid, first = self.execute, self.uuid, many[0]
        self.begin()
        line, now = uuid(uuid7()), self.now()
        subjects = [uuid(one.subject) for one in many]
        if self.postgresql:
            lock = self.lock.replace("subject_id = %s", "subject_id = ANY(%s)").replace(" FOR", " ORDER BY id FOR")
            found = execute(lock, (subjects, uuid(first.roll), first.subject_kind)).fetchall()
        else:
            lock = self.lock.replace("subject_id = ?", f"subject_id IN ({', '.join('?' * len(many))})")
            found = execute(lock, (*subjects, uuid(first.roll), first.subject_kind)).fetchall()
        entries = {row[10]: row for row in found}
        rows = [
            self._rows(one, line, now, entries[uuid(one.subject)][0], entries[uuid(one.subject)][8] + 1) for one in many
        ]
        cursor = self.connection.cursor()
        cursor.executemany(self.text[_table(first)], [row[0] for row in rows])
        cursor.executemany(self.text["roll_mark"], [row[1] for row in rows])
        cursor.executemany(self.entry, [row[2] for row in rows])
        for unit, count in sorted(Counter(one.unit for one in many).items()):
            execute(self.tally, (count, count, uuid(first.roll), uuid(unit)))
        execute(self.text["foundation_auditline"], self._log(first, line, now))
        self.commit()

    def insert_many(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows by the fastest way that the driver offers."""
        cursor = self.connection.cursor()
        if not self.postgresql:
            cursor.executemany(self.text[table], rows)
            return
        with cursor.copy(f"COPY {table} ({TABLES[table]}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def now(self) -> Any:
        """The moment, as the engine stores it."""
        now = datetime.now(UTC)
        return now if self.postgresql else now.replace(tzinfo=None).isoformat(" ")

    def _rows(self, one: Answer, line: Any, now: Any, entry: Any, n: int) -> tuple[Any, ...]:
        """What one answer writes: fact, mark, the entry's new values, badge."""
        uuid, no = self.uuid, False if self.postgresql else 0
        subject, roll, unit, by, fact = (uuid(i) for i in (one.subject, one.roll, one.unit, one.by, uuid7()))
        head = (fact, by, None, uuid(one.incident), "phone", now, "server", now, None, DIGEST, line)
        if one.subject_kind == "person":
            outcome, kind = "reported", "mobilisation.report_in"
            written: tuple[Any, ...] = (*head, no, unit, uuid(one.order), subject)
        else:
            outcome, kind = "will_do", "mobilisation.acknowledgement"
            written = (*head, outcome, "", no, unit, uuid(one.order), roll, subject)
        mark = (uuid(uuid7()), line, n, "outstanding", "answered", outcome, 0, 0, kind, fact, "", "", by, now)
        update = ("answered", outcome, no, no, n, now, kind, fact, entry)
        number = one.subject.hex[-16:-4] + one.order.hex[-4:]
        badge = (number, PAYLOAD, now, VALID_TO, None, subject, fact, unit)
        return written, (*mark, entry, roll, unit), update, badge

    def _log(self, one: Answer, line: Any, now: Any) -> tuple[Any, ...]:
        ids = f'["{one.subject}"]'
        return (line, now, "p00001", None, "phone", "bench", one.path, ids, DIGEST, DIGEST, 2, None, None, DIGEST)

    def begin(self) -> None:
        """Begin a transaction; the driver of PostgreSQL does so by itself."""
        if not self.postgresql:
            self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """End the transaction."""
        if self.postgresql:
            self.connection.commit()
        else:
            self.execute("COMMIT")

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()


def _table(one: Answer) -> str:
    return "mobilisation_reportin" if one.subject_kind == "person" else "mobilisation_acknowledgement"
