"""An account in a real browser: the picture, its links by keyboard, a verdict with dead keys and Undo, all schemes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from console_accounts import BYSTANDER, RINGLEADER, SUSPECT, seed_case
from console_floor import Floor
from playwright.sync_api import Page, expect
from test_browser_looks import CONTRAST

from jacana.model.clock import utc_now

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Contrast of what is drawn: text of the picture with the box behind it.
DRAWN = """() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const weak = [];
  for (const text of document.querySelectorAll('svg.links text')) {
    const box = text.parentElement.querySelector('.box');
    const [a, b] = [getComputedStyle(text).fill, getComputedStyle(box).fill].map(luminance).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(text.textContent);
    const [inner, outer] = [text.getBBox(), box.getBBox()];
    if (inner.x + inner.width > outer.x + outer.width) weak.push(`${text.textContent} is cut off`);
  }
  return weak;
}"""


@pytest.fixture
def floor(browser_world: Path, tmp_path: Path) -> Iterator[Floor]:
    copytree(browser_world, tmp_path / "data")
    basis = "a test with made-up accounts"
    made = Floor(tmp_path / "data", utc_now, decide_delay_ms=1200, undo_seconds=6, accounts_legal_basis=basis)
    yield made
    made.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_read(floor: Floor, open_browser: Callable[..., Page], scheme: str):
    case = seed_case(floor)
    page = open_browser("rita", viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page.goto(f"/console/cases/{case}")
    page.get_by_role("button", name="Take this case").click()
    for width in (700, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (f"accounts/{SUSPECT}", f"accounts/{BYSTANDER}", f"cases/{case}", ""):
            page.goto(f"/console/{path}")
            page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
            assert page.evaluate(CONTRAST) == [], path
            assert page.evaluate(DRAWN) == [], path
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{path} is {wider} px wider than the window"


def test_the_picture_is_walked_with_the_keyboard(floor: Floor, open_browser: Callable[..., Page]):
    seed_case(floor)
    page = open_browser("rita")
    page.goto(f"/console/accounts/{SUSPECT}")
    picture = page.get_by_role("region", name="Picture of the links")
    expect(picture.get_by_role("link")).to_have_count(2)
    picture.focus()
    page.keyboard.press("Tab")
    assert "acct-ringleader" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/accounts/{RINGLEADER}")
    expect(page.get_by_text("Confirmed", exact=True).first).to_be_visible()


def test_a_verdict_on_an_account_by_keyboard_and_undone(floor: Floor, open_browser: Callable[..., Page]):
    case = seed_case(floor)
    page = open_browser("rita")
    page.goto(f"/console/cases/{case}")
    page.get_by_role("button", name="Take this case").click()
    button = page.get_by_role("button", name="Decide")
    expect(button).to_be_disabled()  # nobody can have read it yet
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Shared, nothing more")).to_be_checked()
    page.keyboard.press("r")
    page.keyboard.type("one household")
    expect(button).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("applies in")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Waits for a verdict")).to_be_visible()
    assert "case.undone" in floor.verbs()


def test_a_text_is_shown_by_a_press_and_gone_on_the_next_visit(floor: Floor, open_browser: Callable[..., Page]):
    case = seed_case(floor)
    page = open_browser("rita")
    page.goto(f"/console/cases/{case}")
    page.get_by_role("button", name="Show the text").click()
    expect(page.locator("mark")).to_have_text("quandrel")
    page.goto(f"/console/cases/{case}")
    expect(page.locator("mark")).to_have_count(0)
