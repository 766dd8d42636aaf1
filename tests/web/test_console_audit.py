import pytest
from console_floor import Floor
from lxml import html

from jacana.audit import AuditEntry, append_entry, count_entries
from jacana.web.console.audit import PAGE_LENGTH

pytestmark = pytest.mark.xdist_group("console")


def positions(page) -> list[int]:
    return [int(cell.text) for cell in html.fromstring(page.text).xpath("//tbody/tr/td[1]")]


def grow(floor: Floor, count: int) -> None:
    with floor.stages.db.write() as connection:
        for number in range(count):
            append_entry(connection, AuditEntry(floor.clock(), "system", "test.grown", f"thing_{number % 3}", {}))


def test_the_newest_entries_come_first_with_size_and_root(floor: Floor):
    client = floor.client("olga")
    with floor.stages.db.read() as connection:
        size, root = count_entries(connection)
    page = client.get("/console/audit")
    assert positions(page) == list(range(size - 1, -1, -1))[:PAGE_LENGTH]
    assert root in page.text
    assert "olga" in page.text
    assert "user.logged_in" in page.text


def test_pages_join_without_a_gap(floor: Floor):
    client = floor.client("olga")
    grow(floor, PAGE_LENGTH)
    first = positions(client.get("/console/audit"))
    link = html.fromstring(client.get("/console/audit").text).xpath("//a[text()='Older']/@href")[0]
    second = positions(client.get(link))
    assert len(first) == PAGE_LENGTH
    assert first + second == list(range(first[0], second[-1] - 1, -1))
    assert "Newest" in client.get(link).text


def test_one_subject_can_be_followed(floor: Floor):
    client = floor.client("olga")
    case = floor.cases()["bertram"]
    page = client.get(f"/console/audit?subject={case}")
    assert "case.opened" in page.text
    assert "upload.accepted" not in page.text
    assert "No entries about this subject" in client.get("/console/audit?subject=case_none").text


def test_what_is_searched_for_is_escaped(floor: Floor):
    page = floor.client("olga").get("/console/audit", params={"subject": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text


def test_a_position_beyond_the_log_shows_the_newest(floor: Floor):
    assert positions(floor.client("olga").get("/console/audit?before=999999"))
    assert floor.client("olga").get("/console/audit?before=-1").status_code == 422


def test_the_networks_own_ids_lead_to_their_subjects(floor: Floor):
    client = floor.client("olga")
    assert "upload.accepted" in client.get("/console/audit?subject=vid-bertram-copy-a").text
    assert "case.opened" in client.get("/console/audit?subject=acct-bertram").text
