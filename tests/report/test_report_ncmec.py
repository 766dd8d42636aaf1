"""The contract of the port, over the real adapter in both modes and over the memory twin; then hostility."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from socketserver import BaseRequestHandler, TCPServer

import pytest

from jacana.report.cybertipline import (
    CyberTipline,
    CyberTipRefusedError,
    CyberTipUnclearError,
    CyberTipUnreachableError,
)
from jacana.report.document import build_file_details, build_report
from jacana.report.environments import PRODUCTION_URL, EndpointInvalidError
from jacana.report.facts import ReportFacts
from jacana.report.memory import MemoryCyberTipline
from jacana.report.multipart import UploadSizeMismatchError
from jacana.report.ncmec import CredentialsMismatchError, NcmecCyberTipline, connect_with
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.server import SandboxServer
from jacana.report.sandbox.store import Shelf
from jacana.settings import Settings

DATA = b"some bytes of a clip" * 100
Connect = Callable[[str, str], CyberTipline]


@pytest.fixture(params=["modern", "legacy", "memory"])
def connect(request: pytest.FixtureRequest, clock) -> Iterator[Connect]:
    """A way to log in as anyone at one receiver."""
    accounts = [Account("a", "pa"), Account("b", "pb"), Account("reader", "pr", may_submit=False, may_update=False)]
    if request.param == "memory":
        receiver = Receiver(Shelf(), accounts, clock)
        yield lambda user, password: MemoryCyberTipline(receiver, user, password)
        receiver.shelf.close()
        return
    faults = ["legacy"] if request.param == "legacy" else []
    opened: list[CyberTipline] = []

    def log_in(user: str, password: str) -> CyberTipline:
        opened.append(NcmecCyberTipline("sandbox", server.url, user, password, timeout_seconds=5))
        return opened[-1]

    with SandboxServer(accounts, clock=clock, faults=faults) as server:
        yield log_in
        for client in opened:
            client.close()


def _refusal(call: Callable[[], object]) -> int:
    with pytest.raises(CyberTipRefusedError) as refused:
        call()
    return refused.value.answer.code


def _send(client: CyberTipline, report_id: int, data: bytes = DATA):
    return client.upload(report_id, "clip.mp4", len(data), iter([data[:7], data[7:]]))


def test_a_whole_report(connect: Connect, facts: ReportFacts, clock) -> None:
    client = connect("a", "pa")
    assert client.status().description.startswith("Remote User : a")
    report_id = client.submit(build_report(facts, clock.now)).report_id
    assert report_id is not None
    sent = _send(client, report_id)
    assert sent.answer.hash == sent.sent_md5 == hashlib.md5(DATA).hexdigest()
    assert sent.sent_bytes == len(DATA)
    file_id = sent.answer.file_id
    assert file_id is not None
    client.describe_file(build_file_details(facts.files[0], report_id, file_id, clock.now))
    receipt = client.finish(report_id)
    assert (receipt.report_id, receipt.file_ids) == (report_id, (file_id,))
    assert receipt.raw.startswith(b"<?xml")
    assert receipt.request_id


def test_finished_is_final(connect: Connect, facts: ReportFacts, clock) -> None:
    client = connect("a", "pa")
    report_id = client.submit(build_report(facts, clock.now)).report_id or 0
    assert client.finish(report_id).file_ids == ()
    details = build_file_details(facts.files[0], report_id, "x", clock.now)
    assert _refusal(lambda: client.finish(report_id)) == 5102
    assert _refusal(lambda: client.retract(report_id)) == 5102
    assert _refusal(lambda: _send(client, report_id)) == 5102
    assert _refusal(lambda: client.describe_file(details)) == 5002


def test_retracted_is_final(connect: Connect, facts: ReportFacts, clock) -> None:
    client = connect("a", "pa")
    report_id = client.submit(build_report(facts, clock.now)).report_id or 0
    sent = _send(client, report_id)
    details = build_file_details(facts.files[0], report_id, sent.answer.file_id or "", clock.now)
    client.retract(report_id)
    assert _refusal(lambda: client.retract(report_id)) == 5101
    assert _refusal(lambda: client.finish(report_id)) == 5101
    assert _refusal(lambda: client.describe_file(details)) == 5101


def test_reports_of_others_and_expired_ones_do_not_exist(connect: Connect, facts: ReportFacts, clock) -> None:
    client, other = connect("a", "pa"), connect("b", "pb")
    report_id = client.submit(build_report(facts, clock.now)).report_id or 0
    assert _refusal(lambda: other.finish(report_id)) == 5001
    assert _refusal(lambda: client.finish(report_id + 1)) == 5001
    clock.advance(24 * 3600)
    assert _refusal(lambda: client.finish(report_id)) == 5001


def test_log_in_and_rights(connect: Connect, facts: ReportFacts, clock) -> None:
    document = build_report(facts, clock.now)
    assert _refusal(lambda: connect("a", "wrong").submit(document)) == 2000
    assert _refusal(lambda: connect("nobody", "pa").status()) == 2000
    reader = connect("reader", "pr")
    assert reader.status().code == 0
    assert _refusal(lambda: reader.submit(document)) == 3100
    assert _refusal(lambda: reader.finish(1)) == 3300
    assert _refusal(lambda: _send(reader, 1)) == 3300


def test_documents_are_checked(connect: Connect, facts: ReportFacts, clock) -> None:
    client = connect("a", "pa")
    assert _refusal(lambda: client.submit(b"<report")) == 4110
    assert _refusal(lambda: client.submit(b"<!DOCTYPE report><report/>")) == 4110
    with pytest.raises(CyberTipRefusedError) as refused:
        client.submit(b"<report><victim/></report>")
    assert refused.value.answer.code == 4100
    assert refused.value.answer.description.startswith("Validation failed\n[1,1] - cvc-complex-type.2.4.a")
    nobody = build_report(replace(facts, reporter=replace(facts.reporter, email="x")), clock.now)
    assert _refusal(lambda: client.submit(nobody)) == 4100


def test_files_are_checked(connect: Connect, facts: ReportFacts, clock) -> None:
    client = connect("a", "pa")
    report_id = client.submit(build_report(facts, clock.now)).report_id or 0
    assert _refusal(lambda: _send(client, report_id, b"")) == 4200
    file_id = _send(client, report_id).answer.file_id or ""
    details = build_file_details(facts.files[0], report_id, file_id, clock.now)
    unknown = build_file_details(facts.files[0], report_id, "f" * 32, clock.now)
    assert _refusal(lambda: client.describe_file(unknown)) == 5002
    client.describe_file(details)
    assert _refusal(lambda: client.describe_file(details)) == 1300
    with pytest.raises(UploadSizeMismatchError):
        client.upload(report_id, "clip.mp4", 3, iter([b"four"]))


# What only the real adapter meets.


@pytest.fixture
def server(clock) -> Iterator[SandboxServer]:
    with SandboxServer([Account("a", "pa")], clock=clock) as running:
        yield running


@pytest.fixture
def client(server: SandboxServer) -> Iterator[NcmecCyberTipline]:
    opened = NcmecCyberTipline("sandbox", server.url, "a", "pa", timeout_seconds=1)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "fault", ["drop_before_commit", "drop_after_commit", "http_503", "huge_answer", "doctype_answer", "invalid_xml"]
)
def test_no_answer_that_can_be_trusted_is_unclear(server: SandboxServer, client: NcmecCyberTipline, fault: str) -> None:
    server.switches.arm(fault)
    with pytest.raises(CyberTipUnclearError):
        client.status()
    assert client.status().code == 0


def test_a_slow_answer_is_unclear(server: SandboxServer, client: NcmecCyberTipline) -> None:
    server.switches.arm("slow", seconds=1.6)
    with pytest.raises(CyberTipUnclearError):
        client.status()


def test_a_success_that_names_nothing_is_unclear(
    server: SandboxServer, client: NcmecCyberTipline, facts: ReportFacts, clock
) -> None:
    server.switches.arm("missing_id", endpoint="submit")
    with pytest.raises(CyberTipUnclearError):
        client.submit(build_report(facts, clock.now))
    report_id = client.submit(build_report(facts, clock.now)).report_id or 0
    server.switches.arm("missing_id", endpoint="upload")
    with pytest.raises(CyberTipUnclearError):
        _send(client, report_id)


def test_an_unknown_code_stops_and_busy_retries(server: SandboxServer, client: NcmecCyberTipline) -> None:
    server.switches.arm("code_9999")
    assert _refusal(client.status) == 9999
    server.switches.arm("http_429")
    assert _refusal(client.status) == 1000


def test_a_refused_log_in_may_have_an_empty_body(server: SandboxServer) -> None:
    server.switches.arm("empty_401")
    stranger = NcmecCyberTipline("sandbox", server.url, "a", "wrong")
    assert _refusal(stranger.status) == 2000
    stranger.close()


def test_latin1_in_the_header_is_ignored(server: SandboxServer, client: NcmecCyberTipline) -> None:
    server.switches.arm("latin1_header")
    assert client.status().code == 0


def test_nothing_listening_is_unreachable_and_not_unclear() -> None:
    client = NcmecCyberTipline("sandbox", "http://127.0.0.1:9/ispws", "a", "pa")
    with pytest.raises(CyberTipUnreachableError):
        client.submit(b"<report/>")
    client.close()


def test_an_answer_that_drips_is_cut_off() -> None:
    class Dripping(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(40):
                if stopped.wait(0.05):
                    return
                try:
                    self.request.sendall(b" ")
                except OSError:
                    return

    stopped = threading.Event()
    with TCPServer(("127.0.0.1", 0), Dripping) as listener:
        thread = threading.Thread(target=listener.handle_request)
        thread.start()
        client = NcmecCyberTipline(
            "sandbox", f"http://127.0.0.1:{listener.server_address[1]}/x", "a", "b", timeout_seconds=0.3
        )
        with pytest.raises(CyberTipUnclearError, match="too slow"):
            client.status()
        client.close()
        stopped.set()
        thread.join()


def test_a_sandbox_client_cannot_be_pointed_at_ncmec() -> None:
    with pytest.raises(EndpointInvalidError):
        NcmecCyberTipline("sandbox", PRODUCTION_URL, "a", "b")


def test_credentials_of_one_environment_are_not_shown_to_another(settings: Settings, server: SandboxServer) -> None:
    connect = connect_with(settings)
    connect("sandbox", server.url).close()
    with pytest.raises(CredentialsMismatchError) as refused:
        connect("production", PRODUCTION_URL)
    assert "cybertip_environment" in str(refused.value.remedy)
