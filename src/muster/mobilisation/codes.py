"""A badge's text as a QR code, to be scanned off a phone."""

from __future__ import annotations

import io

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


def qr(payload: str) -> SafeString:
    """The text as a QR of the least size that holds it, as SVG without a style: it grows with its box."""
    out = io.BytesIO()
    code = segno.make(payload, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, title=_("Badge"))
    return mark_safe(out.getvalue().decode())
