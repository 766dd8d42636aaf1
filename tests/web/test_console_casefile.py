import pytest
from console_floor import Floor
from console_steps import confirm_all

from jacana.review.cases import ItemState
from jacana.web.console.casefile import HISTORY_LENGTH, gather_case

pytestmark = pytest.mark.xdist_group("console")


def gather(floor: Floor, case: str):
    with floor.stages.db.read() as connection:
        return gather_case(floor.stages, connection, case, floor.user_id("rita"))


def test_one_file_row_for_each_distinct_file(floor: Floor):
    page = gather(floor, floor.cases()["bertram"])
    assert [len(file.rows) for file in page.files] == [1, 1]
    assert len({file.sha256 for file in page.files}) == 2
    assert all(file.waits_here and file.may_be_looked_at and file.media_type == "video/mp4" for file in page.files)
    assert all(row.findings and row.decisions and row.actions for file in page.files for row in file.rows)


def test_the_history_is_newest_first_and_bounded(floor: Floor):
    page = gather(floor, floor.cases()["bertram"])
    positions = [position for position, _ in page.history]
    assert positions == sorted(positions, reverse=True)
    assert len(positions) <= HISTORY_LENGTH
    assert {entry.verb for _, entry in page.history} >= {"upload.accepted", "case.opened", "action.ordered"}


def test_a_covered_file_does_not_wait_here(floor: Floor):
    page = gather(floor, floor.cases()["carla"])
    assert page.files[0].item.covered_by == floor.cases()["bertram"]
    assert not page.files[0].waits_here
    assert not page.files[0].may_be_looked_at


def test_a_settled_file_is_not_looked_at_again(floor: Floor):
    carla = floor.cases()["carla"]
    case = confirm_all(floor, floor.client("rita"))
    for page in (gather(floor, case), gather(floor, carla)):
        assert all(file.item.state is ItemState.DECIDED for file in page.files)
        assert not any(file.may_be_looked_at for file in page.files)
    assert gather(floor, case).account.confirmed_count == 2


def test_only_my_own_lease_counts(floor: Floor):
    case = floor.cases()["bertram"]
    with floor.stages.db.write() as connection:
        floor.stages.desk.lease_case(connection, case, floor.user_id("ralf"))
    assert gather(floor, case).lease is None


def test_the_address_is_masked_before_it_reaches_a_template(floor: Floor):
    assert gather(floor, floor.cases()["bertram"]).email == "b…n@e….org"
