"""The look-up API of Hasher-Matcher-Actioner 1.1.7 over Jacana's banks, under /hma: what speaks to it can point here.

Its shapes, not its code; docs/hma.md says where the answers differ, and why. Without a key it only says that it lives.
"""

from fastapi import APIRouter

from jacana.web.hma.contents import router as contents_routes
from jacana.web.hma.curation import router as curation_routes
from jacana.web.hma.hashing import router as hashing_routes
from jacana.web.hma.matching import router as matching_routes
from jacana.web.hma.route import HmaRoute
from jacana.web.hma.status import PREFIX
from jacana.web.hma.status import router as status_routes

router = APIRouter(prefix=PREFIX, route_class=HmaRoute, tags=["Hasher-Matcher-Actioner"])
for part in (status_routes, hashing_routes, matching_routes, curation_routes, contents_routes):
    router.include_router(part)

__all__ = ["router"]
