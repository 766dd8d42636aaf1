"""Runs a look-back on a Ray cluster: one task a part, on whichever worker is free; a task whose worker died runs again.

Needs the extra `ray`, and a catalogue folder that every worker sees under the same path. Only hashes travel.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from jacana.detect.media.catalogue.scan import Needles
from jacana.detect.media.catalogue.scanner import LocalScanner, PartResult, scan_part
from jacana.detect.media.catalogue.shelf import Part
from jacana.model.errors import SetupInvalidError

RETRIES = 5
"""How often a task is run again whose worker died; after that its part is stated as unread."""


class RayMissingError(SetupInvalidError):
    """A cluster is configured and Ray is not installed."""

    code = "catalogue.ray_missing"


class RayScanner:
    """Scans on the cluster at `address` (`auto`, `local` or `ray://host:port`). Connects at the first scan."""

    def __init__(self, address: str) -> None:
        try:
            import ray
        except ImportError:
            raise RayMissingError(
                "ray_address is set and Ray is not installed", remedy="install jacana[ray], or empty ray_address"
            ) from None
        self._ray: Any = ray
        self._address = address

    def scan(self, parts: Sequence[Part], needles: Needles) -> Iterator[PartResult]:
        """Yield results as tasks end. An open log is scanned here: workers may see it only in part."""
        if not self._ray.is_initialized():
            self._ray.init(address=self._address, log_to_driver=False, include_dashboard=False, namespace="jacana")
        task = self._ray.remote(num_cpus=1, max_retries=RETRIES)(scan_part)
        shared = self._ray.put(needles)
        waiting = {task.remote(part, shared): part for part in parts if not part.is_log}
        try:
            yield from LocalScanner().scan([part for part in parts if part.is_log], needles)
            while waiting:
                (ended,), _ = self._ray.wait(list(waiting), num_returns=1)
                part = waiting.pop(ended)
                try:
                    yield self._ray.get(ended)
                except self._ray.exceptions.RayError as problem:
                    yield PartResult(part, 0, (), f"part {part.number} was not compared ({type(problem).__name__})")
        finally:
            for unfinished in waiting:
                self._ray.cancel(unfinished, force=True)
