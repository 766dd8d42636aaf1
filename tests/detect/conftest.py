"""Clips drawn once for this test process, limits small enough to be felt, and uploads to screen."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.detect.media.banks.source import digest_file
from jacana.detect.media.decoding.analyse import DecoderLimits, DecoderPool, SamplingPlan, analyse_file
from jacana.model.media import MediaFacts
from jacana.model.upload import Digests, Upload, UploadState, Visibility
from jacana.settings import Settings
from jacana.simulate.clips import disguise_clip, draw_clip, truncate_file

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`known`, a `disguised` copy of it, an `other` clip, and `known` cut short."""
    folder = tmp_path_factory.mktemp("clips")
    found = {name: folder / f"{name}.mp4" for name in ("known", "disguised", "other", "cut")}
    draw_clip(found["known"], 11, seconds=4)
    draw_clip(found["other"], 12, seconds=3)
    disguise_clip(found["known"], found["disguised"])
    truncate_file(found["known"], found["cut"])
    return found


@pytest.fixture(scope="session")
def limits() -> DecoderLimits:
    return replace(DecoderLimits.from_settings(Settings()), wall_seconds=60.0)


@pytest.fixture(scope="session")
def pool(limits: DecoderLimits) -> Iterator[DecoderPool]:
    """Warm decoders that all tests of this process share."""
    opened = DecoderPool(limits, files_per_server=1000)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def analyse(limits: DecoderLimits, pool: DecoderPool) -> Callable[..., MediaFacts]:
    """Analyse a file at two frames a second, or as `plan` says, within the limits changed as named."""

    def run(path: Path, plan: SamplingPlan | None = None, **changes: object) -> MediaFacts:
        sampling = plan or SamplingPlan("rate")
        return analyse_file(path, digest_file(path).sha256, replace(limits, **changes), NOW, sampling, pool)

    return run


@pytest.fixture
def add_upload(database: Database) -> Callable[..., Upload]:
    """Put an upload of these bytes into the database, as intake would."""

    def add(digests: Digests, id: str = "upload_1") -> Upload:
        upload = Upload(
            id, f"net-{id}", "account-1", Visibility.PUBLIC, UploadState.RECEIVED, digests, 1, received_at=NOW
        )
        with database.write() as connection:
            known = connection.execute(sa.select(ingest_accounts.c.id)).first()
            if not known:
                connection.execute(
                    ingest_accounts.insert().values(id="account-1", state="active", first_seen_at=NOW, updated_at=NOW)
                )
            connection.execute(
                ingest_uploads.insert().values(
                    id=id,
                    network_id=upload.network_id,
                    account_id="account-1",
                    visibility="public",
                    state="received",
                    md5=digests.md5,
                    sha1=digests.sha1,
                    sha256=digests.sha256,
                    size_bytes=1,
                    received_at=NOW,
                )
            )
        return upload

    return add
