"""The port to the network: carries one instruction there and brings back what the network answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from jacana.model.action import Action
from jacana.model.errors import ServiceUnavailableError, SetupInvalidError


class NetworkUnreachableError(ServiceUnavailableError):
    """No complete answer came. The instruction may or may not have arrived: send it again under the same id."""

    code = "act.network_unreachable"


class NetworkNotConfiguredError(SetupInvalidError):
    """network_url or network_secret is missing or cannot be used."""

    code = "act.network_not_configured"


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    """What the network said: HTTP status, the beginning of its answer, and how long it asks us to wait."""

    status: int
    excerpt: str = ""
    retry_after_seconds: int | None = None


class Network(Protocol):
    """Where instructions go. The action's id is the key by which the other side recognises a repetition."""

    def send(self, action: Action, at: datetime) -> NetworkAnswer:
        """Carry one instruction at the moment `at`.

        Raises NetworkUnreachableError if no complete answer came, NetworkNotConfiguredError if there is no usable
        address or secret.
        """
        ...  # pragma: no cover
