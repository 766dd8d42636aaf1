import json
from xml.etree import ElementTree

import pytest

from jacana.cli.evaluate import EvaluationInvalidError, evaluate
from jacana.simulate.datasets.folder import EventSetInvalidError, write_simulation

RBA_HEADER = (
    "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,"
    "Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover"
)


def write_rba(path, users=16):
    rows = [RBA_HEADER]
    for hour in range(4):
        for user in range(users):
            at = f"2020-02-0{3 + hour} 10:{user:02}:00.000"
            rows.append(f"{hour},{at},{user},,10.1.{user}.1,NO,-,-,64512,Agent {user},A 1,B 2,mobile,True,False,False")
    rows.append("broken")
    path.write_text("\n".join(rows))
    return path


def test_a_set_is_evaluated_and_drawn(tmp_path, run_verb):
    write_simulation(tmp_path / "set", 2, 60, 4)
    chart = tmp_path / "chart.svg"
    result = run_verb(evaluate, str(tmp_path / "set"), "--chart", str(chart), "--capacity", "5")
    assert result.exit_code == 0, result.output
    assert "vault_account" in result.output
    assert "nothing about the field" in result.output
    assert ElementTree.fromstring(chart.read_text()).tag.endswith("svg")


def test_logins_of_the_rba_layout_are_evaluated_as_json(tmp_path, run_verb):
    path = write_rba(tmp_path / "rba.csv")
    result = run_verb(evaluate, "--rba", str(path), "--json", "--merge", "4", "--share", "0.25", "--open-loop")
    assert result.exit_code == 0, result.output
    described = json.loads(result.stdout[result.stdout.index("{\n") :])
    assert described["source"] == "rba"
    assert described["rows"]["merged_accounts"] == 1
    assert described["rows"]["malformed"] == {"not a row of as many columns as the header": 1}
    assert described["rows"]["problems"][0]["line"] == 66
    vaults = next(row for row in described["detectors"] if row["kind"] == "vault_account")
    assert vaults["recall"]["trials"] == 1


def test_logins_of_the_clue_layout_are_evaluated(tmp_path, run_verb):
    path = tmp_path / "clue.json"
    rows = [
        {"uid": f"u{user}", "uidType": "name", "type": "login_successful", "time": f"2021-01-0{day}T08:{user:02}:00Z"}
        for day in (1, 2, 3)
        for user in range(8)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    result = run_verb(evaluate, "--clue", str(path), "--merge", "4")
    assert result.exit_code == 0, result.output
    assert "8 users, 1 merged accounts" in result.output


@pytest.mark.parametrize(
    "arguments",
    [[], ["set", "--rba", "x.csv"], ["set", "--chart", "x.png"], ["set", "--chart", "nowhere/x.svg"]],
    ids=["nothing", "two", "png", "folder"],
)
def test_a_request_that_cannot_be_done_is_refused_first(run_verb, arguments):
    assert isinstance(run_verb(evaluate, *arguments).exception, EvaluationInvalidError)


def test_a_folder_without_a_set_is_refused(tmp_path, run_verb):
    assert isinstance(run_verb(evaluate, str(tmp_path)).exception, EventSetInvalidError)
