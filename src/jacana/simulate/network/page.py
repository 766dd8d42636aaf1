"""The stand-in network's page: what it was told and what its users would see. Plain HTML, no script. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --text: #1d2733; --quiet: #5c6b7a; --line: #dde3ea; --plain: #e8edf2;
--good: #d5f0dd; --held: #fdebc8; --bad: #f8d3d0 }
@media (prefers-color-scheme: dark) { :root { --text: #dce3ea; --quiet: #96a4b2; --line: #34404c; --plain: #2b3641;
--good: #1d4a2c; --held: #574115; --bad: #5f2623 } body { background: #14191f } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: var(--text) }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem 1rem .35rem 0;
border-bottom: 1px solid var(--line); vertical-align: top } td { overflow-wrap: break-word }
th, time, .id { white-space: nowrap } time, .id { font-variant-numeric: tabular-nums }
.state { border-radius: .7rem; padding: .05rem .6rem; background: var(--plain); white-space: nowrap }
.visible, .active, .lifted { background: var(--good) }
.held, .suspended, .required, .verify, .no { background: var(--held) }
.removed, .banned { background: var(--bad) } .quiet { color: var(--quiet) }
"""

TITLES = {"reauth": ("Signed out, and asked who they are", "Account")}
"""Section of the state -> its title and the name of its first column, where the section's own name will not do."""

_SHOWN_OF_ID = 6
_LONGEST_ID = 20


def render_page(state: dict[str, dict[str, str]], deliveries: list[dict[str, Any]]) -> str:
    """Return the whole page; every value is escaped."""
    duplicates = sum(delivery["duplicates"] for delivery in deliveries)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">',
        f"<title>Stand-in network</title><style>{_STYLE}</style></head><body><h1>Stand-in network</h1>",
        "<p>It does what Jacana tells it. An upload is visible only after Jacana released it.</p>",
    ]
    told = [
        (
            _time(delivery["received_at"]),
            escape(delivery["kind"].replace("_", " ")),
            _id(delivery["target_id"]),
            escape(delivery["reason"]),
            _actor(delivery["decided_by"]),
            str(delivery["duplicates"]) if delivery["applied"] else "overtaken, ignored",
        )
        for delivery in reversed(deliveries)
    ]
    header = ("Received", "Instruction", "Target", "Reason", "Decided by", "Repeats")
    parts.append(f"<h2>Instructions</h2>{_table(header, told)}")
    parts.append(f'<p class="quiet">{len(deliveries)} instructions, {duplicates} repeats recognised.</p>')
    for section, targets in state.items():
        title, column = TITLES.get(section, (section.capitalize(), section.removesuffix("s").capitalize()))
        rows = [(_id(target), _badge(value)) for target, value in targets.items()]
        parts.append(f"<h2>{escape(title)}</h2>{_table((column, 'State'), rows)}")
    return "".join([*parts, "</body></html>"])


def _time(text: str) -> str:
    """Show an RFC 3339 time to the second; the whole of it is the title."""
    return f'<time title="{escape(text)}">{escape(text[:19].replace("T", " "))}</time>'


def _id(text: str) -> str:
    """Show the end of a long id; the whole of it is the title. Short ids, as in the demo, are shown as they are."""
    shown = text if len(text) <= _LONGEST_ID else f"…{text[-_SHOWN_OF_ID:]}"
    return f'<span class="id" title="{escape(text)}">{escape(shown)}</span>'


def _actor(text: str) -> str:
    """Show who decided: a policy by its version, a user by the end of the id."""
    kind, colon, name = text.partition(":")
    return f"{escape(kind)} {_id(name)}" if colon else escape(text)


def _badge(state: str) -> str:
    return f'<span class="state {escape(state)}">{escape(state)}</span>'


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return '<p class="quiet">none yet</p>'
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
