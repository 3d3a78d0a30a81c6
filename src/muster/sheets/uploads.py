"""A file that a browser sends is held in memory, up to the most that is taken; more is refused as soon as it shows.

Nothing of it is written to a disk: what it holds is personal, and a temporary file outlives a killed server.
"""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from muster.sheets.reading import FILE_BYTES_MAX, too_large

FORM_BYTES = 3_000_000
"""What a form may hold beside its file."""
STRANGER_BYTES_MAX = 1_000_000
"""From whoever is not signed in nothing is wanted; so much is read before it is said."""


class InMemory(FileUploadHandler):
    """Django's handlers, and the door of all of Muster's uploads."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Refuse by what the request says of its own length, before any of it is read.

        Raises: Refusal `sheet.too_large` (413).
        """
        self.most = FILE_BYTES_MAX if self._is_known() else STRANGER_BYTES_MAX
        if content_length > self.most + FORM_BYTES:
            raise too_large()

    def _is_known(self) -> bool:
        user = getattr(self.request, "user", None)
        return bool(user is not None and user.is_authenticated)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Another file begins."""
        super().new_file(*args, **kwargs)
        self.file = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Raises: Refusal `sheet.too_large` (413) as soon as more has come than is taken."""
        if start + len(raw_data) > self.most:
            raise too_large()
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The whole file."""
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file,
            self.field_name,
            self.file_name or "",
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )
