"""The console as a person meets it: dead buttons, held keys, undo, the second confirmation, and no script at all."""

import time
from collections.abc import Callable

import pytest
from console_floor import Floor
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OpenPage = Callable[..., Page]


def take(page: Page, floor: Floor, account: str = "bertram") -> str:
    case = floor.cases()[account]
    page.goto(f"/console/cases/{case}")
    page.get_by_role("button", name="Take this case").click()
    page.wait_for_selector("form.decide")
    page.wait_for_load_state("load")  # before that, no key is listened to
    return case


def decisions(floor: Floor, case: str):
    with floor.stages.db.read() as connection:
        return floor.stages.desk.get_case(connection, case).decisions


def views(floor: Floor, case: str):
    with floor.stages.db.read() as connection:
        return floor.stages.desk.list_views(connection, case)


def first_form(page: Page):
    return page.locator("form.decide").first


def alive(page: Page):
    button = first_form(page).get_by_role("button", name="Decide")
    expect(button).to_be_enabled()
    return button


def fill(page: Page, verdict: str = "confirmed", reason: str = "matched frames agree") -> None:
    first_form(page).locator(f"input[name=verdict][value={verdict}]").check()
    first_form(page).locator("textarea").fill(reason)


def test_a_person_logs_in_and_sees_the_queue(floor: Floor, open_browser: OpenPage, complaints: list[str]):
    page = open_browser(None)
    page.get_by_label("Name").fill("rita")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    assert len(complaints) == 1  # the 401 itself
    complaints.clear()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("[data-case]")).to_have_count(3)
    expect(page.locator("[data-case]").nth(1)).to_contain_text("No view needed")


def test_decide_buttons_are_dead_at_first_and_then_alive(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    take(page, floor)
    button = first_form(page).get_by_role("button", name="Decide")
    expect(button).to_be_disabled()
    began = time.monotonic()
    alive(page)
    assert time.monotonic() - began > 0.6
    # the second file is below the fold: its clock has not even begun
    expect(page.locator("form.decide").nth(1).get_by_role("button", name="Decide")).to_be_disabled()


def test_a_double_key_press_decides_nothing(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor)
    fill(page)
    for _ in range(2):
        page.keyboard.press("Control+Enter")
    page.keyboard.press("Enter")
    first_form(page).evaluate("form => form.requestSubmit()")
    page.wait_for_timeout(300)
    assert not decisions(floor, case)


def test_a_double_key_press_never_decides_the_next_file(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor)
    alive(page)
    fill(page)
    page.keyboard.down("Control")
    for _ in range(6):
        page.keyboard.down("Enter")  # held down: the browser repeats it
    page.keyboard.up("Enter")
    page.keyboard.up("Control")
    page.wait_for_selector("text=applies in")
    for _ in range(3):
        page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    assert len(decisions(floor, case)) == 1


def test_enter_on_a_choice_submits_nothing(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor)
    alive(page)
    fill(page)
    first_form(page).locator("input[name=verdict]:checked").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert not decisions(floor, case)


def test_material_shows_only_while_held_and_each_look_is_logged(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor)
    stage = page.locator("safe-media .stage").first
    assert page.locator("video").count() == 0
    assert not views(floor, case)
    stage.hover()
    page.mouse.down()
    expect(stage).to_have_class("stage loaded revealed")
    video = page.locator("video").first
    page.wait_for_timeout(700)
    assert video.evaluate("v => [v.muted, v.paused, getComputedStyle(v).filter]") == [True, False, "grayscale(1)"]
    page.mouse.up()
    expect(stage).to_have_class("stage loaded")
    assert video.evaluate("v => v.paused")
    assert "blur" in video.evaluate("v => new Promise(r => setTimeout(() => r(getComputedStyle(v).filter), 200))")
    expect(page.locator("[data-seen]").first).to_contain_text("Seen 0:0")
    (view,) = views(floor, case)
    assert view.user_id == floor.user_id("rita")
    assert 300 < view.revealed_ms < 5000
    assert 0.2 < view.seen_seconds < 3
    page.locator("[data-hold]").first.focus()
    page.keyboard.down(" ")
    expect(stage).to_have_class("stage loaded revealed")
    page.keyboard.up(" ")
    expect(stage).to_have_class("stage loaded")
    assert len(views(floor, case)) == 2


@pytest.mark.parametrize("hide", ["escape", "blur", "pagehide"])
def test_everything_that_takes_the_eyes_away_hides_it(floor: Floor, open_browser: OpenPage, hide: str):
    page = open_browser()
    take(page, floor)
    stage = page.locator("safe-media .stage").first
    page.keyboard.down("v")
    expect(stage).to_have_class("stage loaded revealed")
    if hide == "escape":
        page.keyboard.press("Escape")
    else:
        page.evaluate(f"window.dispatchEvent(new Event('{hide}'))")
    expect(stage).to_have_class("stage loaded")
    page.keyboard.down("v")  # a repeat of the key that is still held
    page.wait_for_timeout(200)
    expect(stage).to_have_class("stage loaded")


def test_watching_to_the_end_counts_as_the_whole_file(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor)
    first_form(page).locator("input[value=confirmed]").check()
    classes = first_form(page).locator("input[name=classification]").first
    expect(classes).to_be_disabled()
    expect(first_form(page).get_by_text("Only for somebody who has seen the whole file")).to_be_visible()
    page.locator(".item").first.focus()
    page.keyboard.down("v")
    expect(page.locator("[data-seen]").first).to_have_text("You have seen the whole file.", timeout=15_000)
    page.keyboard.up("v")
    (view,) = views(floor, case)
    assert view.whole
    assert len(view.served) == 1
    expect(classes).to_be_enabled()
    expect(first_form(page).get_by_text("Only for somebody who has seen the whole file")).to_be_hidden()


def test_a_frames_time_moves_the_video(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    take(page, floor)
    cell = page.locator(".frames [data-seek]").nth(40)
    seconds = float(cell.get_attribute("data-seek"))
    assert seconds > 1
    cell.get_by_role("button").click()
    expect(page.locator("[data-position]").first).to_contain_text(f"0:0{seconds:.1f}")
    page.keyboard.down("v")
    page.wait_for_selector(".stage.revealed")
    assert page.locator("video").first.evaluate("v => v.currentTime") >= seconds
    page.keyboard.up("v")


def test_keys_choose_a_verdict_and_move_between_files(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    take(page, floor)
    page.keyboard.press("2")
    expect(first_form(page).locator("input[value=violating]")).to_be_checked()
    expect(first_form(page).locator(".only-confirmed")).to_be_hidden()
    page.keyboard.press("1")
    expect(first_form(page).locator(".only-confirmed")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("v 1 2 3 j k")
    expect(first_form(page).locator("textarea")).to_have_value("v 1 2 3 j k")
    expect(first_form(page).locator("input[value=confirmed]")).to_be_checked()
    first_form(page).locator("input[value=confirmed]").focus()
    page.keyboard.press("j")
    expect(page.locator(".item").nth(1)).to_have_class("card item active")


def test_a_verdict_can_be_undone(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor)
    alive(page)
    fill(page)
    first_form(page).get_by_role("button", name="Decide").click()
    expect(page.get_by_text("applies in").first).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("form.decide")).to_have_count(2)
    assert decisions(floor, case)[0].undone_at


def test_the_undo_button_dies_when_the_window_ends(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    take(page, floor)
    alive(page)
    fill(page)
    first_form(page).get_by_role("button", name="Decide").click()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    expect(page.get_by_text("is being applied")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_case_page_shows_by_itself_that_the_verdict_was_applied(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    take(page, floor)
    alive(page)
    fill(page)
    first_form(page).get_by_role("button", name="Decide").click()
    expect(page.get_by_text("is being applied")).to_be_visible(timeout=10_000)
    page.locator("textarea").first.fill("written meanwhile")
    floor.drain()
    page.wait_for_timeout(2500)
    expect(page.locator("textarea").first).to_have_value("written meanwhile")
    page.locator("textarea").first.fill("")
    page.locator("textarea").first.blur()
    expect(page.locator("[data-applies]")).to_have_count(0)
    expect(page.locator("[data-renew]")).to_have_count(0)


def test_a_report_is_filed_by_a_second_different_confirmation(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    case = take(page, floor, "bertram")
    for _ in range(2):
        alive(page)
        fill(page)
        first_form(page).get_by_role("button", name="Decide").click()
        expect(page.get_by_text("applies in").first).to_be_visible()
    page.wait_for_timeout(7000)
    floor.drain()
    page.goto(f"/console/cases/{case}")
    page.locator("aside a[href*='/console/reports/']").click()
    expect(page.locator(".band b")).to_have_text("SANDBOX")
    approve = page.get_by_role("button", name="Approve and file")
    approve.click()
    expect(page.get_by_text("Not recorded, and left out")).to_be_visible()  # still here: the box is not checked
    page.get_by_label("I have checked the account and the files.").check()
    page.get_by_label("Type FILE to confirm").fill("FILE")
    approve.click()
    expect(page.locator(".page-head .chip")).to_have_text("Approved")
    expect(page.get_by_text("Exactly as submitted")).to_be_visible()


def test_the_queue_renews_itself(floor: Floor, open_browser: OpenPage):
    page = open_browser()
    page.clock.install()
    page.goto("/console/")
    row = page.locator("[data-case]").first
    expect(row).to_contain_text("nobody")
    with floor.stages.db.write() as connection:
        floor.stages.desk.lease_case(connection, floor.cases()["bertram"], floor.user_id("ralf"))
    page.clock.fast_forward(16_000)
    expect(row).to_contain_text("ralf")


def test_deciding_works_without_script(floor: Floor, open_browser: OpenPage, complaints: list[str]):
    page = open_browser(java_script_enabled=False)
    case = take(page, floor)
    expect(page.get_by_text("Looking needs script").first).to_be_visible()
    fill(page, "violating", "breaks the rules")
    first_form(page).get_by_role("button", name="Decide").click()
    if page.get_by_text("too short a time").is_visible():  # the server holds back who decides at a glance
        complaints.clear()
        page.get_by_role("link", name="Look again").click()
        fill(page, "violating", "breaks the rules")
    page.wait_for_timeout(1300)
    if not decisions(floor, case):
        first_form(page).get_by_role("button", name="Decide").click()
    expect(page.get_by_text("applies in").first).to_be_visible()
    assert len(decisions(floor, case)) == 1
    page.get_by_role("button", name="Undo").click()
    assert decisions(floor, case)[0].undone_at
