"""Who calls the Hasher-Matcher-Actioner API: a key as Bearer token, or as the password of HTTP Basic.

Many of its clients can only be given a base URL; `https://any:KEY@host/hma` is one.
"""

import base64
import binascii
from typing import Annotated

from fastapi import Depends, Request

from jacana.ingest.keys import ApiKey, KeyUnknownError
from jacana.web.api.auth import admit_key, stages_of

READ, WRITE = "banks:read", "banks:write"


def _require(scope: str, request: Request) -> ApiKey:
    return admit_key(stages_of(request), read_secret(request.headers.get("authorization", "")), scope)


def _require_reader(request: Request) -> ApiKey:
    """Return the caller's key. Raises KeyUnknownError, KeyRevokedError, ScopeMissingError."""
    return _require(READ, request)


def _require_writer(request: Request) -> ApiKey:
    """Return the caller's key. Raises KeyUnknownError, KeyRevokedError, ScopeMissingError."""
    return _require(WRITE, request)


Reader = Annotated[ApiKey, Depends(_require_reader)]
"""A key that may hash and look up."""
Writer = Annotated[ApiKey, Depends(_require_writer)]
"""A key that may change banks."""


def read_secret(authorization: str) -> str:
    """Return the key of an Authorization header. Raises KeyUnknownError if there is none in it."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = password = ""
        if password or name:
            return password or name
    raise KeyUnknownError("send an API key: Authorization: Bearer jk_…, or as the password of HTTP Basic")
