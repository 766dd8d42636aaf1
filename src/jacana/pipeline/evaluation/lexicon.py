"""Loads the lexicon of an event set and makes it active: two stand-ins for people approve every term.

Only for the throw-away database of an evaluation: anywhere else terms are approved by people.
"""

from pathlib import Path

from jacana.detect.text.lexicon.files import Defaults, TermFormat, read_terms
from jacana.pipeline.stages import Stages
from jacana.simulate.datasets.folder import LEXICON, EventSetInvalidError

APPROVERS = ("evaluation-approver-1", "evaluation-approver-2")
IMPORTER = "cli:evaluation"


def load_lexicon(stages: Stages, folder: Path) -> int:
    """Import the terms beside the events, if there are any, and let them match; return how many.

    Raises EventSetInvalidError.
    """
    path = folder / LEXICON
    if not path.is_file():
        return 0
    read = read_terms(path.read_text(encoding="utf-8"), TermFormat.CSV, Defaults(), stages.clock())
    if read.problems:
        raise EventSetInvalidError(
            f"line {read.problems[0].line} of {path} holds no term", field="DIR", remedy="make the event set again"
        )
    with stages.db.write() as connection:
        added = stages.lexicon.import_terms(connection, read.terms, IMPORTER)
        for term_id in added.ids:
            for approver in APPROVERS:
                stages.lexicon.approve_term(connection, term_id, approver)
    with stages.db.read() as connection:
        stages.live.refresh(connection)
    return len(added.ids)
