"""The site holds API, console, static files and operations, and nothing that lists itself."""

from types import SimpleNamespace

from fastapi.testclient import TestClient

from jacana.web.site import create_site


def test_the_parts_are_mounted() -> None:
    site = create_site(SimpleNamespace(settings=SimpleNamespace(secure_cookies=True)))
    paths = set(site.openapi()["paths"])
    assert {"/v1/uploads", "/v1/uploads/{id}", "/v1/events"} <= paths
    assert not [path for path in paths if path.startswith("/console")]
    client = TestClient(site)
    assert client.get("/static/console.css").status_code == 200
    assert client.get("/docs").status_code == 404
