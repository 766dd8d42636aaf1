"""The stand-in network's page: what it was told and what its users would see. Plain HTML, no script. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1d2733; }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .7rem .35rem 0;
border-bottom: 1px solid #dde3ea; vertical-align: top; overflow-wrap: anywhere }
.state { border-radius: .7rem; padding: .05rem .6rem; background: #e8edf2; white-space: nowrap }
.visible, .active { background: #d5f0dd } .held, .suspended { background: #fdebc8 }
.removed, .banned { background: #f8d3d0 } .quiet { color: #5c6b7a }
"""


def render_page(state: dict[str, dict[str, str]], deliveries: list[dict[str, Any]]) -> str:
    """Return the whole page; every value is escaped."""
    duplicates = sum(delivery["duplicates"] for delivery in deliveries)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">',
        f"<title>Stand-in network</title><style>{_STYLE}</style></head><body><h1>Stand-in network</h1>",
        "<p>It does what Jacana tells it. An upload is visible only after Jacana released it.</p>",
    ]
    for title, targets in state.items():
        rows = [(escape(target), _badge(value)) for target, value in targets.items()]
        parts.append(f"<h2>{escape(title.capitalize())}</h2>{_table((title[:-1].capitalize(), 'State'), rows)}")
    told = [
        (
            escape(delivery["received_at"]),
            escape(delivery["kind"].replace("_", " ")),
            escape(delivery["target_id"]),
            escape(delivery["reason"]),
            escape(delivery["decided_by"]),
            str(delivery["duplicates"]) if delivery["applied"] else "overtaken, ignored",
        )
        for delivery in reversed(deliveries)
    ]
    header = ("Received", "Instruction", "Target", "Reason", "Decided by", "Repeats")
    parts.append(f"<h2>Instructions</h2>{_table(header, told)}")
    parts.append(f'<p class="quiet">{len(deliveries)} instructions, {duplicates} repeats recognised.</p></body></html>')
    return "".join(parts)


def _badge(state: str) -> str:
    return f'<span class="state {escape(state)}">{escape(state)}</span>'


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return '<p class="quiet">none yet</p>'
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
