"""Cards as one PDF: A4, eight a page. Made in the same moment as their codes, for those are kept nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import structlog
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from muster.foundation.errors import Refusal, text
from muster.organisation import codes

TYPESETTER = Path(__file__).parent / "print" / "typeset.py"
SECONDS_MAX = 60

log = structlog.get_logger()


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
    _require_libraries()
    local = timezone.localtime(at)
    before, between, after = _("page %(n)s of %(m)s").replace("%(m)s", "%(n)s").split("%(n)s")
    data = {
        "traditional": get_language() == "zh-hant",
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
    return _typeset(json.dumps(data, ensure_ascii=False))


def _typeset(data: str) -> bytes:
    """The PDF, made by a process of its own (print/typeset.py says why).

    Raises: Refusal `print.failed` (503).
    """
    try:
        done = subprocess.run(
            [sys.executable, str(TYPESETTER)],
            input=data.encode(),
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed() from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        log.error("print.failed", code=done.returncode)  # its words may hold a name
        raise _failed()
    return done.stdout


def _failed() -> Refusal:
    return Refusal(
        "print.failed",
        text("The cards could not be printed. No card was made."),
        text("Try it with fewer at once. If it stays, tell the administrator."),
        status=503,
    )


def _require_libraries() -> None:
    if find_spec("typst") is None or find_spec("manimgx_fonts_cjk") is None:
        raise Refusal(
            "print.missing",
            text("This server prints no cards: its extra “print” is not installed. No card was made."),
            text("Install it with `pip install muster[print]`, or show a card on a screen."),
            status=503,
        )


def is_installed() -> bool:
    """Whether cards can be printed here."""
    try:
        _require_libraries()
    except Refusal:
        return False
    return True
