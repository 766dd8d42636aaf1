"""/status and /site-map: that the service is alive, and which routes there are."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from jacana.pipeline.stages import Stages
from jacana.web.api.auth import stages_of
from jacana.web.hma.access import Reader
from jacana.web.hma.route import HmaRoute

ALIVE = "I-AM-ALIVE"
PREFIX = "/hma"

router = APIRouter(route_class=HmaRoute)


@router.get("/status", summary="Is it alive, and can it look things up?", response_class=PlainTextResponse)
def show_status(request: Request) -> Response:
    """Answer I-AM-ALIVE once the banks can be read; needs no key, and says nothing else."""
    return PlainTextResponse(ALIVE) if _reads(stages_of(request)) else PlainTextResponse("INDEX-NOT-LOADED", 503)


@router.get("/status/live", summary="Is it alive?", response_class=PlainTextResponse)
async def show_live() -> Response:
    """Answer I-AM-ALIVE while the process runs; needs no key."""
    return PlainTextResponse(ALIVE)


@router.get("/site-map", summary="List the routes")
def list_routes(request: Request, _key: Reader) -> list[str]:
    """Answer the paths of this API, what varies in `<…>`."""
    paths = [path.removeprefix(PREFIX) for path in request.app.openapi()["paths"] if path.startswith(f"{PREFIX}/")]
    return sorted(path.replace("{", "<").replace("}", ">") for path in paths)


def _reads(stages: Stages) -> bool:
    try:
        with stages.db.read() as connection:
            stages.banks.list(connection)
    except Exception:  # whatever it is: the answer is that it cannot
        return False
    return True
