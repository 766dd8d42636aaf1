"""GET and POST /h/hash: the hashes of a picture or a video."""

from functools import partial

from fastapi import APIRouter, Request

from jacana.web.api.auth import stages_of
from jacana.web.hma.access import Reader
from jacana.web.hma.media import hash_media, receive_media, run_limited
from jacana.web.hma.route import HmaRoute
from jacana.web.hma.signals import choose_signals

router = APIRouter(prefix="/h", route_class=HmaRoute)


@router.get("/hash", summary="Hash what a URL holds")
async def hash_url(
    request: Request, _key: Reader, url: str, content_type: str | None = None, types: str | None = None
) -> dict[str, str]:
    """Answer `{"pdq": …}` for a picture, `{"video_md5": …}` for a video; `types` asks for others."""
    return await hash_request(request, url, content_type, types)


@router.post("/hash", summary="Hash an uploaded file")
async def hash_file(
    request: Request, _key: Reader, url: str | None = None, content_type: str | None = None, types: str | None = None
) -> dict[str, str]:
    """Send `multipart/form-data` with one file in the field `photo` or `video`."""
    return await hash_request(request, url, content_type, types)


async def hash_request(
    request: Request, url: str | None, content_type: str | None, types: str | None
) -> dict[str, str]:
    """Return the hashes of the file a request sends or points at. Raises what `receive_media` and `hash_media` do."""
    async with receive_media(request, url, content_type) as received:
        signals = choose_signals(received.content, types)
        work = partial(hash_media, stages_of(request), received, signals)
        return (await run_limited(request, work)).signals
