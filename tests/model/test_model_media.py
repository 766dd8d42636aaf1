"""Only a file that could be read whole is readable."""

from datetime import UTC, datetime

import pytest

from jacana.model.media import MediaFacts, MediaKind

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "readable"), [(MediaKind.VIDEO, True), (MediaKind.PICTURE, True), (MediaKind.UNREADABLE, False)]
)
def test_readable(kind: MediaKind, readable: bool) -> None:
    facts = MediaFacts("0" * 64, kind, "v1", NOW)
    assert facts.readable is readable
    assert (facts.frame_count, facts.frames, facts.problem) == (0, b"", None)
