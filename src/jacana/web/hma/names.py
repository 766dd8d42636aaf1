"""Bank names as Hasher-Matcher-Actioner writes them, MY_BANK_1, and as Jacana does, my-bank-1. Pure; one to one."""

import re

from jacana.web.hma.route import HmaInvalidError

_NAME = re.compile(r"[A-Z0-9_]{1,80}")
_NEW_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,78}[A-Z0-9]|[A-Z]")


def to_hma(name: str) -> str:
    """Return MY_BANK_1 for my-bank-1."""
    return name.replace("-", "_").upper()


def from_hma(name: str, field: str = "bank_name") -> str:
    """Return my-bank-1 for MY_BANK_1. Raises HmaInvalidError for what no bank can be called."""
    if not _NAME.fullmatch(name):
        raise _refuse(field)
    return name.replace("_", "-").lower()


def read_new_name(name: object) -> str:
    """Return Jacana's name for a bank that is to be made. Raises HmaInvalidError."""
    if not isinstance(name, str) or not _NEW_NAME.fullmatch(name):
        raise _refuse("name")
    return from_hma(name)


def _refuse(field: str) -> HmaInvalidError:
    return HmaInvalidError(
        "a bank's name is 1 to 80 of A-Z, 0-9 and _, from a letter to a letter or digit",
        field=field,
        remedy="for example MY_BANK_1",
    )
