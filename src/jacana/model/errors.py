"""The error tree. Every error carries a stable dotted code, says whether a retry can help, and is free of content.

    JacanaError
    ├── InputInvalidError        the caller sent something wrong; names the field and the remedy
    ├── InputTooLargeError       the caller sent more than a limit allows
    ├── CredentialInvalidError   who are you?
    ├── PermissionDeniedError    you may not
    ├── ThingNotFoundError       no such thing
    ├── StateConflictError       the thing is no longer in the state you saw
    ├── ServiceUnavailableError  something we depend on is down; retry later
    ├── SetupInvalidError        settings, schema or machine are wrong; an operator must act
    └── IntegrityBrokenError     stored data does not match its proof

Packages derive their own `<Thing><Problem>Error` from these families and set `code`. Only `web` maps families to HTTP,
only `cli` to exit codes, only `pipeline` to retries.
"""


class JacanaError(Exception):
    """Base of every error Jacana raises on purpose."""

    code = "jacana.error"
    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputInvalidError(JacanaError):
    """Something the caller sent is wrong.

    `field` is a path as the caller wrote it (`account.id`, `items[3].type`, `line 12`); `remedy` says what to send.
    """

    code = "input.invalid"

    def __init__(self, message: str, *, field: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.remedy = remedy


class InputTooLargeError(InputInvalidError):
    """The caller sent more than a limit allows."""

    code = "input.too_large"


class CredentialInvalidError(JacanaError):
    """No credential, or one that is unknown, revoked or expired."""

    code = "credential.invalid"


class PermissionDeniedError(JacanaError):
    """The credential is good but does not reach this far."""

    code = "permission.denied"


class ThingNotFoundError(JacanaError):
    """There is no such thing (or none that the caller may know of)."""

    code = "thing.not_found"


class StateConflictError(JacanaError):
    """The thing has moved on since the caller looked at it; look again."""

    code = "state.conflict"


class ServiceUnavailableError(JacanaError):
    """Something we depend on did not answer; the same request may succeed later."""

    code = "service.unavailable"
    retryable = True


class SetupInvalidError(JacanaError):
    """Settings, schema or machine are wrong; `remedy` says what an operator must do."""

    code = "setup.invalid"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


class IntegrityBrokenError(JacanaError):
    """Stored data does not match its hash, its signature or its proof. Never retry, never repair silently."""

    code = "integrity.broken"
