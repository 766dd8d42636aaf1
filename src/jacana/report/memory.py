"""The in-memory twin of ncmec.py: the sandbox's receiver without a network between. For tests and simulations."""

import hashlib
from collections.abc import Callable, Iterator
from itertools import count

from jacana.report.answers import read_answer
from jacana.report.cybertipline import Answer, CyberTipUnclearError, UploadAnswer
from jacana.report.multipart import UploadSizeMismatchError
from jacana.report.sandbox.receiver import Account, Receiver, SentFile
from jacana.report.sandbox.replies import Reply, refuse, render_reply


class MemoryCyberTipline:
    """A CyberTipline in this process, logged in as one account."""

    def __init__(self, receiver: Receiver, user: str, password: str) -> None:
        self._receiver, self._account = receiver, receiver.log_in(user, password)
        self._request_numbers = count(1)

    def status(self) -> Answer:
        """See the port."""
        return self._answer(lambda account: self._receiver.status(account, "127.0.0.1"))

    def submit(self, document: bytes) -> Answer:
        """See the port."""
        answer = self._answer(lambda account: self._receiver.submit(account, document))
        if answer.report_id is None:
            raise CyberTipUnclearError("a report was opened but the answer does not name it")
        return answer

    def upload(self, report_id: int, file_name: str, size_bytes: int, chunks: Iterator[bytes]) -> UploadAnswer:
        """See the port."""
        digest, size = hashlib.md5(usedforsecurity=False), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
        if size != size_bytes:
            raise UploadSizeMismatchError("the file has more or fewer bytes than were recorded")
        sent = SentFile(file_name, digest.hexdigest(), size)
        answer = self._answer(lambda account: self._receiver.upload(account, str(report_id), sent))
        return UploadAnswer(answer, digest.hexdigest(), size)

    def describe_file(self, document: bytes) -> Answer:
        """See the port."""
        return self._answer(lambda account: self._receiver.describe_file(account, document))

    def finish(self, report_id: int) -> Answer:
        """See the port."""
        return self._answer(lambda account: self._receiver.finish(account, str(report_id)))

    def retract(self, report_id: int) -> Answer:
        """See the port."""
        return self._answer(lambda account: self._receiver.retract(account, str(report_id)))

    def close(self) -> None:
        """See the port."""

    def _answer(self, work: Callable[[Account], Reply]) -> Answer:
        reply = refuse(2000) if self._account is None else work(self._account)
        return read_answer(render_reply(reply), reply.http_status, f"memory-{next(self._request_numbers)}")
