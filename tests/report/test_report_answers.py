import pytest

from jacana.report.answers import MAX_ANSWER_BYTES, read_answer
from jacana.report.cybertipline import CyberTipRefusedError, CyberTipUnclearError
from jacana.report.sandbox.replies import Reply, refuse, render_reply


def test_a_success_is_read() -> None:
    body = render_reply(Reply(0, "Success", 250_799_407_000, "ab" * 16, "cd" * 16))
    answer = read_answer(body, 200, "r1")
    assert (answer.report_id, answer.file_id, answer.hash) == (250_799_407_000, "ab" * 16, "cd" * 16)
    assert (answer.raw, answer.request_id, answer.file_ids) == (body, "r1", None)


@pytest.mark.parametrize("ids", [(), ("a" * 32, "b" * 32)])
def test_a_receipt_lists_its_files(ids: tuple[str, ...]) -> None:
    assert read_answer(render_reply(Reply(0, "", 7, file_ids=ids)), 200, None).file_ids == ids


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_xml_counts_and_not_the_status(status: int) -> None:
    with pytest.raises(CyberTipRefusedError) as refused:
        read_answer(render_reply(refuse(4100, "[1,1] - cvc")), status, None)
    assert refused.value.answer.code == 4100
    assert read_answer(render_reply(Reply(0, "Success", 7)), status, None).report_id == 7


@pytest.mark.parametrize(("status", "code"), [(401, 2000), (403, 3000), (404, 1210), (429, 1000), (413, 4000)])
def test_without_xml_a_clear_status_counts(status: int, code: int) -> None:
    with pytest.raises(CyberTipRefusedError) as refused:
        read_answer(b"", status, "r9")
    assert (refused.value.answer.code, refused.value.request_id) == (code, "r9")


def test_a_401_of_2016_is_a_refused_log_in_and_no_server_error() -> None:
    with pytest.raises(CyberTipRefusedError) as refused:
        read_answer(render_reply(Reply(1000, "Authentication Required")), 401, None)
    assert refused.value.answer.code == 2000


OK = b"<reportResponse><responseCode>0</responseCode><responseDescription/></reportResponse>"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"", 302),
        (b"", 408),
        (b"", 503),
        (b"<html/>", 200),
        (OK[:-5], 200),
        (b"<!DOCTYPE a>" + OK, 200),
        (OK.replace(b"0", b"zero"), 200),
        (OK.replace(b"<responseCode>0</responseCode>", b""), 200),
        (OK.replace(b"reportResponse", b"otherResponse"), 200),
        (OK + b" " * MAX_ANSWER_BYTES, 200),
        (OK.replace(b"<responseDescription/>", b"<responseDescription/><reportId>9999999999999999999</reportId>"), 200),
        (OK.replace(b"<responseDescription/>", b"<responseDescription/><reportId>-1</reportId>"), 200),
        (OK.replace(b"<responseDescription/>", b"<responseDescription/><fileId>" + b"a" * 65 + b"</fileId>"), 200),
    ],
)
def test_what_cannot_be_trusted_is_unclear(body: bytes, status: int) -> None:
    with pytest.raises(CyberTipUnclearError):
        read_answer(body, status, None)


def test_the_body_names_its_encoding_whatever_the_header_says() -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + OK.replace(b"/>", ">☂</responseDescription>".encode(), 1)
    assert read_answer(body, 200, None).description == "☂"
