"""Checks both scenarios: counts, references, who may do what, and the totals of a simple replay."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from . import flood, jinyuan
from .replay import CALL_UP, Replay
from .sheets import COLUMNS, read

NOON = "2020-01-30T12:00"
TOWNS = ("subdistrict", "town")


def check_all(here: Path) -> int:
    """Print every problem and the totals of both scenarios; 1 where there is a problem."""
    problems = 0
    for name, make, check in (
        ("jinyuan-2020", jinyuan.make, jinyuan_problems),
        ("flood-small", flood.make, flood_problems),
    ):
        folder = here / name
        found = [*same_bytes(folder, make), *sheet_problems(folder), *check(folder)]
        for problem in found:
            print(f"{name}: {problem}")
        problems += len(found)
    for problem in readme_problems(here / "README.md"):
        print(f"README.md: {problem}")
        problems += 1
    print("all holds" if not problems else f"{problems} problems")
    return 1 if problems else 0


def same_bytes(folder: Path, make: flood.Maker) -> Iterator[str]:
    """The maker, run again in another folder, writes the same bytes."""
    with tempfile.TemporaryDirectory() as temporary:
        again = Path(temporary)
        if (folder / "divisions.csv").exists():
            (again / "divisions.csv").write_bytes((folder / "divisions.csv").read_bytes())
        make(again)
        for path in sorted(again.rglob("*.*")):
            kept = folder / path.relative_to(again)
            if not kept.exists() or kept.read_bytes() != path.read_bytes():
                yield f"{kept.name} differs from what the maker writes"


def sheet_problems(folder: Path) -> Iterator[str]:
    """Columns, double keys and names of things that do not exist."""
    for sheet, columns in COLUMNS.items():
        path = folder / f"{sheet}.csv"
        header = path.read_text(encoding="utf-8").splitlines()[0]
        if header != columns:
            yield f"{path.name}: columns {header}"
    units = [row["code"] for row in read(folder, "units")]
    people = [row["number"] for row in read(folder, "people")]
    names = [row["name"] for row in read(folder, "units")]
    phones = [row["phone"] for row in read(folder, "people")]
    for label, values in (("code", units), ("number", people), ("unit name", names),
                          ("phone", phones)):  # fmt: skip
        yield from (f"{label} {value} twice" for value, n in Counter(values).items() if n > 1)
    for sheet, column, known in (
        ("units", "parent", {*units, ""}), ("people", "unit", set(units)),
        ("sets", "unit", set(units)), ("appointments", "unit", set(units)),
        ("appointments", "person", set(people)), ("grants", "person", set(people)),
        ("grants", "unit", set(units)), ("cast", "person", set(people)),
        ("watch_items", "owner", set(units)),
    ):  # fmt: skip
        wrong = [row[column] for row in read(folder, sheet) if row[column] not in known]
        yield from (f"{sheet}.{column}: unknown {value}" for value in wrong)
    for row in read(folder, "orders"):
        if row["attachment"] and not (folder / "files" / row["attachment"]).exists():
            yield f"no file {row['attachment']}"


def readme_problems(path: Path) -> Iterator[str]:
    """The scenario of three units in the README is whole and comes to what the README says."""
    block = path.read_text(encoding="utf-8").split("## A whole scenario")[1].split("```")[1]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "events").mkdir()
        for sheet, columns in COLUMNS.items():
            (folder / f"{sheet}.csv").write_text(f"{columns}\n", encoding="utf-8")
        for part in block.strip().split("\n\n"):
            name, _, text = part.partition("\n")
            (folder / name).write_text(f"{text}\n", encoding="utf-8")
        yield from sheet_problems(folder)
        play = Replay(folder)
        yield from play.run()
        yield from expect("order", play.coverage("moor/1", play.ends_at, "ISLE"), (2, 2, 0, 0, 1))
        yield from expect("people", play.coverage(CALL_UP, play.ends_at, "ISLE"), (3, 2, 1, 0, 0))


def expect(label: str, found: object, wanted: object) -> Iterator[str]:
    """A problem where the two differ."""
    if found != wanted:
        yield f"{label}: {found}, wanted {wanted}"


def jinyuan_problems(folder: Path) -> Iterator[str]:
    """The numbers that the district's scenario must have."""
    units = {row["code"]: row for row in read(folder, "units")}
    called = [row["unit"] for row in read(folder, "sets") if row["set"] == "called"]
    kinds = Counter(units[code]["kind"] for code in called)
    members = Counter(row["unit"] for row in read(folder, "people") if row["unit"] in called)
    departments = [code for code in called if units[code]["kind"] == "department"]
    yield from expect("divisions", sum(u["scheme"] == "CN-12" for u in units.values()), 118)
    yield from expect("called", (len(called), len(set(called))), (412, 412))
    yield from expect("towns", kinds["town"] + kinds["subdistrict"], 6)
    yield from expect("places", kinds["village"] + kinds["community"], 111)
    yield from expect("departments", len(departments), 26)
    yield from expect("other units", sum(units[c]["scheme"] == "JY" for c in called) - 26, 269)
    yield from expect("members", sum(members.values()), 8163)
    yield from expect("140110003213", members["140110003213"], 38)
    yield from expect("140110102205", members["140110102205"], 49)
    yield from expect("units without members", [c for c in called if not members[c]], [])
    yield from expect("small departments", [c for c in departments if members[c] < 3], [])
    yield from lead_problems(folder, called)
    play = Replay(folder)
    yield from play.run()
    yield from jinyuan_totals(play)


def lead_problems(folder: Path, called: list[str]) -> Iterator[str]:
    """Each called unit has exactly one lead, from within but for the lead of two branches."""
    leads = Counter(row["unit"] for row in read(folder, "people") if row["leads"] == "yes")
    second = Counter(row["unit"] for row in read(folder, "appointments") if row["leads"] == "yes")
    for code in called:
        yield from expect(f"leads of {code}", leads[code] + second[code], 1)
    yield from expect("leads from outside", sum(second.values()), 1)


def jinyuan_totals(play: Replay) -> Iterator[str]:
    """The figures of "What must hold", asked of the replay."""
    towns = [code for code, unit in play.units.items() if unit["kind"] in TOWNS]
    for unit in (play.root, *towns):
        for roll in ("mobilise/1", CALL_UP):
            figure = play.coverage(roll, NOON, unit)
            if not 0 < figure.answered < figure.expected:
                yield f"{roll} at {unit} at noon: {figure}"
    old = play.coverage("mobilise/1", "2020-01-31T08:59:59", play.root)
    if not 330 <= old.answered <= 390:
        yield f"version 1: {old}"
    end = play.coverage("mobilise/2", "2020-02-11T18:00", play.root)
    yield from expect("version 2", end[:4], (412, 412, 0, 0))
    yield from expect("unmet of version 2", end.unmet, 1)
    people = play.coverage(CALL_UP, "2020-02-11T18:00", play.root)
    yield from expect("members", people[:4], (8163, 8126, 37, 0))
    for roll in ("jinci/1", "triage/1"):
        figure = play.coverage(roll, "2020-02-11T18:00", play.root)
        yield from expect(roll, figure.answered, figure.expected)
    yield from expect("nothing after", play.last_change <= "2020-02-06T18:00", True)
    yield from expect("after 5 February", play.last_answer("mobilise/2") >= "2020-02-05", True)
    play.print_days("mobilise/1", "mobilise/2", "jinci/1", "triage/1", CALL_UP)


def flood_problems(folder: Path) -> Iterator[str]:
    """The numbers that the small scenario must have."""
    yield from expect("units", len(read(folder, "units")), 30)
    yield from expect("people", len(read(folder, "people")), 200)
    play = Replay(folder)
    yield from play.run()
    called = sum(row["set"] == "flood_net" for row in read(folder, "sets"))
    order = play.coverage("stand-to/1", play.ends_at, play.root)
    people = play.coverage(CALL_UP, play.ends_at, play.root)
    yield from expect("organisations", order[:4], (called, called, 0, 0))
    yield from expect("excused, outstanding", people[2:4], (2, 0))
    play.print_days("stand-to/1", CALL_UP)
