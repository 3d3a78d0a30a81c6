"""Cards as one PDF: A4, eight a page. Made in the same moment as their codes, for those are kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from muster.foundation.errors import Refusal, text
from muster.organisation import codes

SOURCE = Path(__file__).parent / "print" / "cards.typ"


@dataclass(frozen=True)
class Card:
    """What stands on one card. link: what its QR says."""

    name: str
    number: str
    unit: str
    code: str
    link: str


def pdf(cards: Sequence[Card], *, until: datetime, at: datetime, printed_by: str, host: str) -> bytes:
    """The PDF of some cards. host: the address under which a code is typed in.

    Raises: Refusal `print.missing` (503) where the libraries of the extra `print` are not installed.
    """
    compiler, fonts = _libraries()
    local = timezone.localtime(at)
    before, between, after = _("page %(n)s of %(m)s").replace("%(m)s", "%(n)s").split("%(n)s")
    data = {
        "title": _("Card to sign in"),
        "number_label": _("Number"),
        "until": _("to be used by %(day)s") % {"day": date_format(timezone.localtime(until), "Y-m-d")},
        "steps": [
            _("Scan it with the phone, tap “Yes, sign me in”, choose a PIN."),
            _("Or type the letters at %(host)s. Good for one sign-in; show it to nobody.") % {"host": f"{host}/in/"},
        ],
        "printed": _("%(count)s cards · as of %(time)s · printed by %(who)s")
        % {"count": len(cards), "time": local.strftime("%Y-%m-%d %H:%M"), "who": printed_by},
        "page_words": [before, between, after],
        "cards": [
            {
                "name": card.name,
                "number": card.number,
                "unit": card.unit,
                "code": codes.grouped(card.code),
                "qr": codes.qr_svg(card.link),
            }
            for card in cards
        ],
    }
    made = compiler(
        str(SOURCE),
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return bytes(made)


@lru_cache(maxsize=1)
def _libraries() -> tuple[Any, str]:
    try:
        import manimgx_fonts_cjk
        import typst
    except ImportError:
        raise Refusal(
            "print.missing",
            text("This server prints no cards: its extra “print” is not installed. No card was made."),
            text("Install it with `pip install muster[print]`, or show a card on a screen."),
            status=503,
        ) from None
    return typst.compile, str(Path(manimgx_fonts_cjk.__file__).parent)


def is_installed() -> bool:
    """Whether cards can be printed here."""
    try:
        _libraries()
    except Refusal:
        return False
    return True
