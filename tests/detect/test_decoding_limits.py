"""Limits come from the settings and cross to the child unchanged."""

from dataclasses import replace

import pytest

from jacana.detect.media.decoding.limits import MAX_FRAMES, MAX_WINDOWS, DecoderLimits
from jacana.settings import Settings


def test_they_are_what_the_operator_set() -> None:
    settings = replace(Settings(), media_max_memory_bytes=5, media_max_cpu_seconds=6, media_max_pixels=7)
    limits = DecoderLimits.from_settings(settings)
    assert (limits.memory_bytes, limits.cpu_seconds, limits.max_pixels) == (5, 6, 7)
    assert (limits.wall_seconds, limits.max_frames, limits.max_windows) == (900, MAX_FRAMES, MAX_WINDOWS)


def test_they_cross_as_json() -> None:
    limits = replace(DecoderLimits.from_settings(Settings()), wall_seconds=1.5)
    assert DecoderLimits.from_json(limits.to_json()) == limits
    for text in ("{}", "[]", '{"memory_bytes": 1, "other": 2}', "nonsense"):
        with pytest.raises(ValueError):
            DecoderLimits.from_json(text)


def test_an_answer_has_room_for_all_that_is_allowed_and_little_more() -> None:
    limits = DecoderLimits.from_settings(Settings())
    allowed = 41 * MAX_FRAMES + 47 * MAX_WINDOWS
    assert allowed < limits.max_answer_bytes < 1.25 * allowed
