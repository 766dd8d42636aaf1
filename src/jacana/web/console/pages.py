"""Renders a page for the person who asked. Everything is escaped; a name a template does not know is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jacana import __version__
from jacana.db.engine import Connection
from jacana.web.console.words import FILTERS
from jacana.web.gate import stages_of, users_of
from jacana.web.permissions import Permission
from jacana.web.users import Session

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(FILTERS)
_environment.globals.update(Permission=Permission, version=__version__)

SECTIONS = (
    ("queue", "Queue", "/console/", Permission.SEE_QUEUE),
    ("reports", "Reports", "/console/reports", Permission.SEE_REPORT),
    ("dead", "Dead letters", "/console/actions/dead", Permission.SEE_DEAD),
    ("banks", "Banks", "/console/banks", Permission.SEE_BANKS),
    ("bans", "Bans", "/console/bans", Permission.SEE_BANS),
    ("lexicon", "Lexicon", "/console/lexicon", Permission.SEE_LEXICON),
    ("audit", "Audit", "/console/audit", Permission.SEE_AUDIT),
    ("system", "System", "/console/system", Permission.SEE_SETTINGS),
)
"""Name, label, path and permission of what the navigation offers."""


def render(
    request: Request, template: str, *, status: int = 200, section: str | None = None, **values: Any
) -> HTMLResponse:
    """Return the page. The template gets the session (None before log-in), `now`, and what the caller passes."""
    session: Session | None = getattr(request.state, "session", None)
    stages = stages_of(request)
    text = _environment.get_template(template).render(
        session=session,
        section=section,
        sections=[item for item in SECTIONS if session and session.user.may(item[3])],
        environment=stages.settings.cybertip_environment,
        now=stages.clock(),
        **values,
    )
    return HTMLResponse(text, status)


def home_of(session: Session) -> str:
    """Return the first section this person may see."""
    return next((path for _, _, path, permission in SECTIONS if session.user.may(permission)), "/console/")


def names_of_users(request: Request, connection: Connection) -> Mapping[str, str]:
    """Return user id -> name, for showing who did what."""
    return {user.id: user.name for user in users_of(request).list(connection)}


def names_of_actors(request: Request, connection: Connection) -> Mapping[str, str]:
    """Return the names of users and of API keys, by id, for showing who did what."""
    keys = {key.id: key.name for key in stages_of(request).keys.list_keys(connection)}
    return {**keys, **names_of_users(request, connection)}
