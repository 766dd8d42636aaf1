import pytest
from console_floor import PASSWORD, Floor, find_value, token_of

from jacana.web.attempts import ATTEMPTS, WINDOW_SECONDS
from jacana.web.console.login import _inside

pytestmark = pytest.mark.xdist_group("console")


def log_in(client, name: str = "rita", password: str = PASSWORD, **fields: str):
    page = client.get("/console/login")
    return client.post(
        "/console/login", data={"name": name, "password": password, "csrf": find_value(page, "csrf")} | fields
    )


def test_a_log_in_opens_a_session_and_leads_on(floor: Floor):
    client = floor.client()
    answer = log_in(client, next="/console/reports")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/reports"
    cookies = answer.headers.get_list("set-cookie")
    assert any(c.startswith("jacana=") and "HttpOnly" in c and "SameSite=strict" in c for c in cookies)
    assert client.get("/console/").status_code == 200


@pytest.mark.parametrize(
    ("name", "home"), [("rita", "/console/"), ("adam", "/console/actions/dead"), ("olga", "/console/")]
)
def test_each_role_starts_where_it_may_be(floor: Floor, name: str, home: str):
    client = floor.client()
    assert log_in(client, name).headers["location"] == home
    assert client.get(home).status_code == 200


@pytest.mark.parametrize(("name", "password"), [("rita", "wrong password 1"), ("nobody", PASSWORD)])
def test_a_refusal_says_the_same_whatever_was_wrong(floor: Floor, name: str, password: str):
    client = floor.client()
    answer = log_in(client, name, password)
    assert answer.status_code == 401
    assert "name or the password is wrong" in answer.text.lower()
    assert password not in answer.text
    assert client.get("/console/").status_code == 303


def test_too_many_attempts_from_one_address_must_wait(floor: Floor):
    client = floor.client()
    for _ in range(ATTEMPTS):
        assert log_in(client, "nobody").status_code == 401
    answer = log_in(client)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == str(WINDOW_SECONDS)
    assert "too many attempts" in answer.text.lower()
    assert floor.verbs().count("user.login_failed") == 1
    floor.clock.advance(WINDOW_SECONDS)
    assert log_in(client).status_code == 303


def test_a_forged_log_in_form_is_refused(floor: Floor):
    client, other = floor.client(), floor.client()
    other.get("/console/login")
    page = client.get("/console/login")
    stolen = find_value(page, "csrf")
    answer = other.post("/console/login", data={"name": "rita", "password": PASSWORD, "csrf": stolen})
    assert answer.status_code == 403
    assert "jacana=" not in " ".join(answer.headers.get_list("set-cookie"))
    assert "user.logged_in" not in floor.verbs()[-1:]


def test_logging_in_again_ends_the_session_before(floor: Floor):
    client = floor.client("rita")
    before = client.cookies["jacana"]
    client.cookies.delete("jacana-login")
    # the form is not shown to somebody who is logged in, so fetch it without the cookie
    other = floor.client()
    page = other.get("/console/login")
    other.cookies.set("jacana", before)
    fields = {"name": "ralf", "password": PASSWORD, "csrf": find_value(page, "csrf")}
    assert other.post("/console/login", data=fields).status_code == 303
    assert client.get("/console/").status_code == 303


def test_logging_out_ends_the_session_on_the_server(floor: Floor):
    client = floor.client("rita")
    token = client.cookies["jacana"]
    answer = client.post("/console/logout", data={"csrf": token_of(client)})
    assert answer.status_code == 303
    assert "cache" in answer.headers["clear-site-data"]
    client.cookies.set("jacana", token)
    assert client.get("/console/").status_code == 303


def test_somebody_logged_in_is_not_asked_again(floor: Floor):
    assert floor.client("rita").get("/console/login?next=/console/reports").headers["location"] == "/console/reports"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test",
        "/console//evil.test",
        "https://evil.test/console/",
        "/console/\\evil",
        "/console/login",
        "/v1/uploads",
        "/console/a\r\nx: y",
        "",
    ],
)
def test_a_log_in_sends_nobody_elsewhere(path: str):
    assert _inside(path) is None


def test_a_place_in_the_console_is_remembered(floor: Floor):
    answer = floor.client().get("/console/cases/case_x")
    assert answer.headers["location"] == "/console/login?next=/console/cases/case_x"
    assert find_value(floor.client().get(answer.headers["location"]), "next") == "/console/cases/case_x"
