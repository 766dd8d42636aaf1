"""Uploads: stored names stay, nothing is changed in place, personal data is kept apart."""

from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime

import pytest

from jacana.model.upload import Digests, Upload, UploadState, Visibility

UPLOAD = Upload(
    id="upload_1",
    network_id="clip-1",
    account_id="anna",
    visibility=Visibility.ONLY_ME,
    state=UploadState.RECEIVED,
    digests=Digests("0" * 32, "0" * 40, "0" * 64),
    size_bytes=1,
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_stored_names_never_change():
    assert [visibility.value for visibility in Visibility] == ["public", "friends", "unlisted", "only_me"]
    assert [state.value for state in UploadState] == ["received", "held", "released", "removed"]


@pytest.mark.parametrize("thing", [UPLOAD, UPLOAD.digests])
def test_nothing_is_changed_in_place(thing):
    with pytest.raises(FrozenInstanceError):
        setattr(thing, fields(thing)[0].name, "other")
    assert not hasattr(thing, "__dict__")


def test_an_upload_carries_no_personal_data():
    names = {item.name for item in fields(Upload)}
    assert not names & {"ip", "port", "email", "device_id", "password", "phone"}


def test_an_unknown_time_of_upload_stays_unknown():
    assert UPLOAD.uploaded_at is None
