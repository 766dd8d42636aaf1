from dataclasses import replace

import pytest

from jacana.report.environments import (
    NCMEC_TEST_URL,
    PRODUCTION_URL,
    EndpointInvalidError,
    FilingOffError,
    FilingTimingError,
    ReporterIncompleteError,
    check_endpoint,
    check_timing,
    choose_endpoint,
    is_loopback,
)
from jacana.settings import Settings


def test_the_environment_decides_the_address(settings: Settings) -> None:
    assert choose_endpoint(settings) == ("sandbox", "http://127.0.0.1:1/ispws")
    assert choose_endpoint(replace(settings, cybertip_environment="ncmec-test")) == ("ncmec-test", NCMEC_TEST_URL)
    assert choose_endpoint(replace(settings, cybertip_environment="production")) == ("production", PRODUCTION_URL)


def test_off_and_half_set_are_refused_with_a_remedy(settings: Settings) -> None:
    with pytest.raises(FilingOffError) as off:
        choose_endpoint(replace(settings, cybertip_environment="off"))
    assert "cybertip_environment" in str(off.value.remedy)
    with pytest.raises(ReporterIncompleteError):
        choose_endpoint(replace(settings, cybertip_password=""))


@pytest.mark.parametrize(
    "endpoint",
    [
        PRODUCTION_URL,
        NCMEC_TEST_URL,
        "https://REPORT.CYBERTIP.ORG/ispws",
        "https://report.cybertip.org./ispws",
        "https://user@exttest.cybertip.org/ispws",
        "https://hashsharing.ncmec.org/x",
        "http://sandbox.example/ispws",
        "ftp://127.0.0.1/ispws",
        "127.0.0.1:8471",
        "",
    ],
)
def test_a_sandbox_report_never_goes_to_ncmec_nor_unencrypted_elsewhere(endpoint: str) -> None:
    with pytest.raises(EndpointInvalidError):
        check_endpoint("sandbox", endpoint)


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:8471/ispws", "http://[::1]:1/ispws", "https://sandbox.example/x"]
)
def test_a_sandbox_may_be_here_or_anywhere_encrypted(endpoint: str) -> None:
    check_endpoint("sandbox", endpoint)


@pytest.mark.parametrize("environment", ["production", "ncmec-test", "off", ""])
def test_other_environments_take_no_other_address(environment: str) -> None:
    with pytest.raises(EndpointInvalidError):
        check_endpoint(environment, "http://127.0.0.1:8471/ispws")


def test_production_and_test_are_not_mixed_up() -> None:
    with pytest.raises(EndpointInvalidError):
        check_endpoint("production", NCMEC_TEST_URL)
    check_endpoint("production", PRODUCTION_URL)


def test_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.5", "::1")))
    assert not any(map(is_loopback, ("example.com", "10.0.0.1", "localhost.example")))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cybertip_lease_seconds": 60, "cybertip_timeout_seconds": 60}, "cybertip_timeout_seconds"),
        ({"cybertip_environment": "production", "cybertip_ambiguous_wait_seconds": 86_399}, "cybertip_environment"),
        ({"cybertip_environment": "ncmec-test", "cybertip_ambiguous_wait_seconds": 0}, "cybertip_environment"),
    ],
)
def test_times_that_could_file_a_report_twice_are_refused(changes, named: str) -> None:
    with pytest.raises(FilingTimingError, match=named) as refused:
        check_timing(Settings(**changes))
    assert any(name in refused.value.message for name in changes)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cybertip_environment": "production", "cybertip_ambiguous_wait_seconds": 86_400},
        {"cybertip_environment": "sandbox", "cybertip_ambiguous_wait_seconds": 1},
        {"cybertip_environment": "off", "cybertip_ambiguous_wait_seconds": 1},
        {"cybertip_lease_seconds": 3, "cybertip_timeout_seconds": 2},
    ],
)
def test_times_that_go_together_are_allowed(changes) -> None:
    check_timing(Settings(**changes))
