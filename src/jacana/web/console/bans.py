"""Bans of devices and appeals against bans: who is met how, why and until when. Never shows a device or its key."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from jacana.audit import lock_log
from jacana.detect.text.handover.mask import mask_passwords
from jacana.model.ban import Appeal, AppealState, BanState, DeviceBan
from jacana.pipeline.appealing import deny_appeal, grant_appeal, list_bans_of, list_deciders
from jacana.pipeline.reversal import lift_device_ban
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_actors, render
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

LISTED = 200
DECIDED_LISTED = 20

Reason = Annotated[str, Form(min_length=3, max_length=2000)]


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """An appeal as the page shows it."""

    appeal: Appeal
    text: str | None
    """What they say; what looks like a password is dotted out."""
    bans: tuple[DeviceBan, ...]
    """The bans that stand on the device now."""
    own: bool
    """Whether the person who looks decided one of them, and so may not decide this."""


@router.get("/bans", dependencies=[require(Permission.SEE_BANS)])
def show_bans(
    request: Request, session: LiveSession, state: Annotated[BanState, Query()] = BanState.STANDING
) -> Response:
    """List what waits for a decision, then the bans in one state."""
    stages = stages_of(request)
    appeals = stages.bans.appeals
    with stages.db.read() as connection:
        waiting = [
            OpenAppeal(
                appeal,
                mask_passwords(appeals.read_text(connection, appeal.id) or "") or None,
                tuple(list_bans_of(stages, connection, appeal)),
                session.user.actor in list_deciders(stages, connection, appeal),
            )
            for appeal in appeals.list_appeals(connection, state=AppealState.OPEN)
        ]
        recent = appeals.list_appeals(connection, limit=DECIDED_LISTED + len(waiting))
        bans = stages.bans.list_bans(connection, state=state, limit=LISTED)
        counts = stages.bans.count(connection)
        names = names_of_actors(request, connection)
    return render(
        request,
        "bans.html",
        section="bans",
        waiting=waiting,
        decided=[appeal for appeal in recent if appeal.state is not AppealState.OPEN][:DECIDED_LISTED],
        bans=bans,
        counts=counts,
        chosen=state,
        names=names,
        listed=LISTED,
    )


@router.post("/appeals/{appeal_id}/decide", dependencies=[require(Permission.DECIDE_APPEAL)])
def decide_appeal(
    request: Request,
    session: LiveSession,
    appeal_id: str,
    reason: Reason,
    decision: Annotated[Literal["grant", "deny"], Form()],
) -> Response:
    """Grant or deny; the server refuses whoever decided the ban."""
    decide = grant_appeal if decision == "grant" else deny_appeal
    decide(stages_of(request), appeal_id, session.user.actor, reason.strip())
    return RedirectResponse("/console/bans", 303)


@router.post("/bans/{ban_id}/lift", dependencies=[require(Permission.DECIDE_APPEAL)])
def lift(request: Request, session: LiveSession, ban_id: str, reason: Reason) -> Response:
    """Lift one ban of a device, with what rests on it."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        lock_log(connection)
        lift_device_ban(stages, connection, ban_id, session.user.actor, reason.strip())
    return RedirectResponse("/console/bans", 303)
