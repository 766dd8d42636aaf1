"""A multipart/form-data body made from an iterator, so that a file is never whole in memory, and its MD5 on the way."""

import hashlib
import re
import secrets
from collections.abc import Iterator

from jacana.model.errors import IntegrityBrokenError

_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._ ()\-]")


class UploadSizeMismatchError(IntegrityBrokenError):
    """The file has more or fewer bytes than were recorded."""

    code = "report.upload_size_mismatch"


class FileForm:
    """The form `id`, `file` of an upload. Iterate it once; afterwards `md5` and `sent_bytes` tell what was sent."""

    def __init__(self, report_id: int, file_name: str, size_bytes: int, chunks: Iterator[bytes]) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._size, self._chunks, self._digest = size_bytes, chunks, hashlib.md5(usedforsecurity=False)
        self.sent_bytes = 0
        name = _UNSAFE_IN_NAME.sub("_", file_name)[-200:] or "file"
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="id"\r\n\r\n{report_id}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    @property
    def content_length(self) -> int:
        """Length of the whole body in bytes."""
        return len(self._head) + self._size + len(self._tail)

    @property
    def md5(self) -> str:
        """Hex MD5 of the file's bytes sent so far."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body. Raises UploadSizeMismatchError before more than the recorded bytes leave, or at the end."""
        yield self._head
        for chunk in self._chunks:
            self.sent_bytes += len(chunk)
            if self.sent_bytes > self._size:
                raise UploadSizeMismatchError("the file has more bytes than were recorded")
            self._digest.update(chunk)
            yield chunk
        if self.sent_bytes != self._size:
            raise UploadSizeMismatchError("the file has fewer bytes than were recorded")
        yield self._tail
