import pytest
from console_floor import Floor

from jacana.settings import SETTING_FIELDS

pytestmark = pytest.mark.xdist_group("console")


def test_settings_are_listed_and_secrets_masked(floor: Floor):
    page = floor.client("adam").get("/console/system")
    assert page.status_code == 200
    for name, item in SETTING_FIELDS.items():
        assert f"<code>{name}</code>" in page.text
        value = str(getattr(floor.stages.settings, name))
        if item.metadata["secret"] and len(value) > 8:
            assert value not in page.text
    assert "••••" in page.text


def test_what_is_in_force_is_named(floor: Floor):
    page = floor.client("lena").get("/console/system").text
    assert floor.stages.policy.version in page
    assert "test-bank" in page
    assert "SANDBOX" in page
