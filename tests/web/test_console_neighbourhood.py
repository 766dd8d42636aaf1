"""The picture: boxes that do not overlap, words instead of ids, and a table that says the same."""

import dataclasses
import itertools

from test_console_nearest import lay

from jacana.model.tie import TieKind
from jacana.web.console.neighbourhood import BOX_HEIGHT, BOX_WIDTH, NAMES, draw_neighbourhood


def test_the_centre_is_marked_and_things_are_words():
    picture = draw_neighbourhood(lay((TieKind.DEVICE, "me bad"), (TieKind.CONTENT, "me bad"), confirmed=("bad",)))
    centre, other = picture.nodes[:2]
    assert centre.note == "this account" and "centre" in centre.classes
    assert other.note == "confirmed 21 May 2026" and {"confirmed", "evidence"} <= set(other.classes.split())
    assert {(node.label, node.note) for node in picture.nodes[2:]} == {
        ("Device", "seen 4 times"),
        ("Identical file", "seen 4 times"),
    }
    assert "device-0" not in repr(picture)


def test_the_tie_of_evidence_is_drawn_last_and_a_network_is_no_evidence():
    picture = draw_neighbourhood(lay((TieKind.DEVICE, "me bad"), (TieKind.NETWORK, "me bad"), confirmed=("bad",)))
    assert [line.classes for line in picture.lines] == ["tie network"] * 2 + ["tie evidence"] * 2
    assert [row.evidence for row in picture.rows] == [True, False]


def test_boxes_do_not_overlap_and_lie_in_the_picture():
    groups = [(TieKind.DEVICE, f"me a{place}") for place in range(7)] + [
        (TieKind.PAYMENT, "a1 b c"),
        (TieKind.CONTENT, "a2 c"),
    ]
    picture = draw_neighbourhood(lay(*groups))
    for one, other in itertools.combinations(picture.nodes, 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    for node in picture.nodes:
        assert 0 <= node.x <= picture.width - BOX_WIDTH and 0 <= node.y <= picture.height - BOX_HEIGHT


def test_what_is_left_out_is_counted():
    found = lay(*((TieKind.DEVICE, f"me n{place}") for place in range(30)))
    picture = draw_neighbourhood(found)
    shown = sum(node.account_id is not None for node in picture.nodes)
    things = len(picture.nodes) - shown
    left_out = f"{31 - shown} more accounts and {30 - things} more shared things"
    assert picture.notes == (f"And {left_out} that the picture has no room for.",)


def test_crowded_things_are_told():
    picture = draw_neighbourhood(
        dataclasses.replace(lay((TieKind.DEVICE, "me a")), crowded={"device": 1, "content": 2})
    )
    assert picture.notes == ("3 things are shared by so many accounts that nothing follows; they are not drawn.",)


def test_the_table_holds_every_thing_and_who_has_it():
    picture = draw_neighbourhood(lay((TieKind.DEVICE, "me a"), (TieKind.DEVICE, "me b"), (TieKind.PAYMENT, "a b")))
    assert [row.name for row in picture.rows] == ["Device 1", "Device 2", "Payment method"]
    assert [[holder.account_id for holder in row.holders] for row in picture.rows] == [
        ["me", "a"],
        ["me", "b"],
        ["a", "b"],
    ]
    assert picture.rows[0].holders[0].times == "2 times, 21 May 2026"


def test_a_long_id_keeps_both_ends_and_its_title_is_whole():
    name = "account-with-a-very-long-name-7"
    node = draw_neighbourhood(lay((TieKind.DEVICE, f"me {name}")), organisations={name}).nodes[1]
    assert node.label.startswith("account") and node.label.endswith("name-7") and len(node.label) <= 17
    assert node.title == f"Account {name}: verified organisation" and node.note == "verified organisation"


def test_an_account_alone_has_no_picture_and_every_kind_a_name():
    assert draw_neighbourhood(lay()).empty
    assert NAMES.keys() == set(TieKind)


def test_a_picture_of_five_columns_may_shrink_and_one_of_seven_scrolls():
    five = draw_neighbourhood(lay((TieKind.DEVICE, "me a"), (TieKind.DEVICE, "a b")))
    seven = draw_neighbourhood(
        lay((TieKind.DEVICE, "me a"), (TieKind.DEVICE, "a b"), (TieKind.DEVICE, "b c"), confirmed=("c",))
    )
    three = draw_neighbourhood(lay((TieKind.DEVICE, "me a")))
    assert (three.wide, five.wide, seven.wide) == (False, True, False)
