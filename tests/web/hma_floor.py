"""The look-up API over a real database, real banks and the real decoder, and pictures drawn for it."""

import dataclasses
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.screener import MediaScreener
from jacana.ingest.intake import Intake
from jacana.ingest.keys import SCOPES, ApiKeys
from jacana.settings import Settings
from jacana.web.api.problems import install_problem_handlers
from jacana.web.hma import router


@dataclass
class HmaFloor:
    app: FastAPI
    client: TestClient
    stages: SimpleNamespace
    spool: Path

    def make_key(self, *scopes: str) -> str:
        with self.stages.db.write() as connection:
            return self.stages.keys.create(connection, "test", scopes or SCOPES, "cli:test").secret

    def make_bank(self, name: str = "MY_BANK") -> None:
        assert self.client.post("/hma/c/banks", json={"name": name}).status_code == 201

    def add_signal(self, bank: str, **signals: str) -> int:
        answer = self.client.post(f"/hma/c/bank/{bank}/signal", json=signals)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["id"])

    def look_up(self, signal: str, signal_type: str = "pdq", **more: Any) -> Any:
        answer = self.client.get("/hma/m/lookup", params={"signal": signal, "signal_type": signal_type, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def spooled(self) -> list[str]:
        return sorted(path.name for path in self.spool.iterdir()) if self.spool.is_dir() else []


@contextmanager
def open_floor(database: Database, folder: Path, clock: Any, **changed: Any) -> Iterator[HmaFloor]:
    settings = dataclasses.replace(Settings(data_dir=folder / "data", media_workers=1), **changed)
    screener = MediaScreener(settings, clock)
    stages = SimpleNamespace(
        settings=settings,
        clock=clock,
        db=database,
        keys=ApiKeys(clock),
        intake=Intake(database, folder / "spool", FieldSealer(b"k" * 32), clock, settings),
        screener=screener,
        banks=Banks(clock),
    )
    app = FastAPI(title="Jacana")
    app.state.stages = stages
    install_problem_handlers(app)
    app.include_router(router)
    with TestClient(app) as client:
        floor = HmaFloor(app, client, stages, folder / "spool")
        client.headers["Authorization"] = f"Bearer {floor.make_key()}"
        yield floor
    screener.close()


def draw_picture(seed: int = 1, size: tuple[int, int] = (320, 240), *, form: str = "PNG", turn: int = 1) -> bytes:
    """Return a picture of discs; `turn` is the EXIF orientation it is stored under, so that it looks alike."""
    image = Image.fromarray(_draw_shapes(seed, size))
    back = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[turn]
    if back is not None:
        image = image.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = turn
    out = io.BytesIO()
    image.save(out, form, exif=exif, **({"quality": 95} if form == "JPEG" else {}))
    return out.getvalue()


def black_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240)).save(out, "PNG")
    return out.getvalue()


def _draw_shapes(seed: int, size: tuple[int, int]) -> np.ndarray:
    random, (width, height) = np.random.default_rng(seed), size
    y, x = np.mgrid[0:height, 0:width]
    plane = (x * random.uniform(0.2, 0.4) + y * random.uniform(0.1, 0.3)).astype(np.float64)
    for _ in range(14):
        cx, cy, r = random.uniform(0, width), random.uniform(0, height), random.uniform(12, 60)
        plane[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = random.uniform(0, 255)
    return np.stack([plane.clip(0, 255).astype(np.uint8)] * 3, axis=2)


def flip_bits(value: str, count: int) -> str:
    """Return the hash with its first `count` bits turned over."""
    return f"{int(value, 16) ^ ((1 << count) - 1):064x}"
