"""An automatic reviewer: takes the cases in the order of the queue, so many a day, and gives the verdict that is known.

It uses the desks as a person's browser does: lease, verdict on what the page shows, undo window.
"""

from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.outcome import DayLoad, Ruling
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountForm
from jacana.simulate.datasets.folder import KnownVerdicts

REVIEWER = "evaluation-reviewer"
_REASONS = {
    AccountVerdict.TRADING: "It trades access, as the event set says.",
    AccountVerdict.SHARED: "Several people share it, as the event set says.",
    AccountVerdict.VICTIM: "It was taken over, as the event set says.",
    AccountVerdict.CLEARED: "Nothing is wrong with it, as the event set says.",
}


class AutomaticReviewer:
    """Decides up to `capacity` accounts a day."""

    def __init__(self, stages: Stages, verdicts: KnownVerdicts, capacity: int) -> None:
        self._stages = stages
        self._verdicts = verdicts
        self._capacity = capacity

    def work_day(self, day: int) -> tuple[DayLoad, list[Ruling]]:
        """Work the queue from the top until the day's capacity is used."""
        with self._stages.db.read() as connection:
            queue = self._stages.desk.list_queue(connection)
        rulings: list[Ruling] = []
        for row in queue:
            if len(rulings) >= self._capacity:
                break
            rulings += self._decide_case(row.case_id, day, self._capacity - len(rulings))
        return DayLoad(day, len(queue), len(rulings)), rulings

    def _decide_case(self, case_id: str, day: int, most: int) -> list[Ruling]:
        stages = self._stages
        rulings: list[Ruling] = []
        with stages.db.read() as connection:
            waiting = [item for item in stages.account_desk.list_items(connection, case_id) if item.live is None]
        for item in waiting[:most]:
            verdict = self._verdicts.ask(item.account_id)
            with stages.db.write() as connection:
                lease = stages.desk.lease_case(connection, case_id, REVIEWER)
                form = AccountForm(
                    case_id=case_id,
                    account_id=item.account_id,
                    verdict=verdict,
                    reason=_REASONS[verdict],
                    finding_ids=item.finding_ids,
                    user_id=REVIEWER,
                    lease_token=lease.token,
                    version=stages.desk.get_case(connection, case_id).head.version,
                )
                stages.account_desk.decide(connection, form)
            rulings.append(Ruling(item.account_id, verdict, stages.clock(), day))
        return rulings
