import pytest
from console_floor import Floor, find_value
from fastapi import FastAPI
from starlette.datastructures import Headers

from jacana.web.security import (
    CONTENT_SECURITY_POLICY,
    RequestForgedError,
    check_token,
    install_security,
    is_same_origin,
    login_cookie_name,
    session_cookie_name,
)

pytestmark = pytest.mark.xdist_group("console")


def test_no_inline_script_or_style_is_allowed():
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    "path", ["/console/login", "/console/", "/console/nothing", "/static/console.css", "/healthz", "/v1/nothing"]
)
def test_every_answer_carries_the_headers(floor: Floor, path: str):
    headers = floor.client().get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_console_pages_are_not_stored(floor: Floor):
    assert floor.client("rita").get("/console/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://a.test", "host": "a.test"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://a.test", "host": "a.test"}, True),
        ({"origin": "http://a.test:81", "host": "a.test"}, False),
        ({"origin": "http://evil.test", "host": "a.test"}, False),
        ({"origin": "null", "host": "a.test"}, False),
        ({"host": "a.test"}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_may_post(headers: dict[str, str], same: bool):
    assert is_same_origin(Headers(headers)) is same


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_post_from_elsewhere_changes_nothing(floor: Floor, site: str):
    client = floor.client("rita")
    case = floor.cases()["bertram"]
    fields = {"csrf": find_value(client.get("/console/"), "csrf")}
    before = floor.verbs()
    answer = client.post(f"/console/cases/{case}/lease", data=fields, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert floor.verbs() == before


def test_a_post_without_the_session_token_changes_nothing(floor: Floor):
    client, other = floor.client("rita"), floor.client("ralf")
    case = floor.cases()["bertram"]
    before = floor.verbs()
    for fields in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": find_value(other.get("/console/"), "csrf")}):
        assert client.post(f"/console/cases/{case}/lease", data=fields).status_code == 403
    assert floor.verbs() == before


def test_a_form_beyond_the_limit_is_refused_unread(floor: Floor):
    assert floor.client("rita").post("/console/logout", content=b"a" * 70_000).status_code == 413


def test_tokens_must_be_equal_and_present():
    check_token("abc", "abc")
    for sent, expected in (("abd", "abc"), (None, "abc"), ("", ""), (7, "abc")):
        with pytest.raises(RequestForgedError):
            check_token(sent, expected)


def test_secure_cookies_are_bound_to_the_host(floor: Floor):
    import dataclasses

    secure = dataclasses.replace(floor.stages.settings, secure_cookies=True)
    assert session_cookie_name(secure).startswith("__Host-")
    assert login_cookie_name(secure).startswith("__Host-")
    floor.site.state.stages = dataclasses.replace(floor.stages, settings=secure)
    answer = floor.client().get("/console/login")
    cookie = answer.headers["set-cookie"]
    assert "__Host-jacana-login=" in cookie
    for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"]


def test_a_route_may_set_a_stricter_policy_of_its_own(floor: Floor):
    from fastapi import Response

    site = FastAPI()
    site.state.stages = floor.stages
    install_security(site)

    @site.get("/own")
    def own() -> Response:
        return Response("x", headers={"content-security-policy": "sandbox"})

    from console_floor import Browser

    assert Browser(site).get("/own").headers["content-security-policy"] == "sandbox"
