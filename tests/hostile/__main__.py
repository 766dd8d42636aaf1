"""`make fuzz`: damage drawn files by the thousand and see that nothing but their own decoder ever suffers."""

import argparse
import resource
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hostile.fuzz import fuzz


def main() -> int:
    parser = argparse.ArgumentParser(prog="hostile", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="how many files (default 10000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed damages the same (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="how many at once (default 2)")
    parser.add_argument("--saved", type=Path, default=Path("test-results/fuzz"), help="where failures are saved")
    chosen = parser.parse_args()
    console = Console()
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    start = time.monotonic()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("damaged files", total=chosen.files)
        tally = fuzz(chosen.files, chosen.seed, chosen.workers, chosen.saved, lambda: progress.advance(task))
    seconds = time.monotonic() - start
    parent, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    console.print(f"{chosen.files} files in {seconds:.0f} s; slowest {tally.slowest_seconds:.1f} s")
    spent = [used.ru_utime + used.ru_stime for used in (parent, children)]
    console.print(
        f"CPU: parent {spent[0]:.0f} s, decoders {spent[1]:.0f} s; parent's memory {parent.ru_maxrss >> 10} MiB"
    )
    for name, count in tally.problems.most_common():
        console.print(f"  {count:6} {name}")
    console.print(f"children that crashed: {dict(tally.crashes) or 'none'}; failures: {len(tally.failures)}")
    for failure in tally.failures[:50]:
        console.print(f"  {failure}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
