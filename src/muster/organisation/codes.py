"""The codes on cards and sheets: made, written in groups, read as people type them. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import io
import secrets

import segno
from django.utils.safestring import SafeString, mark_safe

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 of them; no letter or digit that is read as another."""
LENGTH = 20
"""100 bits: nobody finds one by trying, so a plain hash keeps it."""
GROUP = 4


def make() -> str:
    """A new code."""
    return "".join([ALPHABET[byte % 32] for byte in secrets.token_bytes(LENGTH)])


def grouped(code: str, size: int = GROUP) -> str:
    """A code as it is printed, to be read aloud and typed: `ABCD-EFGH-…`."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def plain(words: str) -> str:
    """What somebody typed or scanned, without what does not belong to a code: blanks, hyphens, lower case."""
    return "".join(letter for letter in words.upper() if letter in ALPHABET)


def is_code(words: str) -> bool:
    """Whether this may be a code at all."""
    return len(words) == LENGTH and all(letter in ALPHABET for letter in words)


def hash_of(code: str) -> str:
    """The hash that is kept, in hex."""
    return hashlib.sha256(f"muster code {code}".encode()).hexdigest()


def qr_svg(words: str, *, title: str | None = None) -> str:
    """A QR of the least size that holds the words, as SVG without a style: it grows with its box."""
    out = io.BytesIO()
    code = segno.make(words, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, title=title)
    return out.getvalue().decode()


def shown_qr(words: str, title: str) -> SafeString:
    """The same for a page."""
    return mark_safe(qr_svg(words, title=title))
