"""One evaluation from beginning to end: lexicon, replay, and only then the truth."""

from collections.abc import Callable
from pathlib import Path

from jacana.pipeline.evaluation.clock import ReplayClock
from jacana.pipeline.evaluation.lexicon import load_lexicon
from jacana.pipeline.evaluation.reach import gather_reach
from jacana.pipeline.evaluation.replay import Replay
from jacana.pipeline.evaluation.report import Evaluation, evaluate_outcome, list_ring_accounts
from jacana.pipeline.evaluation.reviewer import AutomaticReviewer
from jacana.pipeline.stages import Stages
from jacana.simulate.datasets.folder import KnownVerdicts, read_event_batches, read_facts, read_set_truth


def evaluate_set(
    stages: Stages,
    clock: ReplayClock,
    folder: Path,
    *,
    capacity: int,
    open_loop: bool = False,
    progress: Callable[[int], None] = lambda _events: None,
) -> Evaluation:
    """Replay the event set in `folder` through empty stages whose clock is `clock`, and measure what came of it.

    `capacity`: accounts the automatic reviewer decides a day. `open_loop`: nobody decides and nothing is withheld, so
    that no detector's success hides another's failure; links and returns cannot be measured then. `progress` is told
    how many events were read.
    Raises EventSetInvalidError, TruthUnreadableError.
    """
    facts = read_facts(folder)
    reviewer = AutomaticReviewer(stages, KnownVerdicts(folder), 0 if open_loop else capacity)
    load_lexicon(stages, folder)
    outcome = Replay(stages, clock, reviewer, open_loop=open_loop).run(read_event_batches(folder), progress)
    truth = read_set_truth(folder)  # not before: nothing above may know it
    reach = gather_reach(read_event_batches(folder), list_ring_accounts(truth))
    return evaluate_outcome(outcome, truth, reach, capacity=capacity, source=facts.source)
