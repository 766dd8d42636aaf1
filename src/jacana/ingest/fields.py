"""Field types of everything the network may send. They refuse what a database, an XML report or a clock cannot hold.

Never put the value itself in a message: messages reach logs and screens.
"""

import ipaddress
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TIME_REMEDY = "send RFC 3339 with an offset, such as 2026-01-31T12:00:00Z"


class Record(BaseModel):
    """A JSON object that accepts no field it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _refuse_unprintable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise PydanticCustomError(
            "text_unprintable",
            "contains a control character or half of a surrogate pair",
            {"remedy": "send Unicode text without control characters"},
        )
    return text


def _parse_moment(raw: Any) -> datetime:
    """Return aware UTC. A time without a zone is not evidence, and is refused rather than guessed at."""
    if isinstance(raw, datetime):
        moment = raw
    else:
        if not isinstance(raw, str) or not _RFC3339.fullmatch(raw):
            raise PydanticCustomError("time_invalid", "is not a time", {"remedy": _TIME_REMEDY})
        try:
            moment = datetime.fromisoformat(raw.upper())
        except ValueError:
            raise PydanticCustomError("time_invalid", "is not a time", {"remedy": _TIME_REMEDY}) from None
    if moment.tzinfo is None:
        raise PydanticCustomError("time_naive", "has no time zone", {"remedy": _TIME_REMEDY})
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("time_invalid", "is out of range", {"remedy": _TIME_REMEDY}) from None


def _normalise_ip(raw: str) -> str:
    """Return the short form. A zone (`%eth0`) may be any text, and means nothing outside the machine it is on."""
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        address = None
    if address is None or "%" in raw:
        remedy = "send one IPv4 or IPv6 address, without a port or a zone"
        raise PydanticCustomError("ip_invalid", "is not an IP address", {"remedy": remedy})
    return str(address)


_PRINTABLE = AfterValidator(_refuse_unprintable)

NetworkId = Annotated[str, StringConstraints(min_length=1, max_length=200), _PRINTABLE]
"""The network's own id of an account, an upload, an event."""

ShortText = Annotated[str, StringConstraints(max_length=255), _PRINTABLE]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=2056), _PRINTABLE]
ObjectPath = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")]
LongText = Annotated[str, StringConstraints(max_length=20_000), _PRINTABLE]
"""Captions, comments, messages, bios, searches."""

WebAddress = Annotated[str, StringConstraints(max_length=2083, pattern=r"^https?://\S+$"), _PRINTABLE]
Email = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$"), _PRINTABLE]
MediaType = Annotated[str, StringConstraints(max_length=120, pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$")]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]
Age = Annotated[int, Field(strict=True, ge=0, le=150)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
"""BCP 47, such as `en` or `pt-BR`."""

Time = Annotated[
    datetime,
    BeforeValidator(_parse_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339 with an offset"}),
]

IpAddress = Annotated[
    str,
    StringConstraints(max_length=45),
    AfterValidator(_normalise_ip),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
]
