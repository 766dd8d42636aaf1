"""Rows of the view log."""

from dataclasses import replace
from datetime import timedelta

import pytest
from review_floor import Floor, sha256_of

from jacana.audit import AuditEntry, append_entry
from jacana.db.tables.review import review_views
from jacana.review.cases import View, ViewPurpose
from jacana.review.errors import ViewMissingError
from jacana.review.viewlog import store

FILE = sha256_of("f")


def begin(floor: Floor, id: str, user_id: str = "anna", case_id: str = "case_1") -> View:
    view = View(id, user_id, case_id, FILE, ViewPurpose.DECIDE, floor.clock(), None, (), 0.0, 0, False)
    floor.do(lambda c: store.insert_view(c, view))
    return view


def prove(floor: Floor, view: View, **changes: object) -> View:
    """Log that the file was seen whole in the view, and note where."""
    told = AuditEntry(floor.clock(), f"user:{view.user_id}", store.SEEN_WHOLE, view.sha256, {"view_id": view.id})

    def work(connection) -> View:
        return store.save_whole(connection, view, append_entry(connection, replace(told, **changes)))

    return floor.do(work)


def test_a_view_comes_back_as_it_went_in(floor: Floor) -> None:
    view = begin(floor, "view_1")
    assert floor.do(lambda c: store.load_view(c, "view_1", "anna")) == view
    saved = replace(view, ranges=((0.0, 1.5), (2.0, 4.25)), seen_seconds=3.75, revealed_ms=3000)
    floor.do(lambda c: store.save_progress(c, saved))
    floor.do(lambda c: store.save_served(c, "view_1", ((0, 700), (900, 1000))))
    saved = prove(floor, replace(saved, served=((0, 700), (900, 1000))))
    assert (saved.whole, saved.whole_entry) == (True, 0)
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


def test_looks_and_whole_are_per_person(floor: Floor) -> None:
    one, two = begin(floor, "view_1"), prove(floor, begin(floor, "view_2", "ben"))
    assert floor.do(lambda c: store.list_looks(c, "anna", FILE)) == [one]
    assert floor.do(lambda c: store.list_looks(c, "ben", FILE)) == [two]
    assert floor.do(lambda c: store.has_viewed_whole(c, FILE, None))
    assert floor.do(lambda c: store.has_viewed_whole(c, FILE, "ben"))
    assert not floor.do(lambda c: store.has_viewed_whole(c, FILE, "anna"))
    assert not floor.do(lambda c: store.has_viewed_whole(c, sha256_of("g"), None))


@pytest.mark.parametrize("entry", [None, 0, 7])
def test_a_row_that_was_changed_by_hand_proves_nothing(floor: Floor, entry: int | None) -> None:
    begin(floor, "view_1")
    other = AuditEntry(floor.clock(), "user:anna", "media.viewed", FILE, {"view_id": "view_1"})
    floor.do(lambda c: append_entry(c, other))
    floor.do(lambda c: c.execute(review_views.update().values(whole=True, whole_entry=entry)))
    assert not floor.do(lambda c: store.has_viewed_whole(c, FILE, None))


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "user:ben"},
        {"subject": sha256_of("g")},
        {"verb": "media.viewed"},
        {"details": {"view_id": "view_2"}},
        {"details": {}},
    ],
)
def test_an_entry_about_something_else_proves_nothing(floor: Floor, changes: dict[str, object]) -> None:
    prove(floor, begin(floor, "view_1"), **changes)
    assert not floor.do(lambda c: store.has_viewed_whole(c, FILE, None))


def test_exposure_adds_up_since_a_moment(floor: Floor) -> None:
    start = floor.clock()
    for view_id in ("view_1", "view_2"):
        view = begin(floor, view_id)
        floor.do(lambda c, view=view: store.save_progress(c, replace(view, revealed_ms=1500)))
        floor.clock.advance(60)
    assert floor.do(lambda c: store.sum_exposure(c, "anna", start)) == 3000
    assert floor.do(lambda c: store.sum_exposure(c, "anna", start + timedelta(seconds=30))) == 1500
    assert floor.do(lambda c: store.sum_exposure(c, "ben", start)) == 0
