from datetime import UTC, datetime

import pytest

from jacana.simulate.datasets.logins import Login, LoginFileUnreadableError, RowProblem
from jacana.simulate.datasets.rba import read_moment, read_rba

HEADER = (
    "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,"
    "Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover"
)


def make_row(user="7", at="2020-02-03 12:43:30.772", ip="192.0.2.9", success="True", agent="Mozilla/5.0 (X, like Y)"):
    return f'0,{at},{user},,{ip},NO,-,-,29695,"{agent}",Chrome 70.0.3,iOS 13.4,mobile,{success},False,False'


def read(tmp_path, *rows, header=HEADER):
    path = tmp_path / "rba.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return list(read_rba(path))


def test_a_row_of_the_published_layout_is_read(tmp_path):
    (login,) = read(tmp_path, make_row())
    assert isinstance(login, Login)
    assert (login.user, login.address, login.asn) == ("7", "192.0.2.9", 29695)
    assert login.at == datetime(2020, 2, 3, 12, 43, 30, 772000, UTC)


def test_failed_logins_are_left_out(tmp_path):
    assert read(tmp_path, make_row(success="False")) == []


def test_a_new_version_is_no_new_device_and_another_user_is(tmp_path):
    rows = [make_row(agent="Chrome/70.0"), make_row(agent="Chrome/71.5"), make_row(user="8", agent="Chrome/70.0")]
    one, two, other = read(tmp_path, *rows)
    assert one.device == two.device != other.device


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2,3", "columns"),
        (make_row(user=""), "user"),
        (make_row(at="yesterday"), "timestamp"),
        (make_row(ip="nowhere"), "IP"),
    ],
    ids=["short", "user", "time", "ip"],
)
def test_a_malformed_row_is_told_by_line_and_reason(tmp_path, row, reason):
    good, bad = read(tmp_path, make_row(), row)
    assert isinstance(good, Login)
    assert isinstance(bad, RowProblem)
    assert bad.line == 3
    assert reason in bad.reason


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(LoginFileUnreadableError, match="ASN"):
        read(tmp_path, header=HEADER.replace("ASN", "Number"))


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "rba.csv").write_text("")
    with pytest.raises(LoginFileUnreadableError):
        list(read_rba(tmp_path / "rba.csv"))


def test_moments_are_read_in_every_published_form():
    moment = datetime(2020, 2, 3, 12, 43, 30, tzinfo=UTC)
    assert read_moment("2020-02-03 12:43:30") == moment
    assert read_moment("2020-02-03T13:43:30+01:00") == moment
    assert read_moment(str(int(moment.timestamp()))) == moment
    assert read_moment(str(int(moment.timestamp()) * 1000)) == moment
    assert read_moment("9" * 30) is None
