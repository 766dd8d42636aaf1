"""Rows of the view log."""

from datetime import timedelta

import pytest
from review_floor import Floor, sha256_of

from jacana.review.cases import View, ViewPurpose
from jacana.review.errors import ViewMissingError
from jacana.review.viewlog import store

FILE = sha256_of("f")


def begin(floor: Floor, id: str, user_id: str = "anna", case_id: str = "case_1") -> View:
    view = View(id, user_id, case_id, FILE, ViewPurpose.DECIDE, floor.clock(), None, (), 0.0, 0, False)
    floor.do(lambda c: store.insert_view(c, view))
    return view


def test_a_view_comes_back_as_it_went_in(floor: Floor) -> None:
    view = begin(floor, "view_1")
    assert floor.do(lambda c: store.load_view(c, "view_1", "anna")) == view
    saved = floor.do(lambda c: store.save_progress(c, view, ((0.0, 1.5), (2.0, 4.25)), 3000, True))
    assert (saved.seen_seconds, saved.revealed_ms, saved.whole) == (3.75, 3000, True)
    assert floor.do(lambda c: store.load_view(c, "view_1", "anna")) == saved


def test_a_view_belongs_to_one_person(floor: Floor) -> None:
    begin(floor, "view_1")
    for view_id, user_id in (("view_1", "ben"), ("view_none", "anna")):
        with pytest.raises(ViewMissingError):
            floor.do(lambda c, view_id=view_id, user_id=user_id: store.load_view(c, view_id, user_id))


def test_ending_touches_only_open_views_of_the_person(floor: Floor) -> None:
    for view_id, user_id in (("view_1", "anna"), ("view_2", "anna"), ("view_3", "ben")):
        begin(floor, view_id, user_id)
    first = floor.clock()
    floor.do(lambda c: store.end_views(c, "anna", first, "view_1"))
    floor.clock.advance(5)
    floor.do(lambda c: store.end_views(c, "anna", floor.clock()))
    ended = {view.id: view.ended_at for view in floor.do(lambda c: store.list_views(c, "case_1"))}
    assert ended == {"view_1": first, "view_2": floor.clock(), "view_3": None}


def test_ranges_and_whole_are_per_person(floor: Floor) -> None:
    one, two = begin(floor, "view_1"), begin(floor, "view_2", "ben")
    floor.do(lambda c: store.save_progress(c, one, ((0.0, 1.0),), 10, False))
    floor.do(lambda c: store.save_progress(c, two, ((0.0, 9.0),), 10, True))
    assert floor.do(lambda c: store.list_ranges(c, "anna", FILE)) == [(0.0, 1.0)]
    assert floor.do(lambda c: store.has_viewed_whole(c, FILE, None))
    assert floor.do(lambda c: store.has_viewed_whole(c, FILE, "ben"))
    assert not floor.do(lambda c: store.has_viewed_whole(c, FILE, "anna"))
    assert not floor.do(lambda c: store.has_viewed_whole(c, sha256_of("g"), None))


def test_exposure_adds_up_since_a_moment(floor: Floor) -> None:
    start = floor.clock()
    for view_id in ("view_1", "view_2"):
        view = begin(floor, view_id)
        floor.do(lambda c, view=view: store.save_progress(c, view, (), 1500, False))
        floor.clock.advance(60)
    assert floor.do(lambda c: store.sum_exposure(c, "anna", start)) == 3000
    assert floor.do(lambda c: store.sum_exposure(c, "anna", start + timedelta(seconds=30))) == 1500
    assert floor.do(lambda c: store.sum_exposure(c, "ben", start)) == 0
