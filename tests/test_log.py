"""Content cannot reach a log: only allowed fields pass."""

import json

import pytest
import structlog

from jacana.log import ALLOWED_FIELDS, configure_logging, drop_other_fields


def test_unknown_fields_are_dropped_and_named_without_their_values() -> None:
    line = drop_other_fields(None, "info", {"event": "x", "upload": "upload_1", "caption": "words", "email": "a@b.c"})
    assert line == {"event": "x", "upload": "upload_1", "dropped": ["caption", "email"]}


def test_no_field_for_content_is_allowed() -> None:
    assert not ALLOWED_FIELDS & {
        "text",
        "caption",
        "body",
        "payload",
        "email",
        "ip",
        "name",
        "url",
        "message",
        "exception",
    }


def test_lines_are_json_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    structlog.get_logger("jacana.test").info("work done", row="row_1", caption="words")
    line = json.loads(capsys.readouterr().err)
    structlog.reset_defaults()
    assert (line["event"], line["row"], line["dropped"]) == ("work done", "row_1", ["caption"])
    assert "words" not in json.dumps(line)
