"""What the pages of accounts gather, in one read."""

import pytest
from console_accounts import CLUB, RINGLEADER, SECRET_DEVICE, SUSPECT, open_account_case, seed_case, seed_ring
from console_floor import Floor

from jacana.model.account_finding import AccountFindingKind
from jacana.model.tie import TieKind
from jacana.web.console.accountfile import AccountUnseenError, gather_account, gather_rows


def gather(floor: Floor, account_id: str):
    with floor.stages.db.read() as connection:
        return gather_account(floor.stages, connection, account_id)


def test_an_account_is_gathered_whole(ring_floor: Floor):
    case = seed_case(ring_floor)
    page = gather(ring_floor, SUSPECT)
    assert page.file.account.screen_name == "suspect" and page.file.confirmed_at is None
    assert {finding.kind for finding in page.findings} == {"term_hit", "linked_account"}
    assert [head.id for head in page.cases] == [case]
    assert {(tie.kind, tie.count) for tie in page.file.ties} == {
        (TieKind.DEVICE, 1),
        (TieKind.CONTENT, 1),
        (TieKind.NETWORK, 1),
    }
    assert page.file.picture.paths[0].startswith("Shares a device (")
    assert SECRET_DEVICE not in repr(page)


def test_a_confirmed_account_says_since_when_and_its_verdict(ring_floor: Floor):
    seed_case(ring_floor)
    page = gather(ring_floor, RINGLEADER)
    assert page.file.confirmed_at == ring_floor.clock()
    assert [review.verdict for review in page.reviews] == ["trading"]


def test_an_organisation_is_marked_in_the_picture(ring_floor: Floor):
    seed_ring(ring_floor)
    nodes = gather(ring_floor, RINGLEADER).file.picture.nodes
    assert next(node for node in nodes if node.account_id == CLUB).note == "verified organisation"


def test_an_account_nobody_spoke_of_is_no_page(ring_floor: Floor):
    with pytest.raises(AccountUnseenError):
        gather(ring_floor, "acct-never")


def test_the_rows_of_a_case_hold_what_is_before_the_person(ring_floor: Floor):
    case = open_account_case(ring_floor, SUSPECT, AccountFindingKind.VAULT_ACCOUNT)
    with ring_floor.stages.db.read() as connection:
        (row,) = gather_rows(ring_floor.stages, connection, case)
    assert row.waits_here and [finding.kind for finding in row.findings] == ["vault_account"]
    assert row.file.picture.empty
