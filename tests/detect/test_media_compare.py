"""One upload against everything known, on both databases: roles of banks, expiry, exact bytes, equal hashes, turns."""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from matching_rows import RECT, flip_bits, random_hashes

from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.compare import Comparer
from jacana.detect.media.hashing.frames import HASHER_VERSION, collect_frames, collect_windows
from jacana.detect.media.hashing.pdq import turn_hashes
from jacana.detect.media.known import KnownMedia
from jacana.model.bank import BankEntry, BankRole
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload

HASHES = random_hashes(21, 10)
DIGESTS = Digests("a" * 32, "b" * 40, "c" * 64)

Find = Callable[..., list[Finding]]


@pytest.fixture
def fill(database: Database, clock) -> Callable[..., None]:
    banks = Banks(clock)

    def add(name: str, *entries: BankEntry, **rules: object) -> None:
        with database.write() as connection:
            if name not in {bank.name for bank in banks.list(connection)}:
                banks.create(connection, name, "A source", actor="system", **rules)
            banks.add_entries(connection, name, entries, "system")

    return add


@pytest.fixture
def comparer(tmp_path: Path, clock) -> Iterator[Comparer]:
    known = KnownMedia(tmp_path / "index")
    yield Comparer(known, clock)
    known.close()


@pytest.fixture
def find(database: Database, comparer: Comparer, add_upload: Callable[..., Upload]) -> Find:
    upload = add_upload(DIGESTS)

    def ask(facts: MediaFacts) -> list[Finding]:
        with database.read() as connection:
            return comparer.find(connection, upload, facts)

    return ask


def make_entry(label: str, hashes: list[bytes], **changes: object) -> BankEntry:
    frames = collect_frames([(float(n), 90, pdq) for n, pdq in enumerate(hashes)]).pack()
    return BankEntry(label, frame_count=len(hashes), frames=frames, **changes)


def make_facts(hashes: list[bytes], windows: list[tuple[float, int, int, bytes]] | None = None) -> MediaFacts:
    from datetime import UTC, datetime

    parts = [(seconds, 90, window, turn, RECT, pdq) for seconds, window, turn, pdq in windows or []]
    return MediaFacts(
        DIGESTS.sha256,
        MediaKind.VIDEO,
        HASHER_VERSION,
        datetime(2026, 11, 22, tzinfo=UTC),
        frame_count=len(hashes),
        frames=collect_frames([(float(n), 90, pdq) for n, pdq in enumerate(hashes)]).pack(),
        window_count=len(parts),
        windows=collect_windows(parts).pack(),
    )


def labels(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.match.entry_label) for each in found if each.match]


def test_equal_frames_are_asked_once_and_all_count(fill: Callable[..., None], find: Find) -> None:
    fill("b1", make_entry("still", HASHES[:1]), make_entry("other", HASHES[5:6]), min_matched_seconds=4)
    (finding,) = find(make_facts([HASHES[0]] * 6 + HASHES[1:3]))
    assert finding.match is not None
    assert (finding.match.entry_label, finding.match.matched_seconds) == ("still", 6.0)
    assert finding.match.matched_fraction == pytest.approx(6 / 8)


def test_a_still_of_minutes_against_another_stays_within_memory(fill: Callable[..., None], find: Find) -> None:
    """Each of 3,000 frames is near each of 600: 1.8 million pairs, of which the nearest are enough."""
    rng = np.random.default_rng(3)
    known = [flip_bits(HASHES[0], 4, rng) for _ in range(600)]
    shown = [flip_bits(HASHES[0], 4, rng) for _ in range(3000)]
    fill("b1", make_entry("still", known))
    tracemalloc.start()
    (finding,) = find(make_facts(shown))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert finding.match is not None
    assert finding.match.matched_seconds == 3000
    assert peak < 150e6, f"{peak / 1e6:.0f} MB"


@pytest.mark.parametrize("hashed", [True, False])
def test_a_mirrored_copy_is_found_whether_turns_were_hashed_or_not(
    fill: Callable[..., None], find: Find, hashed: bool
) -> None:
    fill("b1", make_entry("clip", HASHES))
    mirrored = turn_hashes(np.frombuffer(b"".join(HASHES), np.uint8).reshape(-1, 32))[:, 5]
    turned = [(0.0, 0, 5, HASHES[0])] if hashed else []
    (finding,) = find(make_facts([pdq.tobytes() for pdq in mirrored], turned))
    assert finding.match is not None
    assert (finding.match.how, finding.match.matched_seconds) == (("mirrored",), 10.0)


def test_each_bank_has_its_own_rules(fill: Callable[..., None], find: Find) -> None:
    near = [flip_bits(pdq, 12) for pdq in HASHES[:2]]
    fill("wide", make_entry("clip", near))
    fill("strict", make_entry("clip", near), max_distance=11)
    fill("long", make_entry("clip", near), min_matched_seconds=3)
    found = find(make_facts(HASHES))
    assert [finding.match.bank_name for finding in found if finding.match] == ["wide"]


def test_an_entry_matches_until_its_time_is_over(
    fill: Callable[..., None], find: Find, comparer: Comparer, database: Database, clock
) -> None:
    soon = clock() + timedelta(hours=1)
    fill("b1", make_entry("near", HASHES, expires_at=soon), make_entry("bytes", [], md5=DIGESTS.md5, expires_at=soon))
    facts = make_facts(HASHES)
    assert len(find(facts)) == 2
    clock.advance(3600)
    assert find(facts) == []
    with database.read() as connection:
        assert comparer.find_leads(connection, make_facts(HASHES[:2])) == ()


def test_a_match_that_rests_on_innocent_frames_is_set_aside(fill: Callable[..., None], find: Find) -> None:
    fill("b1", make_entry("clip", HASHES[:4]), min_matched_seconds=3)
    fill("harmless", make_entry("jingle", HASHES[2:4]), role=BankRole.BENIGN)
    facts = make_facts(HASHES)
    assert labels(find(facts)) == [("benign_match", "jingle")]
    fill("b2", make_entry("clip", HASHES[:4]), min_matched_seconds=2)  # the rule is met without them
    matched, aside = find(facts)
    assert (matched.kind, matched.match.bank_name, matched.match.matched_seconds) == (FindingKind.BANK_MATCH, "b2", 2.0)
    assert any("2 frames nearer to innocent material did not count" in reason for reason in matched.reasons)
    assert aside.kind is FindingKind.BENIGN_MATCH


def test_innocent_material_that_is_farther_off_changes_nothing(fill: Callable[..., None], find: Find) -> None:
    fill("b1", make_entry("clip", [flip_bits(pdq, 6) for pdq in HASHES[:4]]))
    fill("far", make_entry("jingle", [flip_bits(pdq, 7, seed=3) for pdq in HASHES]), role=BankRole.BENIGN)
    assert labels(find(make_facts(HASHES))) == [("bank_match", "clip")]
    fill("as-near", make_entry("jingle 2", [flip_bits(pdq, 6, seed=3) for pdq in HASHES]), role=BankRole.BENIGN)
    assert labels(find(make_facts(HASHES))) == [("benign_match", "jingle 2")]


def test_an_innocent_frame_around_does_not_hide_the_inset(fill: Callable[..., None], find: Find) -> None:
    """Known material shown inside an innocent picture: the frame is covered, the window is not."""
    frame, inset = HASHES[:2]
    fill("b1", make_entry("clip", [inset]))
    fill("harmless", make_entry("meme", [frame]), role=BankRole.BENIGN)
    found = find(make_facts([frame] * 3, [(float(n), 201, 0, inset) for n in range(3)]))
    assert labels(found) == [("bank_match", "clip")]


def test_identical_bytes_yield_only_to_identical_innocent_bytes(fill: Callable[..., None], find: Find) -> None:
    fill("b1", make_entry("clip", HASHES, sha256=DIGESTS.sha256))
    fill("harmless", make_entry("jingle", HASHES), role=BankRole.BENIGN)
    (finding,) = find(make_facts(HASHES))
    assert finding.match is not None
    assert (finding.kind, finding.match.exact) == (FindingKind.BANK_MATCH, True)
    # Two files of one MD5 or SHA-1 can be made, one of them harmless enough for somebody to list it.
    fill("harmless", make_entry("a twin", [], sha1=DIGESTS.sha1, md5=DIGESTS.md5, sha256="d" * 64))
    assert labels(find(make_facts(HASHES))) == [("bank_match", "clip")]
    fill("harmless", make_entry("the file", [], sha256=DIGESTS.sha256))
    assert labels(find(make_facts(HASHES))) == [("benign_match", "the file")]


def test_innocent_material_alone_is_nothing_to_say(fill: Callable[..., None], find: Find) -> None:
    fill("harmless", make_entry("jingle", HASHES, sha1=DIGESTS.sha1), role=BankRole.BENIGN)
    assert find(make_facts(HASHES)) == []


def test_leads_come_from_known_material_near_and_not_so_near(
    fill: Callable[..., None], comparer: Comparer, database: Database
) -> None:
    fill("b1", make_entry("clip", [flip_bits(HASHES[3], 8)]))
    fill("harmless", make_entry("jingle", HASHES[7:8]), role=BankRole.BENIGN)
    facts = make_facts(HASHES)
    with database.read() as connection:
        assert comparer.find_leads(connection, facts) == ((2.0, 4.0),)
        assert comparer.find_leads(connection, replace(facts, frames=b"", frame_count=0)) == ()


def test_nothing_known_and_nothing_seen(find: Find) -> None:
    assert find(make_facts(HASHES)) == []
    assert find(make_facts([])) == []
