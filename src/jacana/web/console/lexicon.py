"""The lexicon: terms masked, what their hits were worth, and the approvals that make them active.

A term in clear is shown only in answer to a form that gives a reason, after that is on record, and is never cached.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from jacana.audit import list_entries
from jacana.detect.text.lexicon.lexicon import ApprovalRefusedError
from jacana.detect.text.lexicon.lifecycle import APPROVALS_NEEDED, LEAST_REVIEWED, may_follow, refuse_approval
from jacana.detect.text.lexicon.listing import TermListing
from jacana.detect.text.lexicon.rules import ReasonInvalidError
from jacana.model.term import Term, TermState
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_users, render
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

PAGE_LENGTH = 50

TONES = {
    TermState.CANDIDATE: "plain",
    TermState.SHADOW: "accent",
    TermState.ACTIVE: "good",
    TermState.PROBATION: "warn",
    TermState.EXPIRED: "plain",
    TermState.RETIRED: "plain",
}

STATE_WORDS = {
    TermState.CANDIDATE: "Matches nothing. The first approval lets it be looked for in shadow.",
    TermState.SHADOW: "Its matches are counted and cause nothing, until two people have approved it.",
    TermState.ACTIVE: "Two people approved it; its matches count.",
    TermState.PROBATION: "Its precision fell below the floor; its matches ask a person at most.",
    TermState.EXPIRED: "Its time is over; it matches nothing.",
    TermState.RETIRED: "A person retired it; it matches nothing.",
}


class ReasonForm(BaseModel):
    """Why somebody does it; checked by the lexicon, which says what is wrong with it."""

    because: str = Field("", max_length=1000)


class SelectionForm(BaseModel):
    """Terms that were ticked in the list."""

    term_ids: list[str] = Field(default_factory=list, max_length=PAGE_LENGTH)
    state: str = Field("", max_length=12)


@router.get("/lexicon", dependencies=[require(Permission.SEE_LEXICON)])
def list_terms(
    request: Request,
    session: LiveSession,
    state: Annotated[TermState | None, Query()] = None,
    source: Annotated[str, Query(max_length=200)] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    approved: Annotated[int | None, Query(ge=0)] = None,
    active: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """List terms masked, by state and source, those that changed last first."""
    stages = stages_of(request)
    lexicon, states = stages.lexicon, (state,) if state else ()
    with stages.db.read() as connection:
        found = lexicon.list_terms(connection, states, source or None, limit=PAGE_LENGTH + 1, offset=offset)
        counts = lexicon.count_states(connection, source or None)
        sources = lexicon.list_sources(connection)
        names = names_of_users(request, connection)
    terms = found[:PAGE_LENGTH]
    may_approve = session.user.may(Permission.APPROVE_TERM)
    return render(
        request,
        "lexicon.html",
        section="lexicon",
        terms=terms,
        open_ids=[term.id for term in terms if may_approve and refuse_approval(term.standing, session.user.id) is None],
        counts=counts,
        chosen=state,
        sources=sources,
        source=source,
        offset=offset,
        page_length=PAGE_LENGTH,
        more=len(found) > PAGE_LENGTH,
        names=names,
        needed=APPROVALS_NEEDED,
        tones=TONES,
        approved=approved,
        active=active,
    )


@router.post("/lexicon/approve", dependencies=[require(Permission.APPROVE_TERM)])
def approve_selected(request: Request, session: LiveSession, form: Annotated[SelectionForm, Form()]) -> Response:
    """Approve the ticked terms, each on record by itself; what cannot be approved any more is left as it is."""
    stages = stages_of(request)
    lexicon, approved, active = stages.lexicon, 0, 0
    with stages.db.write() as connection:
        for term_id in dict.fromkeys(form.term_ids):
            try:
                term = lexicon.approve_term(connection, term_id, session.user.id)
            except ApprovalRefusedError:
                continue
            approved += 1
            active += term.state is TermState.ACTIVE
    back = f"&state={form.state}" if form.state in set(TermState) else ""
    return RedirectResponse(f"/console/lexicon?approved={approved}&active={active}{back}", 303)


@router.get("/lexicon/{term_id}", dependencies=[require(Permission.SEE_LEXICON)])
def show_term(request: Request, session: LiveSession, term_id: str) -> Response:
    """Show one term masked, with its scope, figures, approvals and history."""
    return _render_term(request, session, term_id)


@router.post("/lexicon/{term_id}/approve", dependencies=[require(Permission.APPROVE_TERM)])
def approve_term(request: Request, session: LiveSession, term_id: str) -> Response:
    """Record this person's approval."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        stages.lexicon.approve_term(connection, term_id, session.user.id)
    return RedirectResponse(f"/console/lexicon/{term_id}", 303)


@router.post("/lexicon/{term_id}/shadow", dependencies=[require(Permission.APPROVE_TERM)])
def shadow_term(request: Request, session: LiveSession, term_id: str) -> Response:
    """Look for a candidate in shadow, without approving it."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        stages.lexicon.shadow_term(connection, term_id, session.user.actor)
    return RedirectResponse(f"/console/lexicon/{term_id}", 303)


@router.post("/lexicon/{term_id}/retire", dependencies=[require(Permission.APPROVE_TERM)])
def retire_term(request: Request, session: LiveSession, term_id: str, form: Annotated[ReasonForm, Form()]) -> Response:
    """Look for a term no more."""
    stages = stages_of(request)
    try:
        with stages.db.write() as connection:
            stages.lexicon.retire_term(connection, term_id, session.user.actor, form.because)
    except ReasonInvalidError as refused:
        return _render_term(request, session, term_id, problem=f"Not retired: {refused.message}; {refused.remedy}.")
    return RedirectResponse(f"/console/lexicon/{term_id}", 303)


@router.post("/lexicon/{term_id}/reveal", dependencies=[require(Permission.REVEAL_TERM)])
def reveal_term(request: Request, session: LiveSession, term_id: str, form: Annotated[ReasonForm, Form()]) -> Response:
    """Show the term in clear once, after who asked and why is on record."""
    stages = stages_of(request)
    try:
        with stages.db.write() as connection:
            term = stages.lexicon.reveal_term(connection, term_id, session.user.actor, form.because)
    except ReasonInvalidError as refused:
        return _render_term(request, session, term_id, problem=f"Not shown: {refused.message}; {refused.remedy}.")
    return _render_term(request, session, term_id, revealed=term)


def _render_term(
    request: Request, session: LiveSession, term_id: str, *, revealed: Term | None = None, problem: str = ""
) -> Response:
    stages = stages_of(request)
    with stages.db.read() as connection:
        term = stages.lexicon.show_term(connection, term_id)
        history = list(list_entries(connection, subject=term_id))
        names = names_of_users(request, connection)
    page = render(
        request,
        "term.html",
        status=422 if problem else 200,
        section="lexicon",
        term=term,
        history=history[::-1],
        names=names,
        needed=APPROVALS_NEEDED,
        least_reviewed=LEAST_REVIEWED,
        floor=stages.settings.term_precision_floor,
        refusal=_say_refusal(term, session),
        may_retire=may_follow(term.state, TermState.RETIRED),
        state_words=STATE_WORDS[term.state],
        tones=TONES,
        revealed=revealed,
        problem=problem,
    )
    page.headers["cache-control"] = "no-store"
    return page


def _say_refusal(term: TermListing, session: LiveSession) -> str:
    """Return why this person cannot approve the term now; empty: they can."""
    refusal = refuse_approval(term.standing, session.user.id)
    if refusal is None:
        return ""
    return {
        "own": "You added it, so two others must approve it.",
        "twice": "You approved it; another person must, too.",
        "state": STATE_WORDS[term.state],
    }[refusal]
