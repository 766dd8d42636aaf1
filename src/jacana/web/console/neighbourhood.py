"""Lays the neighbourhood of an account out as shapes that a template draws as SVG, and as rows that say the same. Pure.

Things are words ("device seen 4 times"), never ids of devices, addresses or digests.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from jacana.detect.accounts.links.neighbourhood import Neighbourhood, Strand
from jacana.detect.accounts.links.paths import explain_path, say_day
from jacana.model.tie import TieKind
from jacana.web.console.nearest import Chosen, Ties, arrange_columns, choose_nodes

BOX_WIDTH, BOX_HEIGHT = 150, 42
COLUMN, ROW = 194, 56
MARGIN = 6
LABEL_LENGTH, NOTE_LENGTH = 17, 23

NAMES: dict[TieKind, str] = {
    TieKind.DEVICE: "Device",
    TieKind.PAYMENT: "Payment method",
    TieKind.RECOVERY_EMAIL: "Recovery e-mail",
    TieKind.RECOVERY_PHONE: "Recovery phone",
    TieKind.CONTENT: "Identical file",
    TieKind.INVITATION: "Invitation",
    TieKind.NETWORK: "Home-like network",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One box: its upper left corner, two lines of text, and what it is."""

    x: float
    y: float
    classes: str
    label: str
    note: str
    title: str
    """All of it in one sentence, not cut."""
    account_id: str | None
    """None: a thing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One tie: the path of a curve, and its classes."""

    d: str
    classes: str


@dataclass(frozen=True, slots=True)
class Holder:
    """One account that has a thing, in the table."""

    account_id: str
    times: str
    """`4 times, 3 May 2026 to 19 May 2026`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, in the table."""

    name: str
    note: str
    evidence: bool
    """Whether it is on a path of evidence."""
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a template needs."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    paths: tuple[str, ...]
    """The paths of evidence as sentences."""
    kinds: frozenset[str]
    """Classes that occur, for the legend."""
    notes: tuple[str, ...]
    """What is not in the picture."""

    @property
    def wide(self) -> bool:
        """Whether it may be drawn a little smaller to fit; one with still more columns scrolls instead."""
        return 3 * COLUMN < self.width < 5 * COLUMN

    @property
    def empty(self) -> bool:
        """Whether the account shares nothing with anybody."""
        return len(self.nodes) < 2


def draw_neighbourhood(neighbourhood: Neighbourhood, organisations: Collection[str] = ()) -> Picture:
    """Return the picture: the account at the left, what it shares to its right, then who else has it, and so on."""
    networks = {place for place, thing in enumerate(neighbourhood.things) if thing.kind is TieKind.NETWORK}
    ties = Ties(neighbourhood.strands)
    chosen = choose_nodes(neighbourhood, ties, networks)
    columns = arrange_columns(neighbourhood.centre, chosen, ties, networks)
    tallest = max(len(column) for column in columns)
    places = {
        key: (MARGIN + at * COLUMN, MARGIN + (row + (tallest - len(column)) / 2) * ROW)
        for at, column in enumerate(columns)
        for row, key in enumerate(column)
    }
    names = _name_things(neighbourhood, chosen)
    confirmed = {one.account_id: one.confirmed_at for one in neighbourhood.accounts if one.confirmed_at}
    nodes = [
        _draw_account(one, places[one], neighbourhood.centre, chosen, confirmed, organisations)
        for one in chosen.accounts
    ]
    nodes += [_draw_thing(thing, places[thing], neighbourhood, ties, chosen, names) for thing in chosen.things]
    lines = _draw_lines(chosen, ties, networks, places)
    return Picture(
        width=2 * MARGIN + (len(columns) - 1) * COLUMN + BOX_WIDTH,
        height=2 * MARGIN + (tallest - 1) * ROW + BOX_HEIGHT,
        nodes=tuple(nodes),
        lines=tuple(lines),
        rows=tuple(_say_row(thing, neighbourhood, ties, chosen, names) for thing in chosen.things),
        paths=tuple(explain_path(path, confirmed) for path in neighbourhood.paths[:5]),
        kinds=frozenset(" ".join([*(node.classes for node in nodes), *(line.classes for line in lines)]).split()),
        notes=_say_left_out(neighbourhood, chosen),
    )


# Shapes


def _draw_account(
    account_id: str,
    place: tuple[float, float],
    centre: str,
    chosen: Chosen,
    confirmed: Mapping[str, datetime],
    organisations: Collection[str],
) -> Node:
    marks = ["this account"] if account_id == centre else []
    marks += [f"confirmed {confirmed[account_id].day} {confirmed[account_id]:%b %Y}"] if account_id in confirmed else []
    marks += ["verified organisation"] if account_id in organisations else []
    classes = ["account"]
    classes += ["centre"] if account_id == centre else []
    classes += ["confirmed"] if account_id in confirmed else []
    classes += ["evidence"] if any(account_id == of for of, _ in chosen.evidence) else []
    note = next((mark for mark in marks if mark.startswith("confirmed")), marks[0] if marks else "account")
    title = f"Account {account_id}" + (f": {', '.join(marks)}" if marks else "")
    x, y = place
    return Node(x, y, " ".join(classes), _cut(account_id, LABEL_LENGTH), _cut(note, NOTE_LENGTH), title, account_id)


def _draw_thing(
    thing: int,
    place: tuple[float, float],
    neighbourhood: Neighbourhood,
    ties: Ties,
    chosen: Chosen,
    names: Mapping[int, str],
) -> Node:
    shared = neighbourhood.things[thing]
    classes = ["thing", shared.kind.value]
    classes += ["evidence"] if any(thing == of for _, of in chosen.evidence) else []
    note = _say_seen(thing, ties)
    title = f"{names[thing]}, {note}; {_say_sharers(shared.sharers)}"
    x, y = place
    return Node(x, y, " ".join(classes), names[thing], _cut(note, NOTE_LENGTH), title, None)


def _draw_lines(
    chosen: Chosen,
    ties: Ties,
    networks: Collection[int],
    places: Mapping[str | int, tuple[float, float]],
) -> list[Line]:
    """Return the ties as curves; those of evidence last, so that they lie on top."""
    lines = []
    for thing in chosen.things:
        for account_id in ties.of[thing]:
            if account_id not in chosen.accounts:
                continue
            evidence = (account_id, thing) in chosen.evidence
            classes = "tie" + (" network" if thing in networks else "") + (" evidence" if evidence else "")
            lines.append((evidence, Line(_curve(places[account_id], places[thing]), classes)))
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def _curve(one: tuple[float, float], other: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = sorted((one, other))
    x1, y1, y2 = x1 + BOX_WIDTH, y1 + BOX_HEIGHT / 2, y2 + BOX_HEIGHT / 2
    middle = (x1 + x2) / 2
    return f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"


# Words


def _name_things(neighbourhood: Neighbourhood, chosen: Chosen) -> dict[int, str]:
    """Return what each thing is called: numbered where there are several of a kind."""
    kinds = [neighbourhood.things[thing].kind for thing in chosen.things]
    names, counted = {}, dict.fromkeys(TieKind, 0)
    for thing, kind in zip(chosen.things, kinds, strict=True):
        counted[kind] += 1
        names[thing] = f"{NAMES[kind]} {counted[kind]}" if kinds.count(kind) > 1 else NAMES[kind]
    return names


def _say_seen(thing: int, ties: Ties) -> str:
    times = sum(strand.sessions for strand in ties.of[thing].values())
    return "seen once" if times == 1 else f"seen {times} times"


def _say_sharers(count: int) -> str:
    return f"on {count} accounts in all"


def _say_row(thing: int, neighbourhood: Neighbourhood, ties: Ties, chosen: Chosen, names: Mapping[int, str]) -> Row:
    shared = neighbourhood.things[thing]
    unsure = "; not vouched for by the network" if shared.kind is TieKind.DEVICE and not shared.attested else ""
    holders = [
        Holder(account_id, _say_times(ties.of[thing][account_id]))
        for account_id in chosen.accounts
        if account_id in ties.of[thing]
    ]
    evidence = any(thing == of for _, of in chosen.evidence)
    return Row(names[thing], _say_sharers(shared.sharers) + unsure, evidence, tuple(holders))


def _say_times(strand: Strand) -> str:
    first, last = say_day(strand.first_seen_at), say_day(strand.last_seen_at)
    times = "once" if strand.sessions == 1 else f"{strand.sessions} times"
    return f"{times}, {first}" if first == last else f"{times}, {first} to {last}"


def _say_left_out(neighbourhood: Neighbourhood, chosen: Chosen) -> tuple[str, ...]:
    more = neighbourhood.more + len(neighbourhood.accounts) - len(chosen.accounts)
    things = len(neighbourhood.things) - len(chosen.things)
    notes = []
    if more or things > 0:
        parts = [f"{more} more {'account' if more == 1 else 'accounts'}"] if more else []
        parts += [f"{things} more shared {'thing' if things == 1 else 'things'}"] if things > 0 else []
        notes.append(f"And {' and '.join(parts)} that the picture has no room for.")
    crowded = sum(neighbourhood.crowded.values())
    if crowded:
        verb = "is" if crowded == 1 else "are"
        what, them = ("thing", "it is") if crowded == 1 else ("things", "they are")
        notes.append(f"{crowded} {what} {verb} shared by so many accounts that nothing follows; {them} not drawn.")
    return tuple(notes)


def _cut(text: str, length: int) -> str:
    """Return the text, or its two ends: what tells ids apart is often the last of them."""
    if len(text) <= length:
        return text
    head = length // 2
    return f"{text[:head]}…{text[-(length - head - 1) :]}"
