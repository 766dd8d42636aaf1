"""Named fault points: `fault("preserve.after_write")` does nothing unless a test armed that name.

A test arms one by starting the process with JACANA_FAULT=<name>; the process then kills itself (SIGKILL) there, as a
power cut would. The list is closed so that the fault test can walk all of it.
"""

import os
import signal

FAULT_POINTS = (
    "ingest.after_spool",
    "ingest.before_commit",
    "ingest.after_commit",
    "pipeline.after_start",
    "detect.after_analyse",
    "detect.after_commit",
    "detect.after_part",
    "detect.before_batch",
    "detect.after_batch",
    "decide.after_commit",
    "preserve.after_write",
    "preserve.after_commit",
    "act.before_commit",
    "act.after_commit",
    "act.before_send",
    "act.after_send",
    "review.after_open",
    "review.after_decide",
    "report.after_draft",
    "report.before_submit",
    "report.after_submit",
    "report.after_open",
    "report.after_upload",
    "report.after_fileinfo",
    "report.before_finish",
    "report.after_finish",
    "report.after_filed",
)

_armed = os.environ.get("JACANA_FAULT", "")
if _armed and _armed not in FAULT_POINTS:
    raise ValueError(f"JACANA_FAULT={_armed} is not one of {', '.join(FAULT_POINTS)}")


def fault(point: str) -> None:
    """Kill this process here if `point` is the armed fault point; otherwise do nothing."""
    if point == _armed:
        os.kill(os.getpid(), signal.SIGKILL)
