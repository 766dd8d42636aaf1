import re

import pytest
from console_floor import BANK, Floor, find_value, forms_of
from lxml import html

from jacana.audit import last_entry
from jacana.detect.media.banks.lists import read_csv
from jacana.model.bank import BankEntry, BankRole, RowProblem, Trust

pytestmark = pytest.mark.xdist_group("console")


def words(page) -> str:
    return " ".join(" ".join(html.fromstring(page.text).itertext()).split())


def test_each_bank_is_described(floor: Floor) -> None:
    with floor.stages.db.write() as connection:
        floor.stages.banks.create(
            connection, "memes", "Our <b>own</b> list", role=BankRole.BENIGN, trust=Trust.VERIFIED,
            licence="within the house", threshold_reason="measured", actor="cli:test",
        )  # fmt: skip
    page = floor.client("rita").get("/console/banks")
    assert page.status_code == 200
    said = words(page)
    for part in (
        BANK, "drawn clips", "Known", "Reviewed", "A1", "Suspend account", "31 of 256 bits", "Jacana's defaults",
        "2 entries", "3 hits in 30 days", "precision, 0 files decided",
        "memes", "Our <b>own</b> list", "Benign", "Verified", "within the house", "measured", "nothing; it suppresses",
        "never filled",
    ):  # fmt: skip
        assert part in said, part
    assert said.index(BANK) < said.index("memes")


def test_no_page_shows_a_hash(floor: Floor) -> None:
    problem = RowProblem(3, "pdq", "not a hash", "copy it again")
    with floor.stages.db.write() as connection:
        floor.stages.banks.add_entries(connection, BANK, [BankEntry("x", md5="ab" * 16)], "t", [problem], file="l.csv")
        entries = floor.stages.banks.show(connection, BANK).entries
    client = floor.client("olga")
    pages = client.get("/console/banks").text + client.get(f"/console/banks/{BANK}").text
    for entry in entries:
        for digest in filter(None, (entry.md5, entry.sha1, entry.sha256)):
            assert digest[:16] not in pages
    assert not re.search(r"\b[0-9a-f]{32,}\b", re.sub(r'(name="csrf"[^>]*|csrf" content=)"[^"]*"', "", pages))


def test_one_bank_lists_its_changes_and_what_it_refused(floor: Floor) -> None:
    problem = RowProblem(3, "pdq", "not a hash", "copy it again")
    with floor.stages.db.write() as connection:
        floor.stages.banks.add_entries(connection, BANK, [], "t", [problem], file="l.csv")
    said = words(floor.client("rita").get(f"/console/banks/{BANK}"))
    for part in ("l.csv line 3", "not a hash", "copy it again", "1 in quarantine", "came 2 known-b.mp4"):
        assert part in said, part
    assert said.index("known-b.mp4") < said.index("known-a.mp4")


def test_an_unknown_bank_is_named_with_a_hint(floor: Floor) -> None:
    page = floor.client("rita").get("/console/banks/test-bnak")
    assert page.status_code == 404
    assert f"did you mean {BANK}?" in page.text


def test_handing_a_bank_out_is_a_leads_act_and_on_record(floor: Floor) -> None:
    client = floor.client("lena")
    page = client.get(f"/console/banks/{BANK}")
    assert len(forms_of(page, "/export")) == 1
    answer = client.post(f"/console/banks/{BANK}/export", data={"csrf": find_value(page, "csrf")})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{BANK}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert {entry.label for entry in read_csv(answer.text).entries} == {"known-a.mp4", "known-b.mp4"}
    with floor.stages.db.read() as connection:
        exported = last_entry(connection, "bank.exported")
    assert exported is not None
    assert exported.actor == f"user:{floor.user_id('lena')}"
    assert exported.details["entries"] == 2


@pytest.mark.parametrize("name", ["rita", "adam", "olga"])
def test_nobody_else_may_hand_it_out(floor: Floor, name: str) -> None:
    client = floor.client(name)
    page = client.get(f"/console/banks/{BANK}")
    assert page.status_code == 200
    assert forms_of(page, "/export") == []
    token = find_value(page, "csrf")
    assert client.post(f"/console/banks/{BANK}/export", data={"csrf": token}).status_code == 403
    assert "bank.exported" not in floor.verbs()


def test_without_a_log_in_or_a_token_nothing_leaves(floor: Floor) -> None:
    assert floor.client().post(f"/console/banks/{BANK}/export").status_code in {303, 401, 403}
    assert floor.client("lena").post(f"/console/banks/{BANK}/export").status_code == 403
    assert "bank.exported" not in floor.verbs()
