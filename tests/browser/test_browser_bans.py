"""The page of bans and appeals in a real browser."""

import pytest
from playwright.sync_api import expect

from jacana.act.bans.tiers import DeviceEvidence
from jacana.pipeline.appealing import AppealRequest, open_appeal

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def seed(floor) -> None:
    with floor.stages.db.write() as connection:
        for place, evidence in enumerate(
            [DeviceEvidence(2, True, 0, 2, 9), DeviceEvidence(2, False, 0, 2, 9), DeviceEvidence(1, True, 1, 3, 9),
             DeviceEvidence(1, True, 0, 1, 1)]
        ):  # fmt: skip
            key = str(place) * 64
            floor.stages.bans.place(
                connection, [key], f"acct-{place}", "decision_1", "Its account is banned.", {key: evidence}, "policy:1"
            )
    wish = "I bought this phone at a shop in October and have never had an account with you before."
    open_appeal(floor.stages, AppealRequest("n1", "acct-buyer", ["0" * 64], next_owner=True, text=wish), "key:key_1")
    open_appeal(floor.stages, AppealRequest("n2", "acct-3", [], text=None), "key:key_1")


def test_an_appeal_is_granted(open_browser, floor, tmp_path) -> None:
    seed(floor)
    page = open_browser("lena")
    page.goto("/console/bans")
    form = page.get_by_role("form", name="Decide the appeal of acct-buyer")
    form.get_by_label("Why").fill("shows the receipt of the shop")
    form.get_by_role("button", name="Grant").click()
    expect(page.get_by_text("shows the receipt of the shop")).to_be_visible()
    expect(page.get_by_role("link", name="Lifted")).to_contain_text("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_over_the_page(open_browser, floor, scheme: str) -> None:
    seed(floor)
    for width in (1280, 700):
        page = open_browser("lena", color_scheme=scheme, viewport={"width": width, "height": 900})
        page.goto("/console/bans")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
