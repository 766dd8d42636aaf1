from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.model.media import MediaFacts, MediaKind
from jacana.web.console.showable import SHOWABLE, choose_media_type, parse_range


def media(container: str | None, kind: MediaKind = MediaKind.VIDEO) -> MediaFacts:
    return MediaFacts("0" * 64, kind, "v", datetime(2026, 1, 1, tzinfo=UTC), container=container)


@pytest.mark.parametrize(
    ("container", "chosen"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", "video/mp4"),
        ("matroska,webm", "video/webm"),
        ("jpeg_pipe", "image/jpeg"),
        ("png_pipe", "image/png"),
        ("html", None),
        ("svg_pipe", None),
        ("avi", None),
        (None, None),
    ],
)
def test_the_type_comes_from_our_own_analysis(container: str | None, chosen: str | None):
    assert choose_media_type(media(container)) == chosen
    assert choose_media_type(media(container, MediaKind.UNREADABLE)) == chosen


def test_nothing_is_shown_before_it_was_analysed():
    assert choose_media_type(None) is None


def test_no_showable_type_can_carry_a_script():
    assert all(kind.split("/")[0] in {"video", "image"} and "svg" not in kind for kind in SHOWABLE)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-500", (10, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-500", (0, 100)),
        ("Bytes = 5-5", (5, 6)),
        ("bytes=0-1,5-9", None),
        ("items=0-1", None),
        ("bytes=9-5", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=²-3", None),
    ],
)
def test_one_range_is_understood(header: str | None, wanted: tuple[int, int] | None):
    assert parse_range(header, 100) == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(header: str):
    with pytest.raises(ValueError):
        parse_range(header, 100)


@given(st.text(max_size=30), st.integers(1, 1000))
def test_whatever_is_asked_lies_in_the_file(header: str, size: int):
    try:
        wanted = parse_range("bytes=" + header, size)
    except ValueError:
        return
    if wanted:
        start, end = wanted
        assert 0 <= start < end <= size
