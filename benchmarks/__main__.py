"""Run the benchmarks, all or the one named, and write benchmarks/out/NAME.json."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import Row

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the decoder child

BENCHMARKS = (
    "pdq",
    "video",
    "index",
    "digests",
    "recall",
    "lookback",
    "discovery",
    "checktext",
    "sessions",
    "vault",
    "words",
    "links",
    "door",
)
OUT = Path(__file__).parent / "out"


def main(only: list[str]) -> int:
    """Run benchmarks by name. Return the exit status."""
    console = Console()
    unknown = [name for name in only if name not in BENCHMARKS]
    if unknown:
        console.print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 1
    OUT.mkdir(exist_ok=True)
    for name in only or BENCHMARKS:
        run: Callable[[], Iterator[Row]] = import_module(f"benchmarks.{name}").run
        rows = []
        with console.status(f"{name} …") as status:
            for row in run():
                rows.append(row)
                status.update(f"{name}: {len(rows)} rows, last {row.name}")
        (OUT / f"{name}.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        show(console, rows)
    return 0


def show(console: Console, rows: list[Row]) -> None:
    table = Table("what", "ours", "peer", "peer / ours", "unit", "note")
    for row in rows:
        peer, ratio = ("" if value is None else f"{value:g}" for value in (row.peer, row.ratio))
        table.add_row(row.name, f"{row.ours:g}", peer, ratio, row.unit, row.note)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
