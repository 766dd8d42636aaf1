"""Log lines with an allow-list of fields: content, names and addresses can never reach a log."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED_FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "action",
        "attempt",
        "case",
        "code",
        "count",
        "decision",
        "error",
        "failures",
        "incident",
        "kind",
        "lane",
        "method",
        "path",
        "report",
        "route",
        "row",
        "seconds",
        "state",
        "status",
        "topic",
        "trace",
        "upload",
        "where",
    }
)
"""Ids, codes, counts, places in the code. A field not named here is dropped, and the line says so.

`route` is a route's pattern, `error` the name of an exception's type, `where` a file and line, `trace` a list of
`file:line:function`: never a message, a line of source or a value.
"""


def drop_other_fields(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep allowed fields only; name the dropped ones without their values."""
    dropped = sorted(set(line) - ALLOWED_FIELDS)
    kept = {name: value for name, value in line.items() if name in ALLOWED_FIELDS}
    return {**kept, "dropped": dropped} if dropped else kept


def configure_logging(log_format: str) -> None:
    """Send structlog's lines to standard error as text or JSON, and quieten the libraries."""
    renderer: Any = structlog.processors.JSONRenderer()
    if log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_other_fields,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for name in ("httpx", "httpcore", "uvicorn.access", "dbos", "libav"):
        logging.getLogger(name).setLevel(logging.WARNING)
