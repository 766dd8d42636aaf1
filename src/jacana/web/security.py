"""Headers of every answer, cookies of the console, and the defence against forged requests.

Never trusts a header for identity; never lets an unsafe console request in that another site could have sent.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jacana.model.errors import PermissionDeniedError
from jacana.settings import Settings

CONSOLE_PREFIX = "/console"
FORM_MAX_BYTES = 64 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
MEDIA_CONTENT_SECURITY_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), clipboard-read=(), "
        "picture-in-picture=(), fullscreen=()"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}


class RequestForgedError(PermissionDeniedError):
    """The request does not come from a page of this console, or not from this session's page."""

    code = "console.request_forged"


def install_security(app: FastAPI) -> None:
    """Put the headers on every answer and the origin check before every console request."""
    app.add_middleware(SecurityMiddleware)


class SecurityMiddleware:
    """Pure ASGI, so that streamed media passes through unbuffered. A header that a route set itself is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a console request another site could have sent; otherwise pass on and add the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        extra = _headers_for(path, secure=_secure(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in extra.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refuse(scope) if path.startswith(CONSOLE_PREFIX) else None
        await (refusal or self._app)(scope, receive, send_with_headers)


def _headers_for(path: str, *, secure: bool) -> dict[str, str]:
    headers = dict(_HEADERS)
    if path.startswith(CONSOLE_PREFIX):
        headers["cache-control"] = "no-store"
    elif path.startswith("/static"):
        headers["cache-control"] = "no-cache"
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def _secure(scope: Scope) -> bool:
    stages = getattr(scope["app"].state, "stages", None)
    return bool(stages is None or stages.settings.secure_cookies)


def _refuse(scope: Scope) -> Response | None:
    if scope["method"] in SAFE_METHODS:
        return None
    headers = Headers(scope=scope)
    if not is_same_origin(headers):
        return Response("This request does not come from a page of this console.\n", 403, media_type="text/plain")
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > FORM_MAX_BYTES:
        return Response("This form is too large.\n", 413, media_type="text/plain")
    return None


def is_same_origin(headers: Headers) -> bool:
    """Return whether a page of this very origin sent the request.

    Browsers set Sec-Fetch-Site themselves and no page can forge it (W3C Fetch Metadata). Where it is missing the Origin
    must name our own host; where both are missing nobody vouches for the request.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and bool(host := headers.get("host")) and urlsplit(origin).netloc == host


def session_cookie_name(settings: Settings) -> str:
    """Return the name of the log-in cookie. `__Host-` binds it to this host, this path and HTTPS (RFC 6265bis)."""
    return "__Host-jacana" if settings.secure_cookies else "jacana"


def login_cookie_name(settings: Settings) -> str:
    """Return the name of the cookie that ties a log-in form to the browser it was shown in."""
    return "__Host-jacana-login" if settings.secure_cookies else "jacana-login"


def set_cookie(response: Response, settings: Settings, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", httponly=True, samesite="strict", secure=settings.secure_cookies
    )


def clear_cookie(response: Response, settings: Settings, name: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=settings.secure_cookies)


def new_token() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def check_token(sent: object, expected: str) -> None:
    """Compare in constant time. Raises RequestForgedError."""
    if not isinstance(sent, str) or not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise RequestForgedError("the form does not belong to this log-in; load the page again")


async def sent_token(request: Request) -> str | None:
    """Return the token an unsafe request carries, in its header (scripts) or its form; None for a safe method."""
    if request.method in SAFE_METHODS:
        return None
    header = request.headers.get("x-csrf-token")
    if header is not None:
        return header
    value = (await request.form()).get("csrf")
    return value if isinstance(value, str) else None
