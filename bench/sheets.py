"""Sheets in and lists out: 8,163 people from a workbook, 200,000 rows, lists as files.

Raw is reading the same workbook with python-calamine and inserting all rows that the import writes by the plain driver,
in the same run. Memory is what the process holds at its most, the reading process beside it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import ground, workbooks
from bench.ground import Figure

PEOPLE, MANY, LISTED = 8163, 200_000, 100_000
XLSX_SECONDS_MAX, ADDED_MB_MAX = 30, 100
DRY_SECONDS_MAX, APPLY_RATIO_MAX, MEMORY_MB_MAX = 10, 3, 400


def main() -> None:
    """Print the figures."""
    if len(sys.argv) > 1:
        give_lists() if sys.argv[1] == "lists" else give(*sys.argv[1:])
        return
    ground.set_up()
    here = ground.district()
    codes = units_of()
    del here
    with tempfile.TemporaryDirectory() as folder:
        book = workbooks.write(Path(folder) / "people.xlsx", codes, PEOPLE)
        many = workbooks.write(Path(folder) / "many.xlsx", codes, MANY)
        one = apart("both", book)
        raw = raw_seconds(book)
        figures = [
            Figure(
                f"dry run of {PEOPLE:,} people, s",
                f"{one['dry']:.1f}",
                target=f"≤ {DRY_SECONDS_MAX} s",
                ok=one["dry"] <= DRY_SECONDS_MAX,
            ),
            Figure(
                "applying them, s",
                f"{one['apply']:.1f}",
                f"{raw:.2f}",
                f"{one['apply'] / raw:.1f}",
                f"≤ {APPLY_RATIO_MAX} times raw",
                one["apply"] <= APPLY_RATIO_MAX * raw,
            ),
            Figure(
                "its peak memory, MB: this process, the reading one",
                f"{one['memory']:.0f}, {one['child']:.0f}",
                target=f"< {MEMORY_MB_MAX} MB together",
                ok=one["memory"] + one["child"] < MEMORY_MB_MAX,
            ),
        ]
        lots = apart("both", many)
        figures += [
            Figure(f"dry run of {MANY:,} rows, s", f"{lots['dry']:.0f}", target="works", ok=True),
            Figure(
                "applying them, s (its longest slice)",
                f"{lots['apply']:.0f} ({lots['slice']:.1f})",
                target="works",
                ok=True,
            ),
            Figure("its peak memory, MB: this process, the reading one", f"{lots['memory']:.0f}, {lots['child']:.0f}"),
        ]
    figures += lists()
    ground.give_back(figures)


def lists() -> list[Figure]:
    """Lists out: a CSV of 100,000 rows streams, a workbook of them by 10 columns."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.sheets", "lists", ""], stdout=subprocess.PIPE, check=True, text=True
    )
    one: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return [
        Figure(
            f"CSV of {LISTED:,} rows: its first line, ms (all of it, s)",
            f"{one['first']:.0f} ({one['csv']:.1f})",
            target="< 1000 ms",
            ok=one["first"] < 1000,
        ),
        Figure(
            f"workbook of {LISTED:,} rows by 10 columns, s",
            f"{one['xlsx']:.1f}",
            target=f"≤ {XLSX_SECONDS_MAX} s",
            ok=one["xlsx"] <= XLSX_SECONDS_MAX,
        ),
        Figure(
            "memory that the two add, MB",
            f"{one['csv_memory']:.0f}, {one['xlsx_memory']:.0f}",
            target=f"≤ {ADDED_MB_MAX} MB each",
            ok=max(one["csv_memory"], one["xlsx_memory"]) <= ADDED_MB_MAX,
        ),
    ]


def give_lists() -> None:
    """The two lists themselves; prints seconds and megabytes."""
    ground.django()
    import io
    from zoneinfo import ZoneInfo

    from muster.sheets import out
    from muster.sheets.out import NUMBER, Field, Listing

    fields = [Field(f"Column {n}", NUMBER if n == 3 else "text") for n in range(10)]

    def rows() -> Any:
        return ([f"name {n}", "unit", n, n, "-x", "y", "z", "a", "b", "c"] for n in range(LISTED))

    listing = Listing("x", "List", fields, rows, LISTED, ZoneInfo("Asia/Shanghai"), "here", "now")
    before, began = peak_mb(), time.perf_counter()
    lines = out.csv_lines(listing)
    next(lines)
    first = (time.perf_counter() - began) * 1000
    size = sum(len(line) for line in lines)
    csv, csv_memory = time.perf_counter() - began, peak_mb() - before
    assert size > LISTED
    before, began = peak_mb(), time.perf_counter()
    out.xlsx(listing, io.BytesIO())
    xlsx, xlsx_memory = time.perf_counter() - began, peak_mb() - before
    found = {"first": first, "csv": csv, "csv_memory": csv_memory, "xlsx": xlsx, "xlsx_memory": xlsx_memory}
    print(json.dumps(found))


def peak_mb() -> float:
    """What this process held at its most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def units_of() -> list[str]:
    """The codes of the district's units."""
    from muster.organisation.models import UnitCode

    return list(UnitCode.objects.exclude(unit__parent__isnull=True).order_by("pk").values_list("code", flat=True))


def apart(what: str, book: Path) -> dict[str, Any]:
    """One import in a process of its own, so that its memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.sheets", what, str(book)], stdout=subprocess.PIPE, check=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def give(what: str, book: str) -> None:
    """The import itself; prints seconds and megabytes."""
    ground.django()
    from muster.foundation.collector import spare_the_collector
    from muster.foundation.rights import house
    from muster.sheets import actions, intake

    spare_the_collector()  # as in the server, which does it
    by, began = house("bench"), time.perf_counter()
    imported = intake.judge(by, intake.take(by, "people", Path(book).read_bytes()))
    dry = time.perf_counter() - began
    assert imported.refused == 0, imported.refused
    taken = longest = 0.0
    if what == "both":
        good = imported.new + imported.changed
        began = last = time.perf_counter()
        imported = actions.apply(by=by, imported=imported)
        for _step in intake.go_on(imported):
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        taken = time.perf_counter() - began
        assert imported.state == "applied", imported.state
        assert imported.written == good
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(json.dumps({"dry": dry, "apply": taken, "slice": longest, "memory": memory, "child": child}))


NEW = "SELECT id FROM organisation_person WHERE number LIKE 'P______-%%'"
ACCOUNTS = f"SELECT id FROM organisation_account WHERE person_id IN ({NEW})"
BEFORE = "SELECT id FROM sheets_importpart WHERE what = 'before'"
OF_PEOPLE = "subject_kind = 'person'"
OF_BEFORE = f"subject_kind = 'sheet' AND subject_id IN ({BEFORE})"
TABLES = {
    "organisation_person": "number LIKE 'P______-%%'",
    "organisation_account": f"person_id IN ({NEW})",
    "organisation_appointment": f"person_id IN ({NEW})",
    "organisation_grant": f"account_id IN ({ACCOUNTS})",
    "vault_particular": f"({OF_PEOPLE}) OR ({OF_BEFORE})",
    "vault_match": f"particular_id IN (SELECT id FROM vault_particular WHERE {OF_PEOPLE})",
    "sheets_importpart": "what = 'before'",
}
"""What applying an import of people writes, and which rows of it: what goes first stands before what points to it."""
LINES = "SELECT * FROM foundation_auditline WHERE verb = 'sheets.write_rows'"
"""Its lines of the log stay, since nothing deletes one: they are inserted once more under other ids."""


def raw_seconds(book: Path) -> float:
    """Reading the workbook with calamine, and the rows that the import wrote taken out and inserted anew.

    Into the same tables with all their indexes, foreign keys and triggers, by the fastest statement that the driver has
    (executemany on SQLite, COPY on PostgreSQL), a statement a table, all in one transaction that is committed.
    """
    from django.db import connection, transaction
    from python_calamine import CalamineWorkbook

    with transaction.atomic(), connection.cursor() as cursor:
        written = {table: selected(cursor, f"SELECT * FROM {table} WHERE {where}") for table, where in TABLES.items()}
        written["foundation_auditline"] = [anew(row) for row in selected(cursor, LINES)]
        for table in ("vault_match", "vault_particular", "sheets_importpart", *reversed(list(TABLES)[:4])):
            cursor.execute(f"DELETE FROM {table} WHERE {TABLES[table]}")
    began = time.perf_counter()
    CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in written.items():
            insert(cursor, table, rows)
    return time.perf_counter() - began


def selected(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    cursor.execute(query)
    return list(cursor.fetchall())


def anew(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A line of the log under another id."""
    from muster.foundation import sql
    from muster.foundation.ids import new_id

    return (sql.uuid_value(new_id()), *row[1:])


def insert(cursor: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    """All rows of a table at once."""
    from muster.foundation import sql

    if sql.is_postgresql():
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


if __name__ == "__main__":
    main()
