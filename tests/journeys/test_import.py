"""A clerk repairs a bad sheet: taken in, looked at, answered, written, the refused rows mended, taken back.

At a desk and on a phone, with scripts and without, by the keyboard alone; every page is sound.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from muster.organisation.models import Person
from muster.sheets import actions, intake, reading
from muster.sheets.models import Import
from tests.journeys.conftest import District
from tests.journeys.test_board import DESK, PHONE, go, sign_in
from tests.sheets.books import HEADS, csv_of, id_number, phone, xlsx_of

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Sound = Callable[["Page"], None]
ROWS = [
    ("赵 一", "Ａ１", "", "网格员", "否", id_number(1).lower(), phone(1), "2019年5月"),
    ("钱二", "Unit A2", "", "", "", "", "", ""),
    ("孙三", "Unit Z", "", "", "", "", "", ""),
    ("李四", "A1", "", "", "", "", "1380013800", ""),
    ("王五", "A3", "", "a", "", "", "", ""),
    ("王五", "A3", "", "b", "", "", "", ""),
    ("合计", "6"),
]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A sheet with a title, a total, and four rows that need somebody."""
    path = tmp_path / "people.xlsx"
    path.write_bytes(xlsx_of({"花名册": [("人员花名册",), HEADS, *ROWS]}))
    return path


def sizes() -> Any:
    return pytest.mark.parametrize(
        ("size", "scripts"), [(DESK, True), (DESK, False), (PHONE, True)], ids=["desk", "without scripts", "phone"]
    )


@sizes()
def test_a_clerk_repairs_a_bad_sheet(
    district: District,
    new_context: Callable[..., BrowserContext],
    sound: Sound,
    bad: Path,
    tmp_path: Path,
    size: dict[str, int],
    scripts: bool,
) -> None:
    page = new_context(viewport=size, locale="en-GB", java_script_enabled=scripts).new_page()
    check = sound if scripts else lambda _page: None
    sign_in(page, district)
    page.goto(f"{district.url}/office/import/")
    check(page)
    page.set_input_files("input[type=file]", bad)
    go(page, page.get_by_role("button", name="Read it and try"))
    check(page)
    counts = page.locator(".counts b").all_inner_texts()
    assert counts == ["2", "0", "0", "2", "2"]
    assert "B5" in page.locator("td.wrong").first.inner_text()
    for row, answer in ((7, "It is a new person"), (8, "Leave it out")):
        form = page.locator("tr.asking", has_text=f"Row {row}")
        form.get_by_label(answer).check()
        go(page, form.get_by_role("button", name=f"Answer row {row}"))
    go(page, page.get_by_role("button", name="Write 3 rows"))
    assert "3 rows were written" in page.inner_text("main")
    check(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the 2 refused").click()
    sheet = reading.read(taken.value.path().read_bytes()).sheets[0].rows
    assert "B5" in sheet[1][-1]
    mended = [[cell.replace("Unit Z", "A2").replace("1380013800", phone(4)) for cell in row] for row in sheet]
    again = tmp_path / "mended.csv"
    again.write_bytes(csv_of(mended, "gb18030"))
    page.goto(f"{district.url}/office/import/")
    page.set_input_files("input[type=file]", again)
    go(page, page.get_by_role("button", name="Read it and try"))
    go(page, page.get_by_role("button", name="Write 2 rows"))
    assert set(
        Person.objects.filter(name__in=("赵一", "钱二", "孙三", "李四", "王五")).values_list("name", flat=True)
    ) == {
        "赵一",
        "钱二",
        "孙三",
        "李四",
        "王五",
    }
    go(page, page.get_by_role("button", name="Take the import back"))
    assert "Taken back" in page.inner_text("main")
    assert Person.objects.filter(name__in=("孙三", "李四")).count() == 0


def test_on_a_phone_whoever_is_meant_is_chosen_without_scrolling_sideways(
    district: District, new_context: Callable[..., BrowserContext], bad: Path
) -> None:
    page = new_context(viewport=PHONE, locale="en-GB").new_page()
    sign_in(page, district)
    page.goto(f"{district.url}/office/import/")
    page.set_input_files("input[type=file]", bad)
    go(page, page.get_by_role("button", name="Read it and try"))
    for scrolled in (0, 400):
        page.locator(".scroll").evaluate("(it, left) => { it.scrollLeft = left }", scrolled)
        controls = page.locator("tr.asking").first.locator("label, button").all()
        assert len(controls) == 3
        for box in [control.bounding_box() for control in controls]:
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]


def test_the_page_of_a_running_import_goes_on_by_itself(
    district: District, new_context: Callable[..., BrowserContext], bad: Path
) -> None:
    page = new_context(viewport=DESK, locale="en-GB").new_page()
    sign_in(page, district)
    page.goto(f"{district.url}/office/import/")
    page.set_input_files("input[type=file]", bad)
    go(page, page.get_by_role("button", name="Read it and try"))
    imported = Import.objects.latest("made_at")
    begun = actions.apply(by=actions.by_whom(imported), imported=imported)
    page.reload()
    assert page.locator("progress").count() == 1
    page.evaluate("() => { window.stayed = true }")
    for _step in intake.go_on(begun):
        pass
    page.get_by_text("2 rows were written").wait_for(timeout=15_000)
    assert page.evaluate("() => window.stayed")
    assert page.locator("[hx-get]").count() == 0


def test_columns_are_set_by_hand_with_the_keyboard_alone(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, tmp_path: Path
) -> None:
    page = new_context(viewport=DESK, locale="en-GB").new_page()
    odd = tmp_path / "odd.csv"
    odd.write_bytes(csv_of([("甲", "乙"), ("赵一", "A1"), ("钱二", "A2")]))
    sign_in(page, district)
    page.goto(f"{district.url}/office/import/")
    page.set_input_files("input[type=file]", odd)
    page.get_by_role("button", name="Read it and try").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/columns/")
    sound(page)
    for name, down in (("Full name", 1), ("Unit", 2)):
        page.get_by_label(name).first.focus()
        for _ in range(down):
            page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Try the rows so").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".counts b").all_inner_texts() == ["2", "0", "0", "0", "0"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_registers_are_sound(
    district: District, new_context: Callable[..., BrowserContext], sound: Sound, size: dict[str, int]
) -> None:
    page = new_context(viewport=size, locale="en-GB").new_page()
    sign_in(page, district)
    people, units = f"{district.url}/office/people/", f"{district.url}/office/units/"
    for address in (people, f"{people}?q=nobody", units, f"{district.url}/office/lists/people/print/"):
        page.goto(address)
        sound(page)
    for address, link in ((people, "Name of lead_a1"), (units, "Unit A1")):
        page.goto(address)
        go(page, page.get_by_role("link", name=link, exact=True))
        sound(page)
