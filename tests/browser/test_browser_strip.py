"""Matched seconds under the player: drawn, said, clicked; the part that matches is framed; looking stays logged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from console_floor import Floor, send_upload
from playwright.sync_api import Page, expect

from jacana.simulate.clips import draw_clip, mirror_clip

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OpenPage = Callable[..., Page]


@pytest.fixture
def mirrored(floor: Floor, tmp_path: Path) -> str:
    """A case of a mirrored, cropped copy between borders; return its id."""
    draw_clip(tmp_path / "known.mp4", 1, seconds=3, size=(320, 240))
    mirror_clip(tmp_path / "known.mp4", tmp_path / "mirror.mp4")
    send_upload(floor.stages, tmp_path / "mirror.mp4", "edna", "public")
    floor.drain()
    return floor.cases()["edna"]


def take(page: Page, case: str) -> None:
    page.goto(f"/console/cases/{case}")
    page.get_by_role("button", name="Take this case").click()
    page.wait_for_selector("form.decide")
    page.wait_for_load_state("load")


def views(floor: Floor, case: str):
    with floor.stages.db.read() as connection:
        return floor.stages.desk.list_views(connection, case)


def test_a_click_on_a_stretch_moves_the_video_and_shows_nothing(floor: Floor, open_browser: OpenPage, mirrored: str):
    page = open_browser()
    take(page, mirrored)
    strip = page.get_by_label("Matched seconds of this file")
    expect(strip).to_contain_text("known-a.mp4")
    stretch = strip.locator("[data-stretch]").first
    start = float(stretch.get_attribute("data-stretch"))
    page.locator("[data-seekbar]").evaluate("bar => { bar.value = '2.9'; bar.dispatchEvent(new Event('input')) }")
    stretch.click()
    expect(page.locator("[data-position]")).to_contain_text(f"0:0{start:.1f}")
    head = strip.locator("[data-playhead]").first
    assert float(head.get_attribute("x1")) == pytest.approx(1000 * start / 3, abs=20)
    assert page.locator("video").count() == 0  # moving loads nothing and looks at nothing
    assert not views(floor, mirrored)
    strip.get_by_role("button").first.click()  # the same by keyboard: its time is a button
    assert page.locator("video").count() == 0


def test_the_part_that_matches_is_framed_on_the_hidden_and_on_the_shown_picture(
    floor: Floor, open_browser: OpenPage, mirrored: str
):
    page = open_browser()
    take(page, mirrored)
    stage = page.locator(".stage")
    frame = stage.locator("[data-part] .edge-inner").first
    expect(frame).to_be_hidden()  # nothing is loaded
    page.locator(".item").first.focus()
    page.keyboard.down("v")
    expect(stage).to_have_class("stage loaded revealed")
    expect(frame).to_be_visible()
    expect(page.get_by_text("The yellow frame over the picture")).to_be_visible()
    page.keyboard.up("v")
    expect(stage).to_have_class("stage loaded")
    expect(frame).to_be_visible()
    # where it lies: the picture fills the height of the stage, and borders above and below are left out
    video, drawn = page.locator("video").bounding_box(), frame.bounding_box()
    assert drawn["height"] < 0.95 * video["height"]
    assert drawn["y"] > video["y"]
    assert len(views(floor, mirrored)) == 1


def test_seeking_while_looking_counts_only_what_was_seen(floor: Floor, open_browser: OpenPage, mirrored: str):
    page = open_browser()
    take(page, mirrored)
    page.locator(".item").first.focus()
    page.keyboard.down("v")
    page.wait_for_selector(".stage.revealed")
    page.wait_for_timeout(300)
    page.locator("safe-media").evaluate("media => media.seek(2.5)")
    page.wait_for_timeout(300)
    page.keyboard.up("v")
    expect(page.locator("[data-seen]")).to_contain_text("not the whole file")
    (view,) = views(floor, mirrored)
    assert 0.2 < view.seen_seconds < 1.5
    assert not view.whole


def test_the_strip_says_it_all_without_script(floor: Floor, open_browser: OpenPage, mirrored: str):
    page = open_browser(java_script_enabled=False)
    take(page, mirrored)
    strip = page.get_by_label("Matched seconds of this file")
    expect(strip).to_contain_text("known-a.mp4")
    expect(strip).to_contain_text(", mirrored, ")
    expect(strip.locator(".stretch").first).to_be_visible()
    expect(strip.get_by_role("button")).to_have_count(0)
    expect(page.locator("[data-part] .edge-inner").first).to_be_hidden()
