from jacana.detect.accounts.state.record import UPLOAD_CAP, AccountRecord
from jacana.detect.accounts.state.uploads import count_uploads, note_upload, note_visibility


def test_what_is_public_and_what_only_the_owner_may_see_is_counted():
    record = AccountRecord(0, 0)
    for number, visibility in enumerate(["public", "only_me", "only_me", "friends", "unlisted"]):
        note_upload(record, f"u{number}", visibility, number)
    assert count_uploads(record) == (1, 2)
    note_visibility(record, "u1", "public", 9)
    assert count_uploads(record) == (2, 1)


def test_over_the_cap_public_ones_are_only_counted_and_only_me_ones_stay_known():
    record = AccountRecord(0, 0)
    for number in range(UPLOAD_CAP):
        note_upload(record, f"p{number}", "public", number)
    for number in range(100):
        note_upload(record, f"o{number}", "only_me", UPLOAD_CAP + number)
    assert len(record.uploads) == UPLOAD_CAP
    assert count_uploads(record) == (UPLOAD_CAP, 100)
    assert record.dropped == 0
    note_visibility(record, "p0", "only_me", 999)
    assert count_uploads(record) == (UPLOAD_CAP - 1, 101)


def test_letting_go_of_an_only_me_upload_is_said():
    record = AccountRecord(0, 0)
    for number in range(UPLOAD_CAP + 2):
        note_upload(record, f"o{number}", "only_me", number)
    assert count_uploads(record) == (0, UPLOAD_CAP)
    assert record.dropped == 2


def test_an_upload_heard_of_before_keeps_its_number():
    record = AccountRecord(0, 0)
    note_visibility(record, "u", "only_me", 1)
    note_upload(record, "u", "public", 2)
    assert record.uploads["u"].number == 0
    assert count_uploads(record) == (1, 0)


def test_what_happened_earlier_and_is_told_later_does_not_open_an_upload_again():
    record = AccountRecord(0, 0)
    note_visibility(record, "u1", "only_me", 30)
    note_upload(record, "u1", "public", 10)
    note_visibility(record, "u1", "public", 20)
    assert count_uploads(record) == (0, 1)
    note_visibility(record, "u1", "public", 30)
    assert count_uploads(record) == (1, 0)
