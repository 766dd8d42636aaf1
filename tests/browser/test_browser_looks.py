"""Every page, light and dark, narrow and wide: readable contrast, nothing cut off sideways, focus that can be seen."""

from collections.abc import Callable

import pytest
from console_floor import Floor
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Contrast of every visible text with what is behind it (WCAG 2.2, 1.4.3: 4.5, or 3 for large text).
CONTRAST = """() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.textContent.trim() || !node.checkVisibility() || node.closest('[disabled], option')) continue;
    const style = getComputedStyle(node);
    const [a, b] = [luminance(parse(style.color)), luminance(behind(node))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 18.66;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) weak.push(`${ratio.toFixed(2)} ${text.textContent.trim().slice(0, 40)}`);
  }
  return weak;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [700, 1280, 1600])
def test_every_page_is_readable(
    floor: Floor, open_browser: Callable[..., Page], scheme: str, width: int, complaints: list[str]
):
    page = open_browser("lena", viewport={"width": width, "height": 900}, color_scheme=scheme)
    case = floor.cases()["bertram"]
    page.goto(f"/console/cases/{case}")
    page.get_by_role("button", name="Take this case").click()
    with floor.stages.db.read() as connection:
        report = floor.stages.reports.list_reports(connection)[0]
    paths = ["", f"cases/{case}", f"cases/{floor.cases()['carla']}", f"cases/{floor.cases()['dora']}"]
    for path in [
        *paths,
        "reports",
        f"reports/{report.id}",
        "actions/dead",
        "audit",
        "system",
        "banks",
        "banks/test-bank",
        "nothing",
    ]:
        page.goto(f"/console/{path}")
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert page.evaluate(CONTRAST) == [], path
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the window"
    complaints.clear()  # the missing page is a 404


def test_focus_can_be_seen_and_the_content_skipped_to(open_browser: Callable[..., Page]):
    page = open_browser("lena")
    page.goto("/console/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
