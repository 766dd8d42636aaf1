"""Why somebody outside gave no answer. Silence is never a pass: the policy says what it costs."""

from enum import StrEnum

from jacana.model.errors import ServiceUnavailableError


class Silence(StrEnum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    """No complete answer within the time set."""
    REFUSED = "refused"
    """Our name or password is not taken (401, 403), or what we sent is not (other 4xx)."""
    THROTTLED = "throttled"
    """We ask too often (429)."""
    FAILING = "failing"
    """The other side broke (5xx)."""
    NONSENSE = "nonsense"
    """The answer cannot be read, or does not answer what was asked."""


TOLD: dict[Silence, str] = {
    Silence.UNREACHABLE: "it could not be reached",
    Silence.SLOW: "it did not answer in time",
    Silence.REFUSED: "it refused the question",
    Silence.THROTTLED: "it asked us to wait",
    Silence.FAILING: "it failed",
    Silence.NONSENSE: "its answer could not be read",
}
"""Each as the end of a sentence a moderator reads."""

_AT_ONCE = frozenset({Silence.UNREACHABLE, Silence.FAILING})


class OutsideSilentError(ServiceUnavailableError):
    """Somebody outside gave no answer that can be used; `why` says which kind of none."""

    code = "outside.silent"

    def __init__(self, why: Silence, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.why = why
        self.retry_after_seconds = retry_after_seconds

    @property
    def worth_asking_at_once(self) -> bool:
        """Whether the same question, asked again a moment later, may well be answered."""
        return self.why in _AT_ONCE and not self.retry_after_seconds
