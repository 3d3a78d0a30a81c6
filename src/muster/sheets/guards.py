"""What is looked at before a workbook is opened: how large it says it is, what it carries, whom it would call."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

from muster.foundation.errors import Refusal, Text, text

MEMBERS_MAX = 2000
UNPACKED_BYTES_MAX = 400_000_000
MEMBER_RATIO_MAX = 250
RATIO_FROM_BYTES = 5_000_000
"""Smaller members may be packed as tightly as they like: a sheet of one word a thousand times is no attack."""
LOOK_BYTES = 4096

BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    ValueError,
    OSError,
)
"""What unpacking a damaged file raises."""
_ENTITY = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|Basic/|Scripts/)", re.IGNORECASE)
_BINARY = re.compile(r"\.bin$", re.IGNORECASE)

MEND: Text = text("Open it in the spreadsheet, save it as .xlsx, and send that. Nothing was written.")


def refusal(code: str, message: Text, next_step: Text = MEND, **details: Any) -> Refusal:
    """Why a file as a whole is not taken."""
    return Refusal(f"sheet.{code}", message, next_step, status=422, **details)


def look_into(content: bytes) -> None:
    """Refuse a packed workbook that is more, or other, than a table.

    What the members say of their own size is believed here only to refuse; the process that unpacks them has its own
    limit of memory. Raises: Refusal `sheet.broken`, `sheet.bomb`, `sheet.macros`, `sheet.entity`, `sheet.password`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            _require_modest(members, len(content))
            _require_plain([member.filename for member in members])
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")):
                    _require_no_entity(packed, member)
    except BROKEN as error:
        raise broken() from error
    except RuntimeError as error:  # what zipfile says of a member that is encrypted
        raise has_password() from error


def _require_modest(members: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(member.file_size for member in members)
    tight = [m for m in members if m.file_size > RATIO_FROM_BYTES and m.file_size > MEMBER_RATIO_MAX * m.compress_size]
    if len(members) > MEMBERS_MAX or unpacked > UNPACKED_BYTES_MAX or tight:
        raise refusal(
            "bomb",
            text("This file of %(size)s KB would unpack to %(unpacked)s MB. It was not opened."),
            size=size // 1000,
            unpacked=unpacked // 1_000_000,
        )


def _require_plain(names: list[str]) -> None:
    if any(_MACROS.search(one) for one in names):
        raise has_macros()
    if any(one.lower().endswith("workbook.bin") for one in names):
        raise refusal("binary", text("A binary workbook (.xlsb) is not read."))
    if not any(one == "[Content_Types].xml" or one == "content.xml" for one in names):
        raise refusal("not_a_sheet", text("This is a packed file, but no workbook."))


def _require_no_entity(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with packed.open(member) as file:
        if _ENTITY.search(file.read(LOOK_BYTES).replace(b"\x00", b"")):
            raise refusal("entity", text("This workbook calls for something outside of itself. It was not opened."))


def broken() -> Refusal:
    """Cut off, mended by hand, or never a workbook."""
    return refusal("broken", text("This file cannot be read: it is damaged or was cut off."))


def has_macros() -> Refusal:
    """A program inside is never run, and nobody is asked to trust that."""
    return refusal("macros", text("This workbook carries macros (a program). It was not opened."))


def has_password() -> Refusal:
    """The clerk knows it; the house does not want to."""
    return refusal(
        "password",
        text("This workbook is locked with a password."),
        text("Open it, take the password off, save it, and send that. Nothing was written."),
    )
