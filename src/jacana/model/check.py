"""What the asking path answers at once: may this text be posted, this search be answered, this device sign in."""

from dataclasses import dataclass
from enum import StrEnum

from jacana.model.account_finding import AccountFinding


class Answer(StrEnum):
    """What the network is to do at once; each protects more than the one before it."""

    ALLOW = "allow"
    DETER = "deter"
    """Allow, and show the operator's deterrence message and the address of help (searches)."""
    CHALLENGE = "challenge"
    """Let in only after proof of who it is (sessions)."""
    HOLD = "hold"
    """Do not show it until told otherwise (texts)."""
    REFUSE = "refuse"


ANSWER_ORDER: dict[Answer, int] = {answer: place for place, answer in enumerate(Answer)}


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """One answer, the rules that gave it and the findings they rest on."""

    answer: Answer
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    """Sentences of the rules; which signal linked a person to a ban is never among them."""
    findings: tuple[AccountFinding, ...] = ()
    message: str | None = None
    """The operator's deterrence message, with `answer` deter."""
    help_url: str | None = None
