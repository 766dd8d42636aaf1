import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from jacana.simulate.network import create_network_app
from jacana.simulate.network.app import MAX_BODY_BYTES

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
DATA = {
    "id": "act_1",
    "kind": "hold",
    "target": {"kind": "upload", "id": "clip-1"},
    "sequence": 1,
    "account_id": "anna",
    "reason": "known material",
    "decided_by": "policy:x",
}


class Client:
    """Calls the app in process."""

    def __init__(self, app) -> None:
        self.app = app

    def call(self, method, path, **arguments):
        async def request():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://network") as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(request())

    def tell(self, *, at=None, secret=SECRET, headers=None, body=None, **changes):
        data = {**DATA, **changes}
        body = body or json.dumps({"type": "jacana.action.v1", "timestamp": "t", "data": data})
        at = at or datetime.now(UTC)
        signed = {
            "webhook-id": data["id"],
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(data["id"], at, body),
        }
        return self.call("POST", "/jacana", content=body, headers={**signed, **(headers or {})})

    def stop(self):
        async def run_lifespan():
            async with self.app.router.lifespan_context(self.app):
                pass

        asyncio.run(run_lifespan())

    def read(self, path):
        return self.call("GET", path).json()


@pytest.fixture
def client(tmp_path):
    client = Client(create_network_app(SECRET, tmp_path / "network.db"))
    yield client
    client.stop()


def test_a_signed_instruction_is_carried_out_once(client):
    assert client.tell().json() == {"outcome": "done"}
    assert client.tell().json() == {"outcome": "duplicate"}
    assert client.read("/state")["uploads"] == {"clip-1": "held"}
    told = client.read("/deliveries")
    assert (len(told["deliveries"]), told["duplicates"]) == (1, 1)


def test_reauthentication_and_tiers_are_understood(client):
    client.tell(kind="force_reauth", target={"kind": "account", "id": "anna"})
    client.tell(id="act_2", kind="ban_device", target={"kind": "device", "id": "key"}, tier=1)
    state = client.read("/state")
    assert (state["reauth"], state["devices"]) == ({"anna": "required"}, {"key": "no new accounts"})
    assert client.tell(id="act_3", kind="ban_device", tier="hard").status_code == 422


def test_an_upload_is_visible_only_after_release(client):
    seen = []
    for sequence, kind in enumerate(["hold", "release", "remove", "restore", "release"], start=1):
        client.tell(id=f"act_{sequence}", kind=kind, sequence=sequence)
        seen.append(client.read("/state")["uploads"]["clip-1"])
    assert seen == ["held", "visible", "removed", "held", "visible"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": base64.b64encode(bytes(32)).decode()},
        {"minutes_off": -10},
        {"minutes_off": 10},
        {"headers": {"webhook-signature": "v1,AAAA"}},
        {"headers": {"webhook-signature": "nonsense"}},
        {"headers": {"webhook-id": "act_2"}},
        {"headers": {"webhook-timestamp": "yesterday"}},
    ],
)
def test_what_is_not_signed_by_jacana_now_is_refused(client, wrong):
    if "minutes_off" in wrong:  # from now: the list above is made when the run begins, which may be long ago
        wrong = {"at": datetime.now(UTC) + timedelta(minutes=wrong["minutes_off"])}
    assert client.tell(**wrong).status_code == 401
    assert client.read("/deliveries")["deliveries"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "promote"},
        {"target": {"kind": "planet", "id": "x"}},
        {"target": "clip-1"},
        {"sequence": "first"},
        {"body": "[]"},
        {"body": '{"data": {"id": "act_1"}}'},
        {"body": json.dumps({"data": {**DATA, "id": "act_9"}})},
    ],
)
def test_a_signed_instruction_that_makes_no_sense_is_refused(client, changes):
    assert client.tell(**changes).status_code == 422
    assert client.read("/deliveries")["deliveries"] == []


def test_a_body_that_is_no_json_is_refused(client):
    assert client.tell(body="not json").status_code == 401


def test_a_body_without_end_is_refused(client):
    assert client.tell(body="x" * (MAX_BODY_BYTES + 1)).status_code == 413


def test_faults_are_met_before_or_after_the_commit(client):
    client.call("POST", "/faults", json={"kind": "status_before", "status": 503, "retry_after": 9})
    client.call("POST", "/faults", json={"kind": "status_after", "status": 500})
    refused = client.tell()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "9")
    assert client.read("/deliveries")["deliveries"] == []
    assert client.tell().status_code == 500
    assert len(client.read("/deliveries")["deliveries"]) == 1
    assert client.tell().json() == {"outcome": "duplicate"}


def test_a_slow_network_answers_late_but_right(client):
    for kind in ("slow_before", "slow_after"):
        client.call("POST", "/faults", json={"kind": kind, "seconds": 0.01})
    assert [client.tell().status_code, client.tell().status_code] == [200, 200]
    assert client.read("/deliveries")["duplicates"] == 1


def test_fault_switches_can_be_cleared_and_are_checked(client):
    assert client.call("POST", "/faults", json={"kind": "drop_before", "times": 4}).json() == {"waiting": 4}
    assert client.call("DELETE", "/faults").json() == {"waiting": 0}
    assert client.tell().status_code == 200
    wrong = client.call("POST", "/faults", json={"kind": "sideways"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "kind")
    assert client.call("POST", "/faults", content="{").status_code == 400


def test_the_page_shows_what_was_told_and_allows_no_script(client):
    client.tell(reason="<b>bold</b>")
    page = client.call("GET", "/")
    assert "clip-1" in page.text
    assert "<b>bold" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_state_survives_a_restart(client, tmp_path):
    client.tell()
    again = Client(create_network_app(SECRET, tmp_path / "network.db"))
    assert again.read("/state")["uploads"] == {"clip-1": "held"}
    assert again.tell().json() == {"outcome": "duplicate"}
    again.stop()
