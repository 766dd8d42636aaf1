"""Content cannot reach a log: only allowed fields pass."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from jacana.log import ALLOWED_FIELDS, configure_logging, drop_other_fields

SOURCE = Path(__file__).parents[1] / "src"
MODULES = sorted(SOURCE.rglob("*.py"))
LOGGING_METHODS = frozenset(
    {"debug", "info", "warning", "warn", "error", "err", "critical", "fatal", "exception", "log", "msg", "bind", "new"}
)


def makes_logger(node: ast.expr) -> bool:
    """Return whether an expression is a call of `structlog.get_logger`."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"get_logger", "getLogger"}


def is_logger(node: ast.expr, names: set[str]) -> bool:
    """Return whether an expression is a structlog logger, or one with fields bound to it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING_METHODS:
        return is_logger(node.func.value, names)
    return ast.unparse(node) in names or (makes_logger(node) and "logging." not in ast.unparse(node))


def list_log_calls(text: str) -> Iterator[ast.Call]:
    """Yield every call of a module that gives structlog a line or a field."""
    tree = ast.parse(text)
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_logger(node.value, names):
            names |= {ast.unparse(target) for target in getattr(node, "targets", [getattr(node, "target", None)])}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        says = isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING_METHODS
        if (says and is_logger(node, names)) or (makes_logger(node) and is_logger(node, names)):
            yield node


def find_faults(text: str) -> list[str]:
    """Return what a module gives a log line that the allow-list would drop, or that may hold content."""
    faults = []
    for call in list_log_calls(text):
        words = call.args[0] if call.args else ast.Constant("")
        if len(call.args) > 1 or not isinstance(words, ast.Constant):
            faults.append(f"line {call.lineno}: the event is not one fixed sentence")
        lost = [keyword.arg or "**" for keyword in call.keywords if keyword.arg not in ALLOWED_FIELDS]
        faults += [f"line {call.lineno}: {name}" for name in lost]
    return faults


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_log_line_loses_a_field_and_none_is_made_of_values(path: Path) -> None:
    assert not find_faults(path.read_text(encoding="utf-8"))


def test_the_lines_of_the_source_are_found() -> None:
    assert sum(len(list(list_log_calls(path.read_text(encoding="utf-8")))) for path in MODULES) >= 7


@pytest.mark.parametrize(
    "line",
    [
        "log.info('x', caption=1)",
        "log.info('x', **fields)",
        "log.info(f'x {caption}')",
        "log.info('x %s', caption)",
        "log.exception('x', exc_info=True)",
        "log.bind(caption=1).info('x')",
        "log.bind(row=1).info('x', caption=1)",
        "bound.error('x', caption=1)",
        "structlog.get_logger('x', caption=1)",
        "structlog.get_logger().warning('x', caption=1)",
    ],
)
def test_a_line_that_says_too_much_would_be_found(line: str) -> None:
    module = (
        "log = structlog.get_logger('x')\nbound = log.bind(row=1)\nlog.info('fine', row=1)\n"
        "other.info(f'{x}', y=1)\nlogging.getLogger(name).info('x', y=1)\n"
    )
    assert not find_faults(module)
    assert len(find_faults(module + line)) == 1


def test_the_diagnosis_of_an_unexpected_error_is_kept() -> None:
    line = {"event": "x", "route": "/v1/events", "error": "ValueError", "trace": ["a.py:1 run"], "where": "a.py:1"}
    assert drop_other_fields(None, "error", dict(line)) == line


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
