"""What may be uploaded: how many bytes in one go. What is beyond is passed over as it arrives, and the page says so."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from opplan.imports.files import MEGABYTE

LARGEST_UPLOAD = 96 * MEGABYTE
"""Two years of every monthly publication, or the longest referral to treatment extract as a zip, several times over."""
MOST_FILES = 80
TOO_LARGE = "upload_too_large"


class LimitedUpload(FileUploadHandler):
    """Stands before Django's own handlers: of an upload beyond the limit no file is kept, neither in memory nor on disk."""

    over = False

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        self.over = content_length > LARGEST_UPLOAD
        if self.over and self.request is not None:
            setattr(self.request, TOO_LARGE, content_length)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.over:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def size_refused(request: HttpRequest) -> int:
    """How many bytes an upload had that was refused for its size; 0 where it was not."""
    return int(getattr(request, TOO_LARGE, 0))
