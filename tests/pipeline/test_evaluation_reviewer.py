from evaluation_world import START, open_world, truth_of, write_set

from jacana.detect.findings.store import name_finding, record_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.decision import Lane
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.reviewer import AutomaticReviewer
from jacana.simulate.datasets.folder import KnownVerdicts


def open_cases(stages, *accounts):
    with stages.db.write() as connection:
        for account_id in accounts:
            finding = AccountFinding(
                id=name_finding(AccountFindingKind.VAULT_ACCOUNT, account_id),
                account_id=account_id,
                kind=AccountFindingKind.VAULT_ACCOUNT,
                detector="vault",
                detector_version="1",
                score=0.9,
                reasons=("Many devices.",),
                occurred_at=START,
            )
            record_account_findings(connection, [finding], START)
            stages.account_desk.open_case(connection, account_id, next(iter(Lane)), [finding.id])


def test_the_reviewer_gives_the_known_verdicts_up_to_the_capacity(tmp_path):
    folder = write_set(tmp_path / "set", [], truth_of(v="ring_vault", o="ordinary", p="ordinary"))
    verdicts = KnownVerdicts(folder)
    with open_world(tmp_path / "jacana") as (stages, _):
        open_cases(stages, "v", "o", "p")
        reviewer = AutomaticReviewer(stages, verdicts, 2)
        first, rulings = reviewer.work_day(0)
        assert (first.open_cases, first.decided) == (3, 2)
        second, more = reviewer.work_day(1)
        assert second.decided == 1
    given = {ruling.account_id: ruling.verdict for ruling in (*rulings, *more)}
    assert given == {"v": AccountVerdict.TRADING, "o": AccountVerdict.CLEARED, "p": AccountVerdict.CLEARED}
    assert verdicts.asked == {"v", "o", "p"}


def test_an_empty_queue_is_an_easy_day(tmp_path):
    folder = write_set(tmp_path / "set", [], truth_of())
    with open_world(tmp_path / "jacana") as (stages, _):
        load, rulings = AutomaticReviewer(stages, KnownVerdicts(folder), 5).work_day(3)
    assert (load.open_cases, load.decided, rulings) == (0, 0, [])
