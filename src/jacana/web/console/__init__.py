"""The console: server-rendered pages for people. Decides nothing by itself and shows no material by itself."""

from fastapi import APIRouter, Response

from jacana.model.errors import ThingNotFoundError
from jacana.web.console import (
    account,
    actions,
    audit,
    banks,
    bans,
    case,
    decide,
    lexicon,
    login,
    media,
    queue,
    report,
    system,
)
from jacana.web.console.errors import ConsoleRoute
from jacana.web.gate import require_login

router = APIRouter(prefix="/console", include_in_schema=False, route_class=ConsoleRoute)

for part in (login, queue, case, decide, account, media, report, actions, banks, bans, lexicon, audit, system):
    router.include_router(part.router)


@router.get("/{rest:path}", dependencies=[require_login()])
def answer_unknown() -> Response:
    """Answer an address the console does not know with a page."""
    raise ThingNotFoundError("this address leads to no page; it may have been mistyped")


__all__ = ["router"]
