"""For whoever runs Jacana: is it alive, is it ready, and how much waits. No content, no ids."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from jacana.audit import count_entries
from jacana.db.outbox import count_waiting, list_stuck
from jacana.model.errors import ServiceUnavailableError
from jacana.pipeline.stages import Stages

router = APIRouter(include_in_schema=False)

STUCK_AFTER_FAILURES = 3

METRICS = {
    "jacana_work_waiting": "Promised work that is not finished, by topic.",
    "jacana_work_stuck": "Promised work that failed three times or more.",
    "jacana_actions_dead": "Instructions the network never accepted; an operator must act.",
    "jacana_cases_open": "Open cases by lane.",
    "jacana_cases_overdue": "Open cases past their clock, by lane.",
    "jacana_reports": "Reports by state.",
    "jacana_audit_entries": "Entries in the audit log.",
    "jacana_outside_asks": "Uploads that somebody outside was asked about, by service and state.",
    "jacana_lexicon_terms": "Terms that texts are screened for; 0 also while the lexicon is not loaded.",
    "jacana_lexicon_stale_seconds": "Since when a changed lexicon could not be loaded, so that an older one is used.",
    "jacana_checked_texts_waiting": "Checked texts with a finding that are not in the event log yet.",
    "jacana_checked_texts_lost": "Checked texts that were not kept since the start, because too many waited.",
}
_LABELS = {
    "jacana_work_waiting": ["topic"],
    "jacana_cases_open": ["lane"],
    "jacana_cases_overdue": ["lane"],
    "jacana_reports": ["state"],
    "jacana_outside_asks": ["service", "state"],
}


class WorkerDeadError(ServiceUnavailableError):
    """A thread that works promised rows is gone."""

    code = "pipeline.worker_dead"


@router.get("/")
async def show_the_way() -> RedirectResponse:
    """Lead whoever opens the bare address to the console."""
    return RedirectResponse("/console/")


@router.get("/healthz")
async def answer_alive() -> dict[str, str]:
    """Answer that the process runs."""
    return {"status": "alive"}


@router.get("/readyz")
async def answer_ready(request: Request) -> dict[str, str]:
    """Answer that the database answers and the workers run; otherwise the error becomes a 503."""
    stages: Stages = request.app.state.stages
    if not all(worker.is_alive() for worker in getattr(request.app.state, "workers", ())):
        raise WorkerDeadError("a worker has died: restart Jacana; nothing accepted is lost")
    await run_in_threadpool(_count_entries, stages)
    return {"status": "ready"}


@router.get("/metrics")
async def show_metrics(request: Request) -> Response:
    """Return the numbers in Prometheus' text format."""
    body = await run_in_threadpool(_collect, request.app.state.stages)
    return Response(body, media_type=CONTENT_TYPE_LATEST)


def _count_entries(stages: Stages) -> int:
    with stages.db.read() as connection:
        return count_entries(connection)[0]


def _collect(stages: Stages) -> bytes:
    registry = CollectorRegistry()
    gauges = {name: Gauge(name, text, _LABELS.get(name, []), registry=registry) for name, text in METRICS.items()}
    _collect_texts(stages, gauges)
    with stages.db.read() as connection:
        for topic, count in count_waiting(connection).items():
            gauges["jacana_work_waiting"].labels(topic).set(count)
        gauges["jacana_work_stuck"].set(len(list_stuck(connection, STUCK_AFTER_FAILURES)))
        gauges["jacana_actions_dead"].set(len(stages.enforcement.list_dead(connection)))
        for row in stages.desk.list_queue(connection):
            gauges["jacana_cases_open"].labels(row.lane).inc()
            gauges["jacana_cases_overdue"].labels(row.lane).inc(row.overdue)
        for report in stages.reports.list_reports(connection):
            gauges["jacana_reports"].labels(report.state).inc()
        gauges["jacana_audit_entries"].set(count_entries(connection)[0])
        for service, states in stages.outside.count_asks(connection).items():
            for state, count in states.items():
                gauges["jacana_outside_asks"].labels(service, state).set(count)
    return generate_latest(registry)


def _collect_texts(stages: Stages, gauges: dict[str, Gauge]) -> None:
    live, checked = stages.live, stages.checked
    gauges["jacana_lexicon_terms"].set(len(live.compiled) if live.sequence is not None else 0)
    stale = (stages.clock() - live.failing_since).total_seconds() if live.failing_since else 0
    gauges["jacana_lexicon_stale_seconds"].set(stale)
    gauges["jacana_checked_texts_waiting"].set(len(checked))
    gauges["jacana_checked_texts_lost"].set(checked.lost)
