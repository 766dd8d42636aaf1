"""Which exchange a bank is filled from, by the settings: the only place that picks an adapter."""

from collections.abc import Callable

from jacana.detect.media.exchange.environments import OFF, find_endpoint
from jacana.detect.media.exchange.ncmec import NcmecExchange
from jacana.detect.media.exchange.ncmec_http import NcmecHashApi
from jacana.detect.media.exchange.port import HashExchange
from jacana.model.bank import BankOrigin
from jacana.model.clock import Clock
from jacana.model.errors import SetupInvalidError
from jacana.settings import Settings

Connect = Callable[[BankOrigin], HashExchange]


class ExchangeOffError(SetupInvalidError):
    """The exchange is not switched on, or its account is not set."""

    code = "exchange.off"


def is_on(settings: Settings, origin: BankOrigin) -> bool:
    """Return whether the settings name an exchange for banks of this origin."""
    if origin is BankOrigin.NCMEC:
        return settings.ncmec_hash_environment != OFF
    return origin is BankOrigin.THREATEXCHANGE and bool(settings.threatexchange_token)


def connect_with(settings: Settings, clock: Clock) -> Connect:
    """Return what opens the exchange of a bank's origin; close what it returns.

    It raises ExchangeOffError, ExchangeEndpointInvalidError, ExchangeExtraMissingError, ThreatExchangeAccountError.
    """

    def connect(origin: BankOrigin) -> HashExchange:
        if not is_on(settings, origin):
            name = "ncmec_hash_environment" if origin is BankOrigin.NCMEC else "threatexchange_token"
            raise ExchangeOffError(
                f"the exchange {origin.value} is off",
                remedy=f"set {name} and its account; docs/exchange.md begins with the sandbox",
            )
        if origin is BankOrigin.NCMEC:
            return _open_ncmec(settings, clock)
        from jacana.detect.media.exchange.graph import open_threatexchange  # its library is heavy, and an extra

        return open_threatexchange(settings.threatexchange_token, settings.threatexchange_privacy_group, clock)

    return connect


def _open_ncmec(settings: Settings, clock: Clock) -> NcmecExchange:
    environment = settings.ncmec_hash_environment
    endpoint = find_endpoint(environment, settings.ncmec_hash_sandbox_url)
    if not settings.ncmec_hash_username or not settings.ncmec_hash_password:
        raise ExchangeOffError(
            "the hash-sharing account is not set", remedy="set ncmec_hash_username and ncmec_hash_password"
        )
    api = NcmecHashApi(environment, endpoint, settings.ncmec_hash_username, settings.ncmec_hash_password)
    return NcmecExchange(api, environment, clock)
