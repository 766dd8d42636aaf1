import csv
import json

import pytest

from jacana.simulate.datasets.clue import read_clue
from jacana.simulate.datasets.logins import Login, LoginFileUnreadableError, RowProblem


def make_row(time="2021-01-01T00:00:02Z", uid="old-pink-crane", **fields):
    return {"id": 1, "time": time, "uid": uid, "uidType": "name", "type": "file_accessed", "params": {}, **fields}


def read_json(tmp_path, *rows):
    path = tmp_path / "clue.json"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return list(read_clue(path))


GMUNDEN = {"countryCode": "AT", "regionName": "Upper Austria", "city": "Gmunden", "postalCode": "4810"}


def test_a_user_at_a_place_is_one_login_an_hour(tmp_path):
    rows = [make_row(f"2021-01-01T{time}:00Z", location=GMUNDEN) for time in ("00:00", "00:30", "01:10", "01:20")]
    logins = read_json(tmp_path, *rows)
    assert [login.at.hour for login in logins] == [0, 1]
    assert len({(login.user, login.device, login.address) for login in logins}) == 1


def test_places_become_addresses_and_local_ones_are_one(tmp_path):
    rows = [
        make_row(location=GMUNDEN),
        make_row(uid="b", location=GMUNDEN),
        make_row(uid="c", location={**GMUNDEN, "city": "Linz"}),
        make_row(uid="d", isLocalIP=True),
        make_row(uid="e"),
    ]
    one, same, other, local, unknown = read_json(tmp_path, *rows)
    assert one.address == same.address != other.address
    assert local.address == "10.0.0.1"
    assert unknown.address is None
    assert len({login.device for login in (one, same, other, local, unknown)}) == 5


def test_what_nobody_did_by_name_is_left_out(tmp_path):
    assert read_json(tmp_path, make_row(uidType="ipaddress")) == []


@pytest.mark.parametrize(
    "row",
    ["{", "[1]", {"uid": "a"}, make_row(uid=""), make_row(uid=5), make_row(time="soon"), make_row(time=3)],
    ids=["broken", "list", "few", "empty", "number", "time", "notext"],
)
def test_malformed_rows_are_told_by_line(tmp_path, row):
    good, bad = read_json(tmp_path, make_row(), row)
    assert isinstance(good, Login)
    assert isinstance(bad, RowProblem)
    assert bad.line == 2


def test_csv_is_read_alike(tmp_path):
    rows = [make_row(location=GMUNDEN), make_row(uid="b", isLocalIP=True)]
    path = tmp_path / "clue.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        columns = ["id", "time", "uid", "uidType", "type", "isLocalIP", "location"]
        writer.writerow(columns)
        for row in rows:
            location = json.dumps(row["location"]) if "location" in row else ""
            writer.writerow([row.get(name, "") for name in columns[:-1]] + [location])
        writer.writerow(["short"])
    first, second, problem = read_clue(path)
    assert [first, second] == read_json(tmp_path, *rows)
    assert isinstance(problem, RowProblem)


def test_csv_without_the_columns_is_refused(tmp_path):
    (tmp_path / "clue.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LoginFileUnreadableError, match="time"):
        list(read_clue(tmp_path / "clue.csv"))
