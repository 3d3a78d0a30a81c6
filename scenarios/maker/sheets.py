"""Rows in, CSV files out: UTF-8, comma, one header row, `\\n` at each line's end."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

Row = dict[str, str]

COLUMNS: dict[str, str] = {
    "scenario": "key,value",
    "kinds": "kind,name,rank,team",
    "units": "code,scheme,name,short_name,kind,parent,opened_on",
    "sets": "set,name,unit",
    "people": "number,name,unit,title,leads,phone",
    "appointments": "person,unit,title,leads",
    "grants": "person,role,unit",
    "cast": "person,role,note",
    "reasons": "use,code,text",
    "incidents": "key,name,kind,opened_at",
    "series": "issuer,pattern,needs_signature",
    "orders": "key,version,issuer,title,text,effective_at,due_at,audience,call_up,call_up_due_at,"
    "founding,re_acknowledge,attachment,passes_on,covering_note",
    "pledges": "order,version,position,text",
    "watch_items": "unit,order,position,text,cadence_hours,owner",
    "events/organisation": "at,action,by,unit,subject,into,reason",
    "events/roll": "at,action,by,unit,subject,roll,into,reason",
    "events/mobilisation": "at,action,by,unit,subject,order,outcome,reason,note",
}


def write(folder: Path, sheet: str, rows: Iterable[Mapping[str, str]]) -> None:
    """Write one sheet of a scenario; a column that a row leaves out is empty, a strange one fails."""
    path = folder / f"{sheet}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[sheet].split(","), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read(folder: Path, sheet: str) -> list[Row]:
    """Read one sheet as a list of rows; a sheet that is not there has none."""
    path = folder / f"{sheet}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(columns: str, text: str) -> list[Row]:
    """Rows from lines of cells parted by `|`, for the short sheets."""
    names = columns.split(",")
    lines = [line.strip() for line in text.strip().splitlines()]
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]


def words(text: str) -> list[str]:
    """The words of a text, for lists that are easier to read in a line."""
    return text.split()


def cells(text: str) -> list[str]:
    """The cells of a line, parted by `|`, for names that hold spaces."""
    return text.split("|")


def stream(scenario: str, section: str) -> random.Random:
    """A source of chance of its own for each section: a change in one leaves the others alone."""
    return random.Random(f"muster/{scenario}/{section}")


def moment(text: str) -> datetime:
    """A local time as the sheets write it, without a zone: the scenario names that once."""
    return datetime.fromisoformat(text)


def stamp(at: datetime) -> str:
    """A local time as the sheets write it: seconds only where there are some."""
    return at.isoformat(timespec="seconds" if at.second else "minutes")
