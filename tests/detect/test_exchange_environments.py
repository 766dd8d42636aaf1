"""The lists by name: addresses are constants, and the sandbox is on this machine."""

import pytest

from jacana.detect.media.exchange.environments import (
    NCMEC_LISTS,
    OFF,
    SANDBOX,
    ExchangeEndpointInvalidError,
    find_endpoint,
    is_loopback_url,
    is_production,
)
from jacana.settings import SETTING_FIELDS


def test_the_setting_offers_exactly_the_known_lists() -> None:
    assert set(SETTING_FIELDS["ncmec_hash_environment"].metadata["choices"]) == {OFF, SANDBOX, *NCMEC_LISTS}


def test_every_list_has_a_test_twin_elsewhere_and_https() -> None:
    for name, url in NCMEC_LISTS.items():
        assert url.startswith("https://")
        if is_production(name):
            assert NCMEC_LISTS[f"{name}-test"] != url
    assert len(set(NCMEC_LISTS.values())) == len(NCMEC_LISTS) == 14


@pytest.mark.parametrize("name", NCMEC_LISTS)
def test_no_setting_points_a_list_elsewhere(name: str) -> None:
    assert find_endpoint(name, "http://127.0.0.1:1/hashsharing") == NCMEC_LISTS[name]


def test_the_sandbox_is_on_this_machine() -> None:
    assert find_endpoint(SANDBOX, "http://127.0.0.1:8473/hashsharing/") == "http://127.0.0.1:8473/hashsharing"
    for url in ("", "https://report.cybertip.org/hashsharing", "http://10.0.0.1/x", "ftp://127.0.0.1/", "http://"):
        with pytest.raises(ExchangeEndpointInvalidError) as refused:
            find_endpoint(SANDBOX, url)
        assert refused.value.remedy


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(ExchangeEndpointInvalidError):
        find_endpoint("ncmec", "")


def test_production_is_neither_sandbox_nor_test() -> None:
    assert not is_production(SANDBOX)
    assert not is_production(OFF)
    assert not is_production("ncmec-npo-test")
    assert is_production("ncmec-npo")


def test_loopback() -> None:
    assert is_loopback_url("http://localhost:1")
    assert is_loopback_url("http://[::1]:1/x")
    assert not is_loopback_url("http://127.0.0.1.example.org/")


def test_a_broken_address_is_not_on_this_machine() -> None:
    assert not is_loopback_url("http://[::1")
