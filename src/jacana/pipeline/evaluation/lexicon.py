"""Loads the lexicon of an event set and makes it active: two stand-ins for people approve every term.

Only for the throw-away database of an evaluation: anywhere else terms are approved by people.
"""

from pathlib import Path

from jacana.pipeline.stages import Stages
from jacana.simulate.datasets.folder import LEXICON
from jacana.simulate.datasets.termfile import read_terms

APPROVERS = ("evaluation-approver-1", "evaluation-approver-2")
IMPORTER = "cli:evaluation"


def load_lexicon(stages: Stages, folder: Path) -> int:
    """Import the terms beside the events, if there are any, and let them match; return how many."""
    path = folder / LEXICON
    if not path.is_file():
        return 0
    terms = read_terms(path)
    with stages.db.write() as connection:
        added = stages.lexicon.import_terms(connection, terms, IMPORTER)
        for term_id in added.ids:
            for approver in APPROVERS:
                stages.lexicon.approve_term(connection, term_id, approver)
    with stages.db.read() as connection:
        stages.live.refresh(connection)
    return len(added.ids)
