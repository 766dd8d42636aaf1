from dataclasses import replace
from datetime import timedelta

from jacana.report.facts import DeviceCapture, IpCapture, ReportFacts
from jacana.report.usable import CLAMPED, set_aside_unusable, usable_file


def test_usable_facts_stay_as_they_are(facts: ReportFacts, clock) -> None:
    assert set_aside_unusable(facts, clock.now) == facts


def test_a_hostile_profile_cannot_block_a_report(facts: ReportFacts, clock) -> None:
    account = replace(
        facts.account,
        screen_name="a\x00b",
        display_name="x" * 256,
        email="not an address",
        profile_url="https://video.example/a b",
        ip_captures=(IpCapture("300.1.1.1"),),
        devices=(DeviceCapture("imei", "9" * 3000),),
    )
    usable = set_aside_unusable(replace(facts, account=account), clock.now)
    assert usable.account.screen_name == "ab"
    assert (usable.account.display_name, usable.account.email, usable.account.profile_url) == (None, None, None)
    assert (usable.account.ip_captures, usable.account.devices) == ((), ())
    text = "\n".join(usable.additional_info)
    for kept in ("x" * 256, "not an address", "https://video.example/a b", "300.1.1.1", "9" * 3000):
        assert kept in text


def test_an_incident_in_the_future_is_clamped_and_says_so(facts: ReportFacts, clock) -> None:
    usable = set_aside_unusable(replace(facts, incident_at=clock.now + timedelta(minutes=1)), clock.now)
    assert usable.incident_at == clock.now - timedelta(seconds=1)
    assert CLAMPED in (usable.incident_description or "")


def test_a_missing_incident_time_stays_missing(facts: ReportFacts, clock) -> None:
    assert set_aside_unusable(replace(facts, incident_at=None), clock.now).incident_at is None


def test_times_of_a_file_in_the_future_move_to_its_text(facts: ReportFacts, clock) -> None:
    later = clock.now + timedelta(hours=1)
    file = replace(facts.files[0], uploaded_at=later, ip_capture=IpCapture("192.0.2.1", at=later, port=0))
    usable = usable_file(file, clock.now)
    assert usable.uploaded_at is None
    assert usable.ip_capture == IpCapture("192.0.2.1")
    assert sum("2026-11-22T13:00:00.000Z" in line for line in usable.additional_info) == 2
