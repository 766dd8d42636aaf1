"""A look-back on a real local Ray over Parquet shards: several workers, one of them killed on the way.

Ray starts servers and leaves sockets and warnings behind, so it runs in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_catalogue_shelf import make_facts

from jacana.detect.media.catalogue import on_ray
from jacana.detect.media.catalogue.on_ray import RayMissingError, RayScanner
from jacana.detect.media.catalogue.shard import collect_shard, write_shard
from jacana.detect.media.catalogue.shelf import Catalogue
from jacana.detect.media.hashing.frames import unpack_frames

PARTS, HASHES = 8, 100_000

JOB = """
import json, sys, threading, time
from pathlib import Path
import numpy as np
import psutil
import ray
from jacana.detect.media.catalogue.on_ray import RayScanner
from jacana.detect.media.catalogue.scan import lay_out_needles
from jacana.detect.media.catalogue.shelf import Catalogue

folder = Path(sys.argv[1])
needles = lay_out_needles(np.load(folder / "needles.npy"), np.full(len(np.load(folder / "needles.npy")), 31))
killed, workers = [], set()

def kill_one():
    while True:
        for process in psutil.process_iter(["pid", "cmdline"]):
            line = " ".join(process.info["cmdline"] or ())
            if line.startswith("ray::scan_part"):
                workers.add(process.info["pid"])
                if not killed:
                    process.kill()
                    killed.append(process.info["pid"])
        time.sleep(0.01)

threading.Thread(target=kill_one, daemon=True).start()
ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1",
         object_store_memory=100_000_000)
results = list(RayScanner("local").scan(Catalogue(folder / "c").list_parts(), needles))
ray.shutdown()
print(json.dumps({
    "parts": sorted(result.part.number for result in results),
    "hashes": sum(result.hashes for result in results),
    "hits": sorted(hit for result in results for hit in result.hits),
    "problems": [result.problem for result in results if result.problem],
    "killed": len(killed), "workers": len(workers),
}))
"""


@pytest.fixture
def shards(tmp_path: Path) -> list[str]:
    """Parquet shards of random hashes, an open log, and one known file in each; return the known files."""
    rng = np.random.default_rng(4)
    (tmp_path / "c").mkdir()
    known, wanted = [], []
    for number in range(1, PARTS + 1):
        facts = make_facts(number)
        wanted.append(unpack_frames(facts.frames).pdq[:1])
        files = [(rng.bytes(32), 0, rng.integers(0, 256, (1000, 32), dtype=np.uint8)) for _ in range(HASHES // 1000)]
        files.insert(50, (bytes.fromhex(facts.sha256), 0, unpack_frames(facts.frames).pdq))
        write_shard(tmp_path / "c" / f"{number:06d}.parquet", collect_shard(files))
        known.append(facts.sha256)
    late = make_facts(99)
    Catalogue(tmp_path / "c", parquet=True).append(late)
    wanted.append(unpack_frames(late.frames).pdq[:1])
    np.save(tmp_path / "needles.npy", np.concatenate([*wanted, rng.integers(0, 256, (30_000, 32), dtype=np.uint8)]))
    return sorted([*known, late.sha256])


def test_a_killed_worker_loses_nothing(shards: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_MEMORY_MONITOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", JOB, str(tmp_path)],
        capture_output=True, text=True, timeout=240, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["killed"] == 1
    assert report["workers"] >= 2, "one was killed, so at least another one did its work"
    assert report["problems"] == []
    assert report["parts"] == list(range(1, PARTS + 2))
    assert report["hashes"] == PARTS * (HASHES + 10) + 10
    assert report["hits"] == shards


def test_without_ray_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RayMissingError) as raised:
        RayScanner("auto")
    assert "ray_address" in raised.value.message
    assert on_ray.RETRIES > 0
