import pytest

from jacana.report.sandbox.replies import DESCRIPTIONS, HTTP_STATUS, Reply, refuse, render_reply
from jacana.report.schema import validate_schema
from jacana.report.xml import parse_xml


@pytest.mark.parametrize("code", sorted(DESCRIPTIONS))
def test_every_answer_is_valid_and_modern_failures_are_no_200(code: int) -> None:
    reply = refuse(code)
    assert validate_schema(parse_xml(render_reply(reply)), "reportResponse") == []
    assert (reply.http_status == 200) is (code == 0)
    assert HTTP_STATUS.get(code, 400) == reply.http_status


@pytest.mark.parametrize("ids", [(), ("a" * 32,), ("a" * 32, "b" * 32)])
def test_a_finish_answer_has_files_and_no_description(ids: tuple[str, ...]) -> None:
    root = parse_xml(render_reply(Reply(0, "", 2**40, file_ids=ids)))
    assert validate_schema(root, "reportDoneResponse") == []
    assert [item.text for item in root.iter("fileId")] == list(ids)
    assert root.find("responseDescription") is None
