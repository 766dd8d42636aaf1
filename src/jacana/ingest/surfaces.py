"""Which surfaces the operator has switched on, and on which legal basis (design rule 8). Off until switched on."""

from enum import StrEnum

from jacana.model.errors import PermissionDeniedError
from jacana.settings import Settings


class Surface(StrEnum):
    """What the network may hand over; each has a setting `<surface>_legal_basis`."""

    UPLOADS = "uploads"
    ACCOUNTS = "accounts"
    PUBLIC_TEXT = "public_text"
    MESSAGES = "messages"


class SurfaceOffError(PermissionDeniedError):
    """The operator has not switched this surface on, so what belongs to it is not taken."""

    code = "ingest.surface_off"

    def __init__(self, surface: Surface, field: str | None = None) -> None:
        super().__init__(f"the surface {surface} is off")
        self.field = field
        self.remedy = f"have the operator set {surface}_legal_basis to the legal basis for it"


def legal_basis(settings: Settings, surface: Surface) -> str:
    """Return the recorded basis; empty means off."""
    return str(getattr(settings, f"{surface}_legal_basis")).strip()


def require_surface(settings: Settings, surface: Surface, field: str | None = None) -> str:
    """Return the recorded basis. Raises SurfaceOffError."""
    basis = legal_basis(settings, surface)
    if not basis:
        raise SurfaceOffError(surface, field)
    return basis
