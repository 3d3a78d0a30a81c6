"""Shows every part of the pages with made-up figures, to be held beside the pictures that they should reach.

    .venv/bin/python tools/gallery.py [--po CATALOGUE.po] [--language zh-hans|en] [PAGE ...]

Renders tools/gallery/<page>.html with the real templates, tags and style sheets into var/gallery/ and photographs
them with Debian's Chromium: 1280x800 and 390x844, light and dark; the wall at 1920x1080, paper as A4. No database,
no server: the browser's requests are answered from the files. Prints what the browser complained about, what axe
found and what does not fit the screen; exit 1 if anything did.
"""

from __future__ import annotations

import argparse
import mimetypes
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "tools" / "gallery"
OUT = ROOT / "var" / "gallery"
STATIC = ROOT / "src/muster/website/static"
POLICY = "default-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; object-src 'none'"
DESK, PHONE, WALL, SHEET = (1280, 800), (390, 844), (1920, 1080), (794, 1123)
SIZES = {"wall": [WALL], "report-print": [SHEET], "roll-print": [SHEET]}
PHONE_PAGES = ("phone-ask", "phone-done", "phone-roll", "phone-refuse")


@dataclass(frozen=True)
class Counts:
    """A coverage of the gallery's own."""

    answered: int = 0
    excused: int = 0
    outstanding: int = 0
    overdue: int = 0
    unmet: int = 0
    late: int = 0

    @property
    def expected(self) -> int:
        return self.answered + self.excused + self.outstanding


def set_up(po: Path | None, language: str) -> None:
    """Django with the gallery's own templates before the real ones."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "muster.website.settings"
    sys.path.insert(0, str(ROOT / "src"))
    import django
    from django.conf import settings

    settings.TEMPLATES[0]["DIRS"] = [HERE]
    # The frame of a page (who, where, which drill) is the gallery's own: no room is asked.
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"] = [
        "django.template.context_processors.request",
        "django.template.context_processors.i18n",
    ]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    if po:
        settings.LOCALE_PATHS = [compiled(po), *settings.LOCALE_PATHS]
    settings.LANGUAGE_CODE = language
    django.setup()


@cache
def addresses() -> tuple[Any, ...]:
    """The addresses that the base templates name."""
    from django.http import HttpResponse
    from django.urls import path

    named = ("set_language", "set_theme", "sign_out")
    return tuple(path(f"{name}/", lambda request: HttpResponse(), name=name) for name in named)


def settle() -> None:
    """Language, zone and addresses for the running thread: Playwright answers in one of its own."""
    from django.conf import settings
    from django.urls import set_urlconf
    from django.utils import timezone, translation

    set_urlconf(addresses())
    translation.activate(settings.LANGUAGE_CODE)
    timezone.activate("Asia/Shanghai")


def compiled(po: Path) -> Path:
    """A folder of catalogues with that one in it."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    folder = OUT / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with po.open("rb") as source, (folder / "django.mo").open("wb") as target:
        write_mo(target, read_po(source, locale="zh_Hans"))
    return OUT / "locale"


def figures() -> dict[str, Any]:
    """What the pages show: invented."""
    from muster.website.charts import Series

    end = datetime(2020, 2, 11, 10, 42, tzinfo=UTC)
    start = datetime(2020, 1, 19, 0, 0, tzinfo=UTC)
    asked = end - timedelta(days=13)
    grown = [0, 96, 201, 214, 288, 344, 361, 389, 396, 401, 404, 406]
    return {
        "start": start,
        "end": end,
        "earlier": end - timedelta(days=3),
        "time_marks": [(asked, "21号通知"), (end - timedelta(days=6), "到位")],
        "late": Counts(answered=389, excused=6, outstanding=17, overdue=17, unmet=0, late=31),
        "all": Counts(answered=8126, excused=37),
        "refusing": Counts(answered=412, unmet=9),
        "begun": Counts(answered=38, outstanding=374),
        "bad": Counts(answered=12, outstanding=400, overdue=390),
        "mixed": Counts(answered=18, excused=3, outstanding=6, overdue=2),
        "one": Counts(answered=137_999, outstanding=1),
        "many": Counts(answered=136_418, excused=212, outstanding=1370),
        "none": Counts(),
        "complete": Counts(answered=32),
        "towns": [
            {"name": name, "c": Counts(answered=answered, excused=1, outstanding=over, overdue=over), "late": over > 3}
            for name, answered, over in (
                ("金胜镇", 70, 5),
                ("义井街道", 75, 2),
                ("罗城街道", 40, 1),
                ("晋源街道", 68, 3),
                ("晋祠镇", 58, 4),
                ("姚村镇", 33, 2),
            )
        ],
        "missing": [
            {"name": name, "unit": unit, "lead": lead, "late": timedelta(hours=hours)}
            for name, unit, lead, hours in (
                ("石庄头村党支部", "金胜镇", "贾志远", 0.2),
                ("西峪村党支部", "金胜镇", "康秀峰", 0.7),
                ("牛家口村党支部", "晋祠镇", "武建平", 0.7),
                ("柳子沟村党支部", "晋祠镇", "段玉林", 1.71),
                ("洞儿沟村党支部", "姚村镇", "李翠萍", 2.7),
                ("鹅归店村党支部", "晋源街道", "梁永胜", 26),
                ("风峪新村党支部", "晋源街道", "牛晓燕", 75),
            )
        ],
        "history": [
            Series("已签收", [(asked + timedelta(hours=8 * n), value) for n, value in enumerate(grown)]),
            Series("应签收", [(asked, 412), (end, 412)], dashed=True),
        ],
        "spark": [2, 5, 9, 9, 14, 21],
    }


def nav(current: str) -> list[dict[str, Any]]:
    """The office's navigation, one place current."""
    places = (("board", "指挥板"), ("roll", "点名册"), ("order", "通知"), ("report", "简报"))
    return [{"url": f"/{key}", "label": label, "current": key == current} for key, label in places]


def render(page: str, theme: str) -> str:
    """One page as HTML."""
    from django.template.loader import render_to_string
    from django.test import RequestFactory

    settle()

    request = RequestFactory().get(f"/{page}")
    request.user = SimpleNamespace(is_authenticated=True, get_username=lambda: "1")  # type: ignore[assignment]
    tabs = (("list-check", "我的事项"), ("clipboard-list", "本单位"), ("id-badge-2", "证件"), ("user", "我"))
    context = figures() | {
        "theme": "dark" if page == "wall" else theme,
        "nav": nav({"figure": "board", "wall": "board"}.get(page, page)),
        "account_label": "郭晓峰 · 花塔村" if page.startswith("phone") else "区指挥部值班室 · 邵明远",
        "drill": page not in ("report-print",),
        "phone_nav": [
            {"url": "#", "label": label, "icon": icon, "current": not n} for n, (icon, label) in enumerate(tabs)
        ],
        "wall": page == "wall",
    }
    name = "board" if page == "wall" else page
    return render_to_string(f"{name}.html", context, request)


def answer(route: Any) -> None:
    """What a server would say: a rendered page or a static file."""
    address = route.request.url.split("gallery.invalid", 1)[1].split("?")[0]
    if address.startswith("/static/"):
        file = STATIC / address.removeprefix("/static/")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(path=file, content_type=kind)
        return
    page, theme = address.strip("/").rsplit(".", 1)
    route.fulfill(body=render(page, theme), content_type="text/html", headers={"Content-Security-Policy": POLICY})


def photograph(pages: list[str]) -> int:
    """Pictures of the pages; the number of complaints."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for page in pages:
            for size in SIZES.get(page, [PHONE] if page in PHONE_PAGES else [DESK, PHONE]):
                for theme in ("light", "dark") if page not in SIZES else ("light",):
                    name = f"{page}-{size[0]}-{theme}"
                    tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
                    tab.on("console", lambda said, name=name: complaints.append(f"{name}: {said.text}"))
                    tab.on("pageerror", lambda fault, name=name: complaints.append(f"{name}: {fault}"))
                    tab.route("**/*", answer)
                    tab.goto(f"http://gallery.invalid/{page}.{theme}", wait_until="networkidle")
                    over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if over > 0:
                        complaints.append(f"{name}: {over} px too wide")
                    complaints.extend(f"{name}: {line}" for line in found_by_axe(Axe(), tab))
                    tab.screenshot(path=OUT / f"{name}.png", full_page=page not in ("board", "wall") or size == PHONE)
                    tab.close()
        browser.close()
    print("\n".join(complaints))
    return len(complaints)


def found_by_axe(axe: Any, tab: Any) -> list[str]:
    """One line for each rule that is broken."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = axe.run(tab, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:150]} | {' '.join(node.get('failureSummary', '').split())[:220]}"
        for rule in found
        for node in rule["nodes"][:3]
    ]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--po", type=Path)
    parser.add_argument("--language", default="zh-hans")
    parser.add_argument("pages", nargs="*")
    asked = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    set_up(asked.po, asked.language)
    pages = asked.pages or [*sorted(path.stem for path in HERE.glob("*.html")), "wall"]
    return 1 if photograph(pages) else 0


if __name__ == "__main__":
    sys.exit(main())
