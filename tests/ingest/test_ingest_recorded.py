from datetime import UTC, datetime

import pytest

from jacana.db.sealing import SealedFieldBrokenError
from jacana.ingest.personal import DeviceKeys
from jacana.ingest.recorded import derive_event_id, open_event, seal_event
from jacana.model.event import EventType

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GIVEN = {"upload_id": "clip-1", "ip": "192.0.2.1", "device_id": "phone", "instrument": "card", "text": "a secret text"}


def record(sealer, **changed):
    return seal_event(sealer, DeviceKeys(sealer, 365), "event_1", {**GIVEN, **changed}, NOW)


def test_text_and_personal_data_lie_sealed_and_open_again(sealer):
    payload, sealed = record(sealer)
    assert payload["upload_id"] == "clip-1"
    assert not {"ip", "device_id", "instrument", "text"} & set(payload)
    assert b"secret" not in sealed
    assert open_event(sealer, "event_1", sealed) == {name: GIVEN[name] for name in GIVEN if name != "upload_id"}
    with pytest.raises(SealedFieldBrokenError):
        open_event(sealer, "event_2", sealed)


def test_what_rows_are_compared_by_are_keyed_hashes(sealer):
    one, _ = record(sealer)
    two, _ = record(sealer, text="another")
    names = {"ip_key", "device_key", "device_key_before", "instrument_key"}
    assert names <= set(one)
    assert all(one[name] == two[name] and len(one[name]) == 64 for name in names)
    assert one["device_key"] != one["device_key_before"]


def test_what_is_dropped_is_kept_nowhere(sealer):
    payload, sealed = seal_event(
        sealer, DeviceKeys(sealer, 365), "event_1", {"text": "x", "id": "e"}, NOW, dropped=("text",)
    )
    assert (payload, open_event(sealer, "event_1", sealed)) == ({"id": "e"}, {})


def test_nothing_sealed_is_nothing_stored(sealer):
    assert seal_event(sealer, DeviceKeys(sealer, 365), "event_1", {"id": "e"}, NOW) == ({"id": "e"}, None)
    assert open_event(sealer, "event_1", None) == {}


def test_an_event_has_the_same_id_whenever_it_is_told():
    assert derive_event_id(EventType.FOLLOW, "1") == derive_event_id(EventType.FOLLOW, "1")
    assert derive_event_id(EventType.FOLLOW, "1") != derive_event_id(EventType.SESSION_ENDED, "1")


@pytest.mark.parametrize("name", ["screen_name", "file_name", "reference"])
def test_a_name_that_holds_what_looks_like_a_password_lies_masked_and_whole_where_it_is_sealed(sealer, name):
    def mask(text: str) -> str:
        return text.replace("swordfish", "•••••••••")

    for text, shown in (("login anna swordfish", "login anna •••••••••"), ("anna", "anna")):
        payload, sealed = seal_event(sealer, DeviceKeys(sealer, 365), "event_1", {name: text}, NOW, mask=mask)
        assert payload == {name: shown}
        assert open_event(sealer, "event_1", sealed) == ({name: text} if text != shown else {})
