"""How this Jacana is set up and what it is behind with, for those who run it. Secrets stay masked."""

from fastapi import APIRouter, Request, Response

from jacana.audit import count_entries
from jacana.db.outbox import count_waiting
from jacana.settings import SETTING_FIELDS, LoadedSettings
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import render
from jacana.web.gate import require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)


@router.get("/system", dependencies=[require(Permission.SEE_SETTINGS)])
def show_system(request: Request) -> Response:
    """Show work that waits, the policy in force and every setting."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        waiting = count_waiting(connection)
        banks = stages.banks.list(connection)
        size, root = count_entries(connection)
    settings = LoadedSettings(stages.settings, dict.fromkeys(SETTING_FIELDS, "")).describe()
    return render(
        request,
        "system.html",
        section="system",
        waiting=waiting,
        banks=banks,
        size=size,
        root=root,
        policy_version=stages.policy.version,
        settings=settings,
    )
