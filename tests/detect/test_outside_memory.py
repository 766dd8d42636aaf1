from pathlib import Path

import pytest
from outside_stand_ins import make_facts

from jacana.detect.media.outside.memory import MemoryClassifier, MemoryLookup


def test_the_twins_remember_what_they_were_asked(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    lookup, classifier = MemoryLookup(takes_media=True), MemoryClassifier({"a": 0.1})
    lookup.ask_hashes([b"h" * 32])
    lookup.ask_file(path, "image/png")
    classifier.score(path, "image/png", make_facts())
    assert (lookup.asked, classifier.asked) == (["hashes", "media"], [5])


def test_the_twin_too_takes_no_media_unless_it_may(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no media"):
        MemoryLookup().ask_file(tmp_path, "image/png")
