"""The page of an account, texts on demand, and verdicts on accounts, as a browser without script meets them."""

import re

import pytest
from console_accounts import (
    BYSTANDER,
    CLUB,
    SECRET_DEVICE,
    SUSPECT,
    make_finding,
    open_account_case,
    seed_case,
    seed_ring,
)
from console_floor import Browser, Floor, forms_of, token_of

from jacana.detect.findings.store import record_account_findings
from jacana.model.account_finding import AccountFindingKind
from jacana.model.decision import Lane
from jacana.model.verdict import AccountVerdict


@pytest.fixture
def case(ring_floor: Floor) -> str:
    return seed_case(ring_floor)


def take(floor: Floor, client: Browser, case: str) -> dict[str, object]:
    """Take the case, look long enough, and return the fields of the form."""
    assert client.post(f"/console/cases/{case}/lease", data={"csrf": token_of(client)}).status_code == 303
    page = client.get(f"/console/cases/{case}")
    (form,) = forms_of(page, "/accounts/decide")
    floor.clock.advance(floor.stages.settings.decide_delay_ms / 1000)
    findings = re.findall(r'name="finding_ids" value="([^"]+)"', page.text)
    return {**{name: value for name, value in form.items() if value is not None}, "finding_ids": findings}


def decide(client: Browser, case: str, fields: dict[str, object], **changes: object):
    return client.post(f"/console/cases/{case}/accounts/decide", data={**fields, "reason": "it trades", **changes})


def find_review(floor: Floor, case: str):
    with floor.stages.db.read() as connection:
        return floor.stages.account_desk.list_items(connection, case)[0].live


# The page


def test_the_page_tells_without_the_text_and_without_any_id_of_a_device(ring_floor: Floor, case: str):
    page = ring_floor.client("olga").get(f"/console/accounts/{SUSPECT}")
    assert page.status_code == 200
    assert "Linked account" in page.text and "<svg" in page.text and "Device" in page.text
    assert not any(secret in page.text for secret in (SECRET_DEVICE, "net-key", "card-key", "ab" * 32))
    assert "quandrel" not in page.text and "Tulip" not in page.text
    assert "style=" not in page.text and "Show the text" not in page.text  # an auditor may not


def test_a_hand_over_shows_no_keyed_hash_and_not_where_the_password_stands(ring_floor: Floor):
    seed_ring(ring_floor)
    found = make_finding(
        ring_floor,
        SUSPECT,
        AccountFindingKind.LOGIN_HANDOVER,
        details={"handle_key": "c0ffee" * 5, "secret_start": 7311, "secret_end": 7322, "secrets": 1, "repeated": True},
    )
    with ring_floor.stages.db.write() as connection:
        record_account_findings(connection, [found], ring_floor.clock())
    page = ring_floor.client("olga").get(f"/console/accounts/{SUSPECT}").text
    assert "Repeated" in page
    assert not any(secret in page for secret in ("c0ffee", "7311", "7322", "andle key"))


def test_who_may_see_and_what_is_not_there(ring_floor: Floor, case: str):
    assert ring_floor.client("adam").get(f"/console/accounts/{SUSPECT}").status_code == 403
    assert ring_floor.client("rita").get("/console/accounts/acct-never").status_code == 404
    assert ring_floor.client().get(f"/console/accounts/{SUSPECT}").status_code == 303


def test_an_account_whose_id_holds_a_slash_has_a_page(ring_floor: Floor):
    case = open_account_case(ring_floor, "org/people?7")
    page = ring_floor.client("rita").get("/console/accounts/org%2Fpeople%3F7")
    assert page.status_code == 200 and case in page.text


def test_an_organisation_is_shown_as_one_and_a_child_is_masked(ring_floor: Floor):
    seed_ring(ring_floor)
    client = ring_floor.client("rita")
    assert "Verified organisation" in client.get(f"/console/accounts/{CLUB}").text
    page = client.get(f"/console/accounts/{BYSTANDER}").text
    assert "Says it is a child" in page and "<dd>b…</dd>" in page and "<dd>bystander</dd>" not in page


# Texts


def test_a_text_is_shown_on_demand_and_that_is_on_record(ring_floor: Floor, case: str):
    client = ring_floor.client("rita")
    form = forms_of(client.get(f"/console/cases/{case}"), "/texts")[0]
    page = client.post("/console/texts", data=form)
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    assert "<mark>quandrel</mark>" in page.text and "Tulip-4471x" not in page.text
    assert "The account itself" in page.text  # still the case
    assert ring_floor.verbs().count("text.viewed") == 1
    assert "<mark>" not in client.get(f"/console/cases/{case}").text


def test_from_the_page_of_the_account_it_is_shown_there(ring_floor: Floor, case: str):
    client = ring_floor.client("rita")
    form = forms_of(client.get(f"/console/accounts/{SUSPECT}"), "/texts")[0]
    page = client.post("/console/texts", data=form)
    assert "<mark>quandrel</mark>" in page.text and "Has shown" in page.text


def test_no_text_without_the_permission_or_the_token(ring_floor: Floor, case: str):
    form = forms_of(ring_floor.client("rita").get(f"/console/cases/{case}"), "/texts")[0]
    auditor = ring_floor.client("olga")
    assert auditor.post("/console/texts", data={**form, "csrf": token_of(auditor)}).status_code == 403
    assert ring_floor.client("ralf").post("/console/texts", data={**form, "csrf": "x"}).status_code == 403
    assert ring_floor.verbs().count("text.viewed") == 0


# Verdicts


def test_a_verdict_is_given_waits_and_is_applied(ring_floor: Floor, case: str):
    client = ring_floor.client("rita")
    fields = take(ring_floor, client, case)
    assert decide(client, case, fields, verdict="trading").status_code == 303
    review = find_review(ring_floor, case)
    assert review.verdict is AccountVerdict.TRADING and len(review.finding_ids) == 2
    page = client.get(f"/console/cases/{case}")
    assert "The account: <strong>Trades access</strong>" in page.text and "applies in" in page.text
    assert f"/console/account-verdicts/{review.id}/undo" in page.text


def test_undo_in_the_window_and_by_whom(ring_floor: Floor, case: str):
    client = ring_floor.client("rita")
    decide(client, case, take(ring_floor, client, case), verdict="shared")
    review = find_review(ring_floor, case)
    other = ring_floor.client("ralf")
    path = f"/console/account-verdicts/{review.id}/undo"
    assert other.post(path, data={"csrf": token_of(other)}).status_code == 403
    assert client.post(path, data={"csrf": token_of(client)}).status_code == 303
    assert find_review(ring_floor, case) is None


def test_a_lead_overturns_an_applied_verdict(ring_floor: Floor, case: str):
    client, lead = ring_floor.client("rita"), ring_floor.client("lena")
    decide(client, case, take(ring_floor, client, case), verdict="cleared")
    review = find_review(ring_floor, case)
    ring_floor.clock.advance(ring_floor.stages.settings.undo_seconds + 1)
    ring_floor.drain()
    path = f"/console/account-verdicts/{review.id}/overturn"
    refused = client.post(path, data={"csrf": token_of(client), "reason": "was wrong"})
    assert refused.status_code == 403
    answer = lead.post(path, data={"csrf": token_of(lead), "reason": "was wrong"})
    assert answer.status_code == 303 and "case.overturned" in ring_floor.verbs()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"version": "99"}, 409, id="stale-version"),
        pytest.param({"lease_token": "99"}, 409, id="lost-lease"),
        pytest.param({"reason": ""}, 422, id="no-reason"),
        pytest.param({"verdict": ""}, 422, id="no-verdict"),
        pytest.param({"finding_ids": []}, 422, id="no-findings"),
        pytest.param({"shown": "1.x"}, 403, id="forged-moment"),
        pytest.param({"csrf": "x"}, 403, id="forged-token"),
        pytest.param({"account_id": "acct-other"}, 404, id="another-account"),
    ],
)
def test_what_is_stale_or_lacking_is_refused(ring_floor: Floor, case: str, changes: dict[str, object], status: int):
    client = ring_floor.client("rita")
    fields = take(ring_floor, client, case)
    assert decide(client, case, fields, **{"verdict": "trading", **changes}).status_code == status
    assert find_review(ring_floor, case) is None


def test_nothing_is_decided_before_a_person_can_have_looked(ring_floor: Floor, case: str):
    client = ring_floor.client("rita")
    client.post(f"/console/cases/{case}/lease", data={"csrf": token_of(client)})
    (form,) = forms_of(client.get(f"/console/cases/{case}"), "/accounts/decide")
    assert decide(client, case, form, verdict="trading").status_code == 409


def test_a_refused_form_keeps_what_was_written(ring_floor: Floor, case: str):
    client = ring_floor.client("rita")
    page = decide(client, case, take(ring_floor, client, case), verdict="", reason="a long thought")
    assert page.status_code == 422 and "a long thought" in page.text and "No verdict was chosen" in page.text


def test_the_queue_says_account_and_not_no_files(ring_floor: Floor, case: str):
    page = ring_floor.client("rita").get("/console/").text
    row = page[page.index(f'data-case="{case}"') :].split("</tr>")[0]
    assert '<td class="nowrap">account</td>' in row and "Account to decide" in row and "0 files" not in row


def test_a_case_may_hold_files_and_the_account(ring_floor: Floor):
    case = ring_floor.cases()["bertram"]
    finding = make_finding(ring_floor, "acct-bertram", AccountFindingKind.LOGIN_HANDOVER)
    with ring_floor.stages.db.write() as connection:
        record_account_findings(connection, [finding], ring_floor.clock())
        assert (
            ring_floor.stages.account_desk.open_case(connection, "acct-bertram", Lane.APPARENT_CSAM, [finding.id])
            == case
        )
    client = ring_floor.client("rita")
    take(ring_floor, client, case)
    page = client.get(f"/console/cases/{case}")
    assert len(forms_of(page, f"{case}/decide")) == 2 and len(forms_of(page, "/accounts/decide")) == 1
    row = client.get("/console/").text
    assert "account, 2 files" in row and "3 to decide" in row
