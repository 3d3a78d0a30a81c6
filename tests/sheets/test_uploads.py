"""The door of uploads: in memory, up to so much; more is refused by its length, or as soon as it has come."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from muster.sheets import reading, uploads
from muster.sheets.models import Import
from tests.access.matrix import client_of
from tests.cast import Cast
from tests.sheets.books import HEADS, csv_of

BOOK = csv_of([HEADS, ("赵一", "A1", *[""] * 6)])


def sent(browser: Client, content: bytes, **more: str) -> int:
    form = {"kind": "people", "file": SimpleUploadedFile("a.xlsx", content)}
    return int(browser.post("/office/import/", form, **more).status_code)  # type: ignore[arg-type]


def test_a_file_is_taken_in_whatever_its_name_says(cast: Cast) -> None:
    assert sent(client_of("clerk"), BOOK) == 302
    assert Import.objects.get().new == 1


def test_it_rejects_300_megabytes_before_it_reads_them(cast: Cast) -> None:
    assert sent(client_of("clerk"), BOOK, CONTENT_LENGTH=str(300_000_000)) == 413


def test_it_rejects_what_has_come_as_too_much(cast: Cast) -> None:
    assert sent(client_of("clerk"), bytes(reading.FILE_BYTES_MAX + 1)) == 413


def test_it_rejects_much_of_whoever_is_not_signed_in(cast: Cast) -> None:
    assert sent(Client(), bytes(uploads.STRANGER_BYTES_MAX + 1)) == 413
    assert not Import.objects.exists()


def test_it_rejects_a_form_without_a_file(cast: Cast) -> None:
    assert client_of("clerk").post("/office/import/", {"kind": "people"}).status_code == 422
