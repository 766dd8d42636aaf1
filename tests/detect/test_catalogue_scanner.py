"""Scanning here: every part gives a result, a damaged one too, and a share is kept."""

import time
from pathlib import Path

import numpy as np
import pytest
from test_catalogue_shelf import make_facts

from jacana.detect.media.catalogue.scan import Needles, lay_out_needles
from jacana.detect.media.catalogue.scanner import LocalScanner
from jacana.detect.media.catalogue.shelf import Catalogue
from jacana.detect.media.hashing.frames import unpack_frames


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    made = Catalogue(tmp_path, max_hashes=20)
    for name in range(7):
        made.append(make_facts(name))
    made.seal_full()
    return made


@pytest.fixture
def needles() -> Needles:
    pdq = np.concatenate([unpack_frames(make_facts(name).frames).pdq[:1] for name in (1, 5)])
    return lay_out_needles(pdq, np.array([31, 31]))


def test_hits_are_the_files_of_the_needles(catalogue: Catalogue, needles: Needles) -> None:
    results = list(LocalScanner(threads=2).scan(catalogue.list_parts(), needles))
    assert [hit for result in results for hit in result.hits] == [make_facts(name).sha256 for name in (1, 5)]
    assert sum(result.hashes for result in results) == 70
    assert not any(result.problem for result in results)


def test_a_damaged_part_is_stated_and_stops_nothing(catalogue: Catalogue, needles: Needles) -> None:
    catalogue.list_parts()[0].path.write_bytes(b"rubbish")
    results = list(LocalScanner().scan(catalogue.list_parts(), needles))
    assert results[0].problem
    assert [hit for result in results for hit in result.hits] == [make_facts(5).sha256]


@pytest.mark.parametrize("busy", [False, True])
def test_a_share_of_the_time_is_kept(
    catalogue: Catalogue, needles: Needles, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    slept: list[float] = []
    now = [0.0]

    def tick() -> float:
        now[0] += 1.0  # every look at the clock costs a second
        return now[0]

    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", tick)
    list(LocalScanner(share=0.5, is_busy=lambda: busy).scan(catalogue.list_parts()[:1], needles))
    assert slept == [5.0 if busy else 1.0], "half the time, or a tenth of that; never more than five seconds at once"
