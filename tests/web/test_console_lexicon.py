"""The lexicon's pages: masked to everybody, in clear only for a reason, active only by two."""

import pytest
from console_floor import Floor, find_value, forms_of
from lxml import html

from jacana.audit import last_entry, list_entries
from jacana.model.term import MatchMode, Term, TermState

pytestmark = pytest.mark.xdist_group("console")

WORDS = ("zorvalim", "quandrel", "mirtavol")


def words(page) -> str:
    return " ".join(" ".join(html.fromstring(page.text).itertext()).split())


def add(floor: Floor, text: str = "zorvalim", actor: str = "cli:test", **changes: object) -> str:
    values = {"source": "a <b>partner</b>", "licence": "own", "requires": ("quandrel",), "unless": ("mirtavol",)}
    term = Term("", text, MatchMode.CANONICAL, 4, TermState.CANDIDATE, fields=("bio",), **{**values, **changes})
    with floor.stages.db.write() as connection:
        return floor.stages.lexicon.add_term(connection, term, actor)


def show(floor: Floor, term_id: str):
    with floor.stages.db.read() as connection:
        return floor.stages.lexicon.show_term(connection, term_id)


def entries(floor: Floor, term_id: str) -> list:
    with floor.stages.db.read() as connection:
        return [entry for _, entry in list_entries(connection, subject=term_id)]


@pytest.mark.parametrize("name", ["rita", "lena", "olga"])
def test_everybody_who_sees_terms_sees_them_masked(floor: Floor, name: str) -> None:
    term_id = add(floor)
    client = floor.client(name)
    pages = [client.get("/console/lexicon"), client.get(f"/console/lexicon/{term_id}")]
    for page in pages:
        assert page.status_code == 200
        assert "z•••••m (8)" in words(page) and "a <b>partner</b>" in words(page)
        assert not [word for word in WORDS if word in page.text]
    assert pages[1].headers["cache-control"] == "no-store"
    assert "Bio, requires 1, unless 1" in words(pages[0])


def test_terms_are_filtered_and_paged(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    from jacana.web.console import lexicon

    monkeypatch.setattr(lexicon, "PAGE_LENGTH", 2)
    ids = [add(floor, f"zorvalim{letter}", source=letter) for letter in "abc"]
    client = floor.client("lena")
    first, second = client.get("/console/lexicon"), client.get("/console/lexicon?offset=2")
    assert ("Older" in words(first), "Newer" in words(first)) == (True, False)
    assert ("Older" in words(second), "Newer" in words(second)) == (False, True)
    assert sum(term_id in first.text for term_id in ids) == 2
    of_a = client.get("/console/lexicon?source=a&state=candidate").text
    assert [term_id for term_id in ids if term_id in of_a] == ids[:1]
    assert "No terms here" in words(client.get("/console/lexicon?state=active"))
    assert client.get("/console/lexicon?state=famous").status_code == 422


def test_two_leads_make_a_term_active(floor: Floor) -> None:
    from jacana.web.permissions import Role

    term_id = add(floor, actor=f"user:{floor.user_id('lena')}")
    with floor.stages.db.write() as connection:
        for name in ("lore", "luis"):
            floor.site.state.users.create(connection, name, Role.LEAD, "correct horse battery", "cli:test")
    path = f"/console/lexicon/{term_id}"
    own = floor.client("lena")
    page = own.get(path)
    assert "You added it, so two others must approve it." in words(page)
    assert forms_of(page, "/approve") == []
    assert own.post(f"{path}/approve", data={"csrf": find_value(page, "csrf")}).status_code == 409
    first = floor.client("lore")
    [form] = forms_of(first.get(path), "/approve")
    assert first.post(f"{path}/approve", data=form).status_code == 303
    assert show(floor, term_id).state is TermState.SHADOW
    page = first.get(path)
    assert "You approved it; another person must, too." in words(page) and "lore," in words(page)
    assert first.post(f"{path}/approve", data=form).status_code == 409
    second = floor.client("luis")
    assert "Approve and make active" in words(second.get(path))
    [form] = forms_of(second.get(path), "/approve")
    assert second.post(f"{path}/approve", data=form).headers["location"] == path
    assert show(floor, term_id).state is TermState.ACTIVE
    assert [entry.actor for entry in entries(floor, term_id) if entry.verb == "term.approved"] == [
        f"user:{floor.user_id('lore')}",
        f"user:{floor.user_id('luis')}",
    ]
    assert "Term approved" in words(second.get(path))


def test_several_are_approved_at_once_and_each_is_on_record(floor: Floor) -> None:
    ids = [add(floor, f"zorvalim{letter}") for letter in "abc"]
    client = floor.client("lena")
    page = client.get("/console/lexicon?state=candidate")
    assert page.text.count('name="term_ids"') == 3
    data = {"csrf": find_value(page, "csrf"), "state": "candidate", "term_ids": ids[:2]}
    answer = client.post("/console/lexicon/approve", data=data)
    assert answer.headers["location"] == "/console/lexicon?approved=2&active=0&state=candidate"
    assert [show(floor, term_id).state.value for term_id in ids] == ["shadow", "shadow", "candidate"]
    assert "2 terms approved." in words(client.get(answer.headers["location"]))
    again = client.post("/console/lexicon/approve", data=data)
    assert "approved=0" in again.headers["location"]
    assert all(entries(floor, term_id)[-1].verb == "term.approved" for term_id in ids[:2])


def test_a_reveal_needs_a_reason_and_is_on_record_first(floor: Floor) -> None:
    term_id = add(floor)
    path = f"/console/lexicon/{term_id}"
    client = floor.client("lena")
    [form] = forms_of(client.get(path), "/reveal")
    for reason in ("", "is it Zorvalim"):
        refused = client.post(f"{path}/reveal", data={**form, "because": reason})
        assert refused.status_code == 422
        assert "Not shown" in words(refused) and "quandrel" not in refused.text
    assert "term.revealed" not in floor.verbs()
    shown = client.post(f"{path}/reveal", data={**form, "because": "to decide about it"})
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert all(word in words(shown) for word in WORDS)
    with floor.stages.db.read() as connection:
        entry = last_entry(connection, "term.revealed")
    assert entry is not None and entry.details == {"because": "to decide about it"}
    assert (entry.actor, entry.subject) == (f"user:{floor.user_id('lena')}", term_id)
    assert "zorvalim" not in client.get(path).text
    assert client.get(f"{path}/reveal").status_code in {404, 405}


def test_a_candidate_is_tried_and_a_term_retired(floor: Floor) -> None:
    term_id = add(floor)
    path = f"/console/lexicon/{term_id}"
    client = floor.client("lena")
    [form] = forms_of(client.get(path), "/shadow")
    assert client.post(f"{path}/shadow", data=form).status_code == 303
    assert show(floor, term_id).state is TermState.SHADOW
    assert forms_of(client.get(path), "/shadow") == []
    assert client.post(f"{path}/shadow", data=form).status_code == 409
    assert client.post(f"{path}/retire", data={**form, "because": "x"}).status_code == 422
    assert client.post(f"{path}/retire", data={**form, "because": "no use"}).status_code == 303
    assert show(floor, term_id).state is TermState.RETIRED
    assert forms_of(client.get(path), "/retire") == forms_of(client.get(path), "/approve") == []
    assert "no use" in words(client.get(path))


@pytest.mark.parametrize("name", ["rita", "olga", "adam"])
def test_nobody_else_approves_reveals_or_retires(floor: Floor, name: str) -> None:
    term_id = add(floor)
    client = floor.client(name)
    page = client.get(f"/console/lexicon/{term_id}")
    assert page.status_code == (403 if name == "adam" else 200)
    for action in ("approve", "shadow", "retire", "reveal"):
        assert forms_of(page, f"/{action}") == []
        data = {"csrf": find_value(client.get("/console/system" if name == "adam" else "/console/"), "csrf")}
        answer = client.post(f"/console/lexicon/{term_id}/{action}", data={**data, "because": "to see"})
        assert answer.status_code == 403
    assert client.post("/console/lexicon/approve", data={**data, "term_ids": [term_id]}).status_code == 403
    assert [entry.verb for entry in entries(floor, term_id)] == ["term.added"]


def test_an_unknown_term_is_no_page(floor: Floor) -> None:
    assert floor.client("lena").get("/console/lexicon/term_none").status_code == 404


def test_a_proposed_term_shows_what_speaks_for_it(floor: Floor) -> None:
    term = Term("", "zorvalim", MatchMode.TOKEN, 2, TermState.CANDIDATE, source="discovery", licence="own")
    figures = {"zorvalim": {"authors": 7, "background_authors": 1, "g2": 55.5}}
    with floor.stages.db.write() as connection:
        [term_id] = floor.stages.lexicon.propose_terms(connection, [term], figures, "cli:test")
    said = words(floor.client("rita").get(f"/console/lexicon/{term_id}"))
    assert "Confirmed authors 7 Other authors 1 G² 55.5" in said
    assert "Term proposed" in said
