import asyncio
import math

import pytest
from console_floor import Browser, Floor, token_of
from console_steps import decide, take
from starlette.requests import ClientDisconnect

from jacana.model.errors import InputInvalidError
from jacana.web.console.media import MeteredResponse, read_ranges

pytestmark = pytest.mark.xdist_group("console")


def look(floor: Floor, client: Browser, case: str, index: int = 0, **fields: str):
    data = {"sha256": floor.sha256s(case)[index], "purpose": "decide", **fields}
    headers = {"X-CSRF-Token": token_of(client), "Accept": "application/json"}
    return client.post(f"/console/cases/{case}/views", data=data, headers=headers)


def progress(client: Browser, case: str, view: str, ranges: str, revealed_ms: int):
    headers = {"X-CSRF-Token": token_of(client), "Accept": "application/json"}
    data = {"ranges": ranges, "revealed_ms": str(revealed_ms)}
    return client.post(f"/console/cases/{case}/views/{view}", data=data, headers=headers)


def test_a_look_is_logged_before_bytes_are_given(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    sha256 = floor.sha256s(case)[0]
    assert client.get(f"/console/media/{case}/{sha256}?view=none").status_code == 403
    answer = look(floor, client, case)
    assert answer.status_code == 200
    assert floor.verbs()[-1] == "media.viewed"
    bytes_answer = client.get(answer.json()["media"])
    assert bytes_answer.status_code == 200
    assert bytes_answer.content[4:8] == b"ftyp"
    assert floor.verbs()[-1] == "object.read"


def test_the_bytes_come_guarded_and_under_our_own_type(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    headers = client.get(look(floor, client, case).json()["media"]).headers
    assert headers["content-type"] == "video/mp4"  # the uploader claimed text/html
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox;")
    assert headers["content-disposition"] == "inline"


def test_ranges_are_cut_from_the_whole(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    url = look(floor, client, case).json()["media"]
    whole = client.get(url).content
    part = client.get(url, headers={"Range": "bytes=100-1099"})
    assert part.status_code == 206
    assert part.content == whole[100:1100]
    assert part.headers["content-range"] == f"bytes 100-1099/{len(whole)}"
    assert client.get(url, headers={"Range": "bytes=-10"}).content == whole[-10:]
    beyond = client.get(url, headers={"Range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"


def test_a_look_belongs_to_one_person_one_case_and_one_file(floor: Floor):
    rita, lena = floor.client("rita"), floor.client("lena")
    case = take(floor, rita)
    url = look(floor, rita, case).json()["media"]
    assert lena.get(url).status_code == 409  # no lease
    assert floor.client("olga").get(url).status_code == 403
    assert floor.client().get(url).status_code == 303
    other = floor.sha256s(case)[1]
    assert rita.get(url.replace(floor.sha256s(case)[0], other)).status_code == 403


def test_without_the_lease_nothing_is_shown(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    url = look(floor, client, case).json()["media"]
    floor.clock.advance(floor.stages.settings.lease_seconds + 1)
    assert client.get(url).status_code == 409
    assert look(floor, client, case).status_code == 409


def test_a_look_elsewhere_ends_this_one(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    url = look(floor, client, case).json()["media"]
    look(floor, client, case, 1)
    assert client.get(url).status_code == 403


def test_looking_again_keeps_the_address_alive(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    url = look(floor, client, case).json()["media"]
    look(floor, client, case)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("destination", ["document", "iframe", "embed", "object"])
def test_material_is_no_page_of_its_own(floor: Floor, destination: str):
    client = floor.client("rita")
    case = take(floor, client)
    url = look(floor, client, case).json()["media"]
    assert client.get(url, headers={"Sec-Fetch-Dest": destination}).status_code == 403


def test_nobody_looks_at_what_needs_no_view(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client, "carla")
    answer = look(floor, client, case)
    assert answer.status_code == 409
    assert answer.json()["code"] == "console.decided_elsewhere"


def test_nobody_looks_at_what_is_decided(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    decide(floor, client, case)
    assert look(floor, client, case).status_code == 200  # may still be checked while it can be undone
    floor.clock.advance(60)
    floor.drain()
    assert look(floor, client, case).json()["code"] == "console.view_needless"


def test_watching_the_whole_file_is_what_counts_as_seen(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    begun = look(floor, client, case).json()
    view = begun["view"]
    assert client.get(begun["media"]).status_code == 200
    floor.clock.advance(1.5)
    half = progress(client, case, view, "0.000-1.500", 1500).json()
    assert not half["whole"]
    assert half["text"].startswith("Seen 0:01.5 of 0:03.0")
    floor.clock.advance(1.6)
    assert progress(client, case, view, "0.000-3.040", 3100).json()["whole"]
    page = client.get(f"/console/cases/{case}")
    assert "You have seen the whole file." in page.text
    assert "You had material on screen for 3 s today" in page.text
    decide(floor, client, case)
    with floor.stages.db.read() as connection:
        assert floor.stages.desk.get_case(connection, case).decisions[0].viewed_whole
    assert floor.verbs().count("media.seen_whole") == 1


def served(floor: Floor, case: str) -> list[tuple[tuple[float, float], ...]]:
    with floor.stages.db.read() as connection:
        return [view.served for view in floor.stages.desk.list_views(connection, case)]


def test_what_was_never_fetched_was_not_seen(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    begun = look(floor, client, case).json()
    floor.clock.advance(3.1)
    assert not progress(client, case, begun["view"], "0-3.1", 3100).json()["whole"]
    size = len(client.get(begun["media"], headers={"Range": "bytes=0-99"}).content)
    assert served(floor, case) == [((0, size),)]
    assert not progress(client, case, begun["view"], "0-3.1", 3100).json()["whole"]
    assert len(client.get(begun["media"], headers={"Range": "bytes=100-"}).content) > 1000
    assert progress(client, case, begun["view"], "0-3.1", 3100).json()["whole"]


def test_looking_at_the_head_of_an_answer_sends_nothing(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    begun = look(floor, client, case).json()
    assert client.get(begun["media"], headers={"Range": "bytes=999999999-"}).status_code == 416
    assert served(floor, case) == [()]


def test_only_what_went_out_counts_when_the_browser_hangs_up() -> None:
    noted: list[int] = []
    answer = MeteredResponse(iter([b"x" * 10, b"y" * 10, b"z" * 10]))
    answer.record_sent = noted.append
    sent: list[bytes] = []

    async def send(message) -> None:
        if len(sent) == 2:
            raise OSError("gone")
        if message["type"] == "http.response.body":
            sent.append(message["body"])

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    with pytest.raises(ClientDisconnect):
        asyncio.run(answer(scope, receive, send))
    assert noted == [20]


def test_what_cannot_have_been_seen_is_refused(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    view = look(floor, client, case).json()["view"]
    answer = progress(client, case, view, "0.000-3.040", 60_000)
    assert answer.status_code == 422
    assert answer.json()["code"] == "review.view_claim_invalid"


def test_progress_of_another_persons_look_is_refused(floor: Floor):
    rita, lena = floor.client("rita"), floor.client("lena")
    case = take(floor, rita)
    view = look(floor, rita, case).json()["view"]
    assert progress(lena, case, view, "0-1", 10).status_code == 403


def test_a_broken_file_is_never_seen_whole(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client, "dora")
    view = look(floor, client, case).json()["view"]
    floor.clock.advance(10)
    assert not progress(client, case, view, "0-2.1", 10_000).json()["whole"]


@pytest.mark.parametrize("text", ["1", "a-b", "1-2-3", "0-nan", "inf-inf", "-1-2"])
def test_ranges_that_cannot_be_read_are_refused(text: str):
    with pytest.raises(InputInvalidError):
        read_ranges(text)


def test_ranges_are_read_as_pairs():
    assert read_ranges("") == []
    assert read_ranges("0.000-1.500,3-4.25,") == [(0.0, 1.5), (3.0, 4.25)]
    assert all(math.isfinite(end) for _, end in read_ranges("0-1"))
