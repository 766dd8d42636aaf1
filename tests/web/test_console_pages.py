import pytest
from console_floor import PEOPLE, Floor
from lxml import html

from jacana.web.console.pages import SECTIONS
from jacana.web.permissions import may

pytestmark = pytest.mark.xdist_group("console")


@pytest.mark.parametrize("name", PEOPLE)
def test_the_navigation_offers_exactly_what_is_allowed(floor: Floor, name: str):
    page = html.fromstring(floor.client(name).get("/console/nothing").text)
    offered = {link.get("href") for link in page.xpath("//nav[@aria-label='Sections']/a")}
    assert offered == {path for _, _, path, permission in SECTIONS if may(PEOPLE[name], permission)}


def test_no_page_loads_or_runs_anything_foreign_or_inline(floor: Floor):
    client = floor.client("lena")
    case = floor.cases()["bertram"]
    paths = [
        "/console/",
        f"/console/cases/{case}",
        "/console/reports",
        "/console/audit",
        "/console/system",
        "/console/banks",
    ]
    for path in [*paths, "/console/actions/dead", "/console/nothing"]:
        page = html.fromstring(client.get(path).text)
        assert not page.xpath("//@style | //style | //script[not(@src)]")
        assert not page.xpath("//@*[starts-with(name(), 'on')]")
        for address in page.xpath("//@src | //link/@href | //a/@href | //form/@action"):
            assert address.startswith(("/static/", "/console/", "#"))


def test_every_field_has_a_label_and_every_page_one_heading(floor: Floor):
    client = floor.client("lena")
    case = floor.cases()["bertram"]
    client.post(f"/console/cases/{case}/lease", data={"csrf": csrf(client)})
    for path in (
        "/console/",
        f"/console/cases/{case}",
        "/console/reports",
        "/console/audit",
        "/console/system",
        "/console/banks",
    ):
        page = html.fromstring(client.get(path).text)
        assert len(page.xpath("//h1")) == 1, path
        for field in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
            named = field.xpath("ancestor::label") or field.get("aria-label") or labelled(page, field)
            assert named, (path, html.tostring(field))


def test_every_form_that_posts_carries_the_token(floor: Floor):
    client = floor.client("lena")
    case = floor.cases()["bertram"]
    client.post(f"/console/cases/{case}/lease", data={"csrf": csrf(client)})
    for path in ("/console/", f"/console/cases/{case}", "/console/actions/dead"):
        for form in html.fromstring(client.get(path).text).forms:
            if form.method == "POST":
                assert dict(form.form_values()).get("csrf"), form.action


def csrf(client) -> str:
    return html.fromstring(client.get("/console/").text).xpath("//meta[@name='csrf']/@content")[0]


def labelled(page, field) -> bool:
    return bool(page.xpath(f"//label[@for='{field.get('id')}']"))
