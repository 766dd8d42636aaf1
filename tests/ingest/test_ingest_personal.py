from datetime import UTC, datetime, timedelta

import pytest

from jacana.db.sealing import SealedFieldBrokenError
from jacana.ingest.personal import DeviceKeys, account_columns, blind_value, open_email, open_origin, upload_columns


def test_an_email_is_sealed_and_compared_by_a_keyed_hash(sealer):
    one = account_columns(sealer, "anna", {"email": "Anna@example.org"})
    two = account_columns(sealer, "bert", {"email": "anna@EXAMPLE.org"})
    assert open_email(sealer, "anna", one["email_sealed"]) == "Anna@example.org"
    assert one["email_key"] == two["email_key"]
    assert b"nna@" not in one["email_sealed"]


def test_a_seal_belongs_to_its_row(sealer):
    sealed = account_columns(sealer, "anna", {"email": "a@example.org"})["email_sealed"]
    with pytest.raises(SealedFieldBrokenError):
        open_email(sealer, "bert", sealed)
    origin = upload_columns(sealer, "upload_1", ip="192.0.2.1", port=1, device_id="d", device_key=None)
    with pytest.raises(SealedFieldBrokenError):
        open_origin(sealer, "upload_2", origin["ip_sealed"], origin["device_sealed"])


def test_only_given_facts_become_columns_and_none_clears(sealer):
    assert account_columns(sealer, "anna", {"id": "anna", "bio": None}) == {"bio": None}
    assert account_columns(sealer, "anna", {"email": None}) == {"email_sealed": None, "email_key": None}


def test_an_origin_comes_back(sealer):
    columns = upload_columns(sealer, "upload_1", ip="192.0.2.1", port=80, device_id="d", device_key="k")
    assert open_origin(sealer, "upload_1", columns["ip_sealed"], columns["device_sealed"]) == ("192.0.2.1", "d")
    assert columns["device_key"] == "k"
    assert open_origin(sealer, "upload_1", None, None) == (None, None)


def test_the_same_value_has_the_same_keyed_hash_wherever_it_appears(sealer):
    assert blind_value(sealer, "instrument", "instrument", "card 1") == blind_value(
        sealer, "instrument", "instrument", "card 1"
    )
    assert blind_value(sealer, "instrument", "instrument", "x") != blind_value(sealer, "ip", "ip", "x")


def test_a_device_key_changes_with_the_epoch_and_reaches_one_epoch_back(sealer):
    keys = DeviceKeys(sealer, 100)
    early = datetime(2026, 1, 1, tzinfo=UTC)
    early += timedelta(days=100 - (early - datetime(1970, 1, 1, tzinfo=UTC)).days % 100)  # the first day of an epoch
    last, late = early + timedelta(days=99), early + timedelta(days=100)
    assert keys.blind("d", early) == keys.blind("d", last) != keys.blind("d", late)
    assert keys.blind_before("d", late) == keys.blind("d", last)
    assert keys.blind_before("d", late + timedelta(days=100)) != keys.blind("d", last)
    assert keys.epoch(late) == keys.epoch(last) + 1
