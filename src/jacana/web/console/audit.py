"""The audit log, newest first. Reading it is free of side effects; proving it is `jacana audit verify`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jacana.audit import AuditEntry, count_entries, list_entries
from jacana.db.engine import Connection
from jacana.pipeline.stages import Stages
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_actors, render
from jacana.web.gate import require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

PAGE_LENGTH = 50
SUBJECT_LIMIT = 1_000
"""Most entries shown of one subject."""


@router.get("/audit", dependencies=[require(Permission.SEE_AUDIT)])
def show_audit(
    request: Request,
    subject: Annotated[str, Query(max_length=160)] = "",
    before: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Show a page of entries before a position, or the entries of one subject, with the log's size and root."""
    stages, subject = stages_of(request), subject.strip()
    with stages.db.read() as connection:
        size, root = count_entries(connection)
        entries = _read_page(stages, connection, subject, size if before is None else min(before, size))
        names = names_of_actors(request, connection)
    return render(
        request,
        "audit.html",
        section="audit",
        size=size,
        root=root,
        subject=subject,
        entries=entries,
        older=entries[-1][0] if entries and not subject and entries[-1][0] > 0 else None,
        newest=before is None,
        names=names,
    )


def _resolve_network_id(stages: Stages, connection: Connection, given: str) -> list[str]:
    """Return the upload that the network calls so, or the cases of the account."""
    upload = stages.intake.find_upload(connection, given)
    return [upload.id] if upload else [case.id for case in stages.desk.list_cases(connection, given)]


def _read_page(stages: Stages, connection: Connection, subject: str, before: int) -> list[tuple[int, AuditEntry]]:
    if subject:
        subjects = {subject, *_resolve_network_id(stages, connection, subject)}
        found = {at: entry for one in subjects for at, entry in list_entries(connection, subject=one)}
        return sorted(found.items(), reverse=True)[:SUBJECT_LIMIT]
    start = max(before - PAGE_LENGTH, 0)
    return list(list_entries(connection, start=start, limit=before - start))[::-1]
