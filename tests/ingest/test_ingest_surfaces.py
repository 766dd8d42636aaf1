import dataclasses

import pytest

from jacana.ingest.surfaces import Surface, SurfaceOffError, legal_basis, require_surface
from jacana.settings import Settings


@pytest.mark.parametrize("surface", Surface)
def test_every_surface_is_off_until_its_setting_has_a_basis(surface):
    off = Settings()
    with pytest.raises(SurfaceOffError) as caught:
        require_surface(off, surface, "type")
    assert f"{surface}_legal_basis" in caught.value.remedy
    assert (caught.value.code, caught.value.field) == ("ingest.surface_off", "type")
    on = dataclasses.replace(off, **{f"{surface}_legal_basis": "contract, section 4"})
    assert require_surface(on, surface) == "contract, section 4"


def test_blank_is_off():
    assert legal_basis(Settings(uploads_legal_basis="  "), Surface.UPLOADS) == ""
