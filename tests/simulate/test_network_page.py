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
    assert '<td>clip-1</td><td><span class="state removed">removed</span></td>' in page
    assert "ban account" in page
    assert "1 instructions, 2 repeats recognised" in page
    assert "overtaken" in render_page({}, [{**DELIVERY, "applied": False}])


def test_nothing_that_was_received_becomes_markup():
    evil = "<script>alert(1)</script>\"'&"
    strings = dict.fromkeys(("received_at", "kind", "target_id", "reason", "decided_by"), evil)
    page = render_page({"uploads": {evil: evil}}, [{**DELIVERY, **strings}])
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6
