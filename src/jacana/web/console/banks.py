"""Banks: what each is, may cause, holds and hits, how fresh it is and how often a person agreed. Never shows a hash."""

from fastapi import APIRouter, Request, Response

from jacana.detect.media.banks.rules import explain_thresholds
from jacana.model.bank import Bank, BankOrigin, BankRole
from jacana.pipeline.figures.bank import LEAST_DECIDED, BankFigures
from jacana.pipeline.figures.store import list_changes, read_figures
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import render
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

ORIGINS = {
    BankOrigin.FILE: "files an operator imported",
    BankOrigin.OWN: "files that reviewers confirmed here",
    BankOrigin.NCMEC: "NCMEC hash sharing",
    BankOrigin.THREATEXCHANGE: "ThreatExchange",
}

LISTED = 50
"""Most changes and most refused rows shown of one bank."""


@router.get("/banks", dependencies=[require(Permission.SEE_BANKS)])
def show_banks(request: Request) -> Response:
    """Show every bank with its rules and figures."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        banks = stages.banks.list(connection)
        figures = read_figures(connection, stages.clock())
    of_bank = {bank.id: figures.get(bank.id, BankFigures()) for bank in banks}
    return render(
        request,
        "banks.html",
        section="banks",
        banks=sorted(banks, key=_by_use),
        figures=of_bank,
        entries=sum(bank.entry_count for bank in banks),
        hits=sum(figure.recent_hits for figure in of_bank.values()),
        reasons={bank.id: explain_thresholds(bank) for bank in banks},
        refused=sum(figure.refused for figure in of_bank.values()),
        failing=sum(bool(figure.problem) for figure in of_bank.values()),
        origins=ORIGINS,
        least_decided=LEAST_DECIDED,
    )


@router.get("/banks/{name}", dependencies=[require(Permission.SEE_BANKS)])
def show_bank(request: Request, name: str) -> Response:
    """Show one bank with its last changes and what it could not take."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        bank = stages.banks.find(connection, name)
        figure = read_figures(connection, stages.clock()).get(bank.id, BankFigures())
        changes = list_changes(connection, bank.id, LISTED)
        refusals = stages.banks.list_refusals(connection, name, LISTED)
    return render(
        request,
        "bank.html",
        section="banks",
        bank=bank,
        figure=figure,
        reason=explain_thresholds(bank),
        changes=changes,
        refusals=refusals,
        origins=ORIGINS,
        least_decided=LEAST_DECIDED,
    )


@router.post("/banks/{name}/export", dependencies=[require(Permission.EXPORT_BANK)])
def export_bank(request: Request, session: LiveSession, name: str) -> Response:
    """Hand the bank out as a file: a person's act, on record before the first byte leaves."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        text, _ = stages.banks.export(connection, name, session.user.actor)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _by_use(bank: Bank) -> tuple[bool, str]:
    return bank.role is BankRole.BENIGN, bank.name
