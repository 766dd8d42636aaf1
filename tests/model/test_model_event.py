from datetime import UTC, datetime

import pytest

from jacana.model.event import Event, EventType


def test_there_are_the_seventeen_types_a_network_tells():
    assert len(EventType) == 17
    assert all(kind == kind.lower() for kind in EventType)


def test_an_event_cannot_be_changed():
    event = Event("event_1", EventType.FOLLOW, "anna", datetime.now(UTC), datetime.now(UTC))
    assert event.payload == {}
    with pytest.raises(AttributeError):
        event.account_id = "bert"
