"""Which adapter the settings pick, and what they say when they pick none."""

from dataclasses import replace

import pytest

from jacana.detect.media.exchange.connect import ExchangeOffError, connect_with, is_on
from jacana.detect.media.exchange.environments import ExchangeEndpointInvalidError
from jacana.detect.media.exchange.graph import ThreatExchangeAccountError
from jacana.detect.media.exchange.ncmec import NcmecExchange
from jacana.detect.media.exchange.threatexchange import LibraryExchange
from jacana.model.bank import BankOrigin
from jacana.settings import Settings

SANDBOX = replace(
    Settings(),
    ncmec_hash_environment="sandbox",
    ncmec_hash_sandbox_url="http://127.0.0.1:9/hashsharing",
    ncmec_hash_username="u",
    ncmec_hash_password="p",
)
GRAPH = replace(Settings(), threatexchange_token="12345678|" + "a" * 27, threatexchange_privacy_group="99")


def test_ncmec_is_bound_to_what_the_settings_name(clock) -> None:
    exchange = connect_with(SANDBOX, clock)(BankOrigin.NCMEC)
    assert isinstance(exchange, NcmecExchange)
    assert exchange.environment == "sandbox"
    exchange.close()
    production = replace(SANDBOX, ncmec_hash_environment="ncmec-npo-test")
    assert connect_with(production, clock)(BankOrigin.NCMEC).environment == "ncmec-npo-test"


def test_threatexchange_is_bound_to_its_privacy_group(clock) -> None:
    exchange = connect_with(GRAPH, clock)(BankOrigin.THREATEXCHANGE)
    assert isinstance(exchange, LibraryExchange)
    assert exchange.environment == "threatexchange:99"
    exchange.close()


@pytest.mark.parametrize(
    ("settings", "origin", "error"),
    [
        (Settings(), BankOrigin.NCMEC, ExchangeOffError),
        (Settings(), BankOrigin.THREATEXCHANGE, ExchangeOffError),
        (SANDBOX, BankOrigin.FILE, ExchangeOffError),
        (replace(SANDBOX, ncmec_hash_password=""), BankOrigin.NCMEC, ExchangeOffError),
        (
            replace(SANDBOX, ncmec_hash_sandbox_url="https://example.org"),
            BankOrigin.NCMEC,
            ExchangeEndpointInvalidError,
        ),
        (replace(GRAPH, threatexchange_privacy_group=""), BankOrigin.THREATEXCHANGE, ThreatExchangeAccountError),
        (replace(GRAPH, threatexchange_token="x"), BankOrigin.THREATEXCHANGE, ThreatExchangeAccountError),
    ],
)
def test_what_is_missing_is_said_with_its_remedy(clock, settings: Settings, origin, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        connect_with(settings, clock)(origin)
    assert refused.value.remedy


def test_what_is_on() -> None:
    assert is_on(SANDBOX, BankOrigin.NCMEC)
    assert is_on(GRAPH, BankOrigin.THREATEXCHANGE)
    assert not is_on(SANDBOX, BankOrigin.THREATEXCHANGE)
    assert not is_on(SANDBOX, BankOrigin.OWN)
