"""What a reviewer without script does, as steps that several console tests share."""

from console_floor import Browser, Floor, forms_of, token_of


def take(floor: Floor, client: Browser, account: str = "bertram") -> str:
    """Take the account's case and return its id."""
    case = floor.cases()[account]
    assert client.post(f"/console/cases/{case}/lease", data={"csrf": token_of(client)}).status_code == 303
    return case


def read_form(client: Browser, case: str, index: int = 0) -> dict[str, str]:
    """Return the hidden fields of a decide form on the case page."""
    forms = forms_of(client.get(f"/console/cases/{case}"), "/decide")
    return {name: value for name, value in forms[index].items() if value is not None}


def decide(floor: Floor, client: Browser, case: str, fields: dict[str, str] | None = None, **changes: str):
    """Post a verdict after having looked at the page for long enough."""
    fields = fields or read_form(client, case)
    floor.clock.advance(floor.stages.settings.decide_delay_ms / 1000)
    values = {**fields, "verdict": "confirmed", "reason": "matched frames agree", **changes}
    return client.post(f"/console/cases/{case}/decide", data=values)


def watch(floor: Floor, client: Browser, case: str, index: int = 0, seconds: float = 3.1) -> None:
    """Fetch a file of the case and watch it to the end, as the player reports it."""
    headers = {"X-CSRF-Token": token_of(client), "Accept": "application/json"}
    data = {"sha256": floor.sha256s(case)[index]}
    look = client.post(f"/console/cases/{case}/views", data=data, headers=headers).json()
    assert client.get(look["media"]).status_code == 200
    floor.clock.advance(seconds)
    told = {"ranges": f"0-{seconds:.3f}", "revealed_ms": str(int(seconds * 1000))}
    answer = client.post(f"/console/cases/{case}/views/{look['view']}", data=told, headers=headers)
    assert answer.json()["whole"]


def confirm_all(floor: Floor, client: Browser, account: str = "bertram") -> str:
    """Confirm every file of a case, let the undo window pass and the work be done."""
    case = take(floor, client, account)
    while forms_of(client.get(f"/console/cases/{case}"), "/decide"):
        assert decide(floor, client, case).status_code == 303
    floor.clock.advance(floor.stages.settings.undo_seconds + 1)
    floor.drain()
    return case
