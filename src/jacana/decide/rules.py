"""What a checked policy is made of."""

from dataclasses import dataclass

from jacana.decide.conditions import Expression
from jacana.model.decision import Effect, Moment

LANGUAGE = 1
"""The version of the policy language this program reads."""

OTHERWISE = "otherwise"
"""Rule name of the answer for an upload whose fate no rule decided."""
FAIL_CLOSED = "fail_closed"
"""Rule name of the built-in answer where screening did not work; no policy can turn it off."""
RESERVED = (OTHERWISE, FAIL_CLOSED)


@dataclass(frozen=True, slots=True)
class Rule:
    """When `when` holds at the moment `on`, `then` is asked for. `reason` is one sentence a user may be given.

    A rule that mentions `finding.*` is asked once for each finding of the upload, any other rule once.
    """

    name: str
    on: Moment
    when: Expression
    then: tuple[Effect, ...]
    reason: str

    @property
    def per_finding(self) -> bool:
        """Whether the rule is asked for each finding."""
        return self.when.mentions("finding")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was read; `version` is `<name>@<first 12 hex digits of the file's SHA-256>`."""

    name: str
    version: str
    rules: tuple[Rule, ...]
    otherwise: tuple[Effect, ...]
    source_text: str

    def rules_on(self, moment: Moment) -> tuple[Rule, ...]:
        """Return the rules asked at this moment, in file order."""
        return tuple(rule for rule in self.rules if rule.on is moment)
