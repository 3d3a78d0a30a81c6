"""Workbooks for benchmarks: people with invented ID numbers and phones, as many rows as wanted."""

from __future__ import annotations

import csv
from pathlib import Path

SCENARIO = Path(__file__).resolve().parent.parent / "scenarios" / "jinyuan-2020" / "people.csv"
HEADS = ("序号", "姓名", "所在单位", "职务", "是否负责人", "身份证号", "联系电话", "任职时间")


def names() -> list[tuple[str, str]]:
    """(name, title) of the people of the scenario, all of them invented."""
    with SCENARIO.open(encoding="utf-8-sig", newline="") as file:
        return [(row["name"], row["title"]) for row in csv.DictReader(file)]


def id_number(n: int) -> str:
    """An invented ID number with its check digit, another for each n below a million."""
    from stdnum.cn import ric

    head = f"110101{1950 + n // 1000 % 50}{1 + n // 50_000 % 12:02}{1 + n // 600_000 % 28:02}{n % 1000:03}"
    return head + str(ric.calc_check_digit(head + "0"))


def write(path: Path, units: list[str], rows: int) -> Path:
    """A workbook of so many people at some units in turn, with a title above and a total below."""
    import xlsxwriter

    known = names()
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, ["人员花名册"])
        sheet.write_row(1, 0, HEADS)
        for n in range(rows):
            name, title = known[n % len(known)]
            lead = "是" if n < len(units) else "否"
            cells = [n + 1, name, units[n % len(units)], title, lead, id_number(n), 13_000_000_000 + n, "2019-05-01"]
            sheet.write_row(n + 2, 0, cells)
        sheet.write_row(rows + 2, 0, ["合计", rows])
    return path
