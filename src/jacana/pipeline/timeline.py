"""One upload's story, read back from the audit log: each step, its time, its id."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jacana.audit import list_entries
from jacana.db.engine import Connection
from jacana.pipeline.stages import Stages

STAGE_OF_NOUN = {
    "upload": "ingest",
    "finding": "detect",
    "lookup": "detect",
    "classifier": "detect",
    "decision": "decide",
    "object": "preserve",
    "hold": "preserve",
    "action": "act",
    "case": "review",
    "media": "review",
    "report": "report",
}
"""First word of an audit verb -> stage of the flow."""

FLOW = ("ingest", "detect", "decide", "preserve", "act", "review", "report")


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One audit entry as a line of the story."""

    position: int
    at: datetime
    stage: str
    verb: str
    subject: str
    actor: str
    details: dict[str, Any]


def read_timeline(stages: Stages, connection: Connection, upload_id: str) -> list[TimelineStep]:
    """Return every audited step that concerns the upload, its file, its actions, its case and its report, in order.

    Raises UploadMissingError.
    """
    upload = stages.intake.load_upload(connection, upload_id)
    subjects = [upload_id, upload.digests.sha256]
    subjects += [action.id for action in stages.enforcement.list_actions(connection, upload_id=upload_id)]
    case_id = stages.desk.find_case(connection, upload_id)
    if case_id:
        subjects.append(case_id)
        reports = stages.reports.list_reports(connection, case_id=case_id)
        subjects += [report.id for report in reports]
    steps = {
        position: TimelineStep(position, entry.at, stage, entry.verb, entry.subject, entry.actor, entry.details)
        for subject in subjects
        for position, entry in list_entries(connection, subject=subject)
        if (stage := STAGE_OF_NOUN.get(entry.verb.partition(".")[0]))
    }
    return [steps[position] for position in sorted(steps)]


def missing_stages(steps: list[TimelineStep]) -> list[str]:
    """Return the stages of the flow that left no trace, in the order of the flow."""
    seen = {step.stage for step in steps}
    return [stage for stage in FLOW if stage not in seen]
