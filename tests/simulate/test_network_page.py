from jacana.simulate.network.page import render_page

DELIVERY = {
    "received_at": "2026-05-01T12:00:00.000Z",
    "kind": "ban_account",
    "target_id": "anna",
    "reason": "known material",
    "decided_by": "policy:x",
    "applied": True,
    "duplicates": 2,
}


def test_an_empty_network_says_so():
    page = render_page({"uploads": {}, "accounts": {}, "devices": {}}, [])
    assert page.count("none yet") == 4


def test_states_and_instructions_are_shown():
    page = render_page({"uploads": {"clip-1": "removed"}, "accounts": {}, "devices": {}}, [DELIVERY])
    assert '>clip-1</span></td><td><span class="state removed">removed</span></td>' in page
    assert "ban account" in page
    assert "1 instructions, 2 repeats recognised" in page
    assert "overtaken" in render_page({}, [{**DELIVERY, "applied": False}])


def test_who_must_prove_who_they_are_has_a_title_of_its_own():
    page = render_page({"accounts": {"anna": "active"}, "reauth": {"anna": "required"}}, [])
    assert '<h2>Signed out, and asked who they are</h2><div class="wide"><table><thead><tr><th>Account</th>' in page
    assert '<span class="state required">required</span>' in page


def test_nothing_that_was_received_becomes_markup():
    evil = "<script>alert(1)</script>\"'&"
    strings = dict.fromkeys(("received_at", "kind", "target_id", "reason", "decided_by"), evil)
    page = render_page({"uploads": {evil: evil}}, [{**DELIVERY, **strings}])
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_times_and_long_ids_are_short_and_whole_on_hover():
    upload = "upload_01976f3a-0000-7000-8000-00000abcdef0"
    delivery = {**DELIVERY, "target_id": upload, "decided_by": "user:user_01976f3a-0000-7000-8000-000000654321"}
    page = render_page({"uploads": {upload: "removed"}}, [delivery])
    assert page.count(f'title="{upload}">…bcdef0<') == 2
    assert '<time title="2026-05-01T12:00:00.000Z">2026-05-01 12:00:00</time>' in page
    assert 'user <span class="id" title="user_01976f3a-0000-7000-8000-000000654321">…654321<' in page
    assert "policy <" in render_page({}, [DELIVERY])


def test_what_it_was_told_comes_before_what_became_of_it():
    page = render_page({"uploads": {"clip-1": "removed"}}, [DELIVERY])
    assert page.index("<h2>Instructions") < page.index("<h2>Uploads")
    assert page.endswith("</body></html>")


def test_the_page_is_dark_where_the_reader_s_screen_is():
    page = render_page({}, [])
    assert "prefers-color-scheme: dark" in page
    assert "th, time, .id { white-space: nowrap }" in page
