"""What a moderator reads: which seconds, in what way, from whom, how sure; and what an entry in dispute may cause."""

from dataclasses import replace
from datetime import UTC, datetime

from matching_rows import RECT, make_frames, make_rows, make_upload, pair_up, random_hashes

from jacana.detect.media.hashing.frames import WindowHashes
from jacana.detect.media.matching.match import UploadRows, match_entry
from jacana.detect.media.statements import Candidate, is_disputed, state_match, state_set_aside
from jacana.model.bank import Bank, BankEntry, BankRole, Trust
from jacana.model.finding import Finding, FindingKind
from jacana.model.upload import Digests, Upload, UploadState, Visibility

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UPLOAD = Upload(
    "upl_1", "net-1", "account-1", Visibility.PUBLIC, UploadState.RECEIVED, Digests("1", "2", "3"), 1, received_at=NOW
)
CAUSES = ("hold", "suspend_account", "open_case", "draft_report")
BANK = Bank("bank_1", "list", "a hotline", "A2", CAUSES, 31, 50, 1.0, NOW, trust=Trust.VERIFIED)
ENTRY = BankEntry("clip", sha256="3", id="entry_1", number=1)
HASHES = random_hashes(1, 40)


def make_candidate(
    upload: UploadRows, entry: WindowHashes, *, exact: bool = False, bank: Bank = BANK, **changes: object
) -> Candidate:
    match = match_entry(upload, entry, pair_up(upload, entry), bank)
    return Candidate(bank, replace(ENTRY, **changes), exact, match, entry if match else None)


def state(upload: UploadRows, entry: WindowHashes, **changes: object) -> Finding:
    return state_match(UPLOAD, upload, make_candidate(upload, entry, **changes))


def test_seconds_of_both_and_what_was_changed_are_said() -> None:
    entry = make_frames(HASHES[:20], step=0.5)
    turned = [(12.0 + number * 0.5, 0, 5, pdq) for number, pdq in enumerate(HASHES[6:17])]
    upload = make_upload(make_rows([(float(n), 90, pdq) for n, pdq in enumerate(random_hashes(2, 30))], turned))
    finding = state(upload, entry)
    match = finding.match
    assert match is not None
    assert finding.reasons[0] == "Seconds 12 to 17 of the upload match seconds 3 to 8 of “clip”, mirrored."
    assert finding.reasons[1].startswith("11 frames in 6 distinct seconds are near “clip” in bank list: ")
    assert finding.reasons[2] == "The nearest frame differs in 0 of 256 bits; the bank allows 31."
    assert finding.reasons[3] == "The bank's source (a hotline) classifies it as A2."
    (segment,) = match.segments
    assert (segment.from_seconds, segment.to_seconds, segment.frames) == (12.0, 17.0, 11)
    assert (segment.entry_from_seconds, segment.entry_to_seconds, segment.how) == (3.0, 8.0, ("mirrored",))
    assert (match.how, match.role, match.trust, match.may_cause) == (("mirrored",), "known", "verified", CAUSES)


def test_a_window_that_matches_is_drawn_where_it_lies() -> None:
    upload = make_upload(make_rows([], [(float(n), 7, 0, pdq) for n, pdq in enumerate(HASHES[:4])]))
    match = state(upload, make_frames(HASHES[:4], step=1.0)).match
    assert match is not None
    assert match.segments[0].rect == RECT
    assert match.segments[0].how == ("a window of the upload",)
    plain = state(make_upload(make_frames(HASHES[:4])), make_frames(HASHES[:4])).match
    assert plain is not None
    assert (plain.segments[0].rect, plain.segments[0].how, plain.how) == (None, (), ("whole frame",))


def test_pictures_are_spoken_of_as_pictures() -> None:
    picture, one = make_upload(make_frames(HASHES[:1]), single_picture=True), make_frames(HASHES[:1])
    assert state(picture, one).reasons[:2] == (
        "The picture matches “clip”.",
        "The picture is near “clip” in bank list.",
    )
    assert state(picture, make_frames(HASHES[5:0:-1] + HASHES[:1], step=1.0)).reasons[0] == (
        "The picture matches second 5 of “clip”."
    )
    video = make_upload(make_rows([(2.0, 90, HASHES[0]), (3.5, 90, HASHES[0])]))
    assert state(video, one).reasons[0] == "Seconds 2 to 3 of the upload match “clip”."
    assert state(make_upload(make_rows([(2.0, 90, HASHES[0])])), one).reasons[0] == (
        "Second 2 of the upload matches “clip”."
    )


def test_many_stretches_are_told_by_the_longest() -> None:
    frames = [(100.0 * n + m, 90, HASHES[4 * n + m]) for n in range(6) for m in range(2 + n % 2)]
    gaps = [(100.0 * n + 50 + m, 90, pdq) for n in range(6) for m, pdq in enumerate(random_hashes(50 + n, 9))]
    upload = make_upload(make_rows(sorted(frames + gaps)))
    reasons = state(
        upload, make_rows([(500.0 - 50 * n + m, 90, HASHES[4 * n + m]) for n in range(6) for m in range(3)])
    )
    assert reasons.match is not None
    assert len(reasons.match.segments) == 6
    assert reasons.reasons[0].startswith("1:40 to 1:42 of the upload match")
    assert reasons.reasons[3] == "So do 3 shorter stretches."


def test_identical_bytes_are_said_first() -> None:
    finding = state_match(UPLOAD, make_upload(make_frames([])), Candidate(BANK, ENTRY, True, None, None))
    assert finding.score == 1.0
    assert finding.reasons[0] == "The file's SHA-256 equals that of “clip” in bank list."
    by_md5 = Candidate(BANK, replace(ENTRY, sha256=None, md5="1"), True, None, None)
    assert "MD5" in state_match(UPLOAD, make_upload(make_frames([])), by_md5).reasons[0]
    by_sha1 = Candidate(BANK, replace(ENTRY, sha256=None, sha1="2"), True, None, None)
    assert "SHA-1" in state_match(UPLOAD, make_upload(make_frames([])), by_sha1).reasons[0]


def test_an_entry_that_others_voted_against_is_a_lead_only() -> None:
    upload, entry = make_upload(make_frames(HASHES[:4])), make_frames(HASHES[:4])
    disputed = state(upload, entry, votes_up=1, votes_down=2)
    assert disputed.match is not None
    assert (disputed.match.may_cause, disputed.match.trust) == (("hold", "open_case"), "lead")
    assert "2 members of the exchange voted against the entry, 1 for it" in disputed.reasons[-1]
    for up, down in ((2, 2), (0, 1), (3, 2)):
        held = state(upload, entry, votes_up=up, votes_down=down).match
        assert held is not None
        assert (held.may_cause, held.trust) == (CAUSES, "verified")
        assert not is_disputed(replace(ENTRY, votes_up=up, votes_down=down))


def test_the_entrys_own_class_goes_before_the_banks() -> None:
    match = state(make_upload(make_frames(HASHES[:4])), make_frames(HASHES[:4]), classification="B1").match
    assert match is not None
    assert match.classification == "B1"


def test_what_was_set_aside_names_both() -> None:
    upload, entry = make_upload(make_frames(HASHES[:4])), make_frames(HASHES[:4])
    harmless = replace(BANK, id="bank_2", name="harmless", role=BankRole.BENIGN, may_cause=())
    benign = replace(make_candidate(upload, entry, bank=harmless), entry=replace(ENTRY, id="entry_2", label="jingle"))
    finding = state_set_aside(UPLOAD, upload, make_candidate(upload, entry), benign)
    assert finding.kind is FindingKind.BENIGN_MATCH
    assert finding.details == {"suppressed_bank": "bank_1", "suppressed_entry": "entry_1"}
    assert finding.match is not None
    assert (finding.match.entry_id, finding.match.role, finding.match.may_cause) == ("entry_2", "benign", ())
    assert finding.reasons[0] == "A match with “clip” of bank list was set aside."
    assert "“jingle” of bank harmless" in finding.reasons[1]
    exact = Candidate(harmless, benign.entry, True, None, None)
    by_bytes = state_set_aside(UPLOAD, upload, make_candidate(upload, entry), exact)
    assert "bytes are on the list of innocent material" in by_bytes.reasons[1]
    assert by_bytes.id == finding.id  # the same statement about the same two entries
