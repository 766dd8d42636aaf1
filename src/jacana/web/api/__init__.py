"""The HTTP API the network calls: uploads and events under /v1. Problems are RFC 9457, credentials are API keys."""

from fastapi import APIRouter

from jacana.web.api import events, uploads

router = APIRouter(prefix="/v1")
router.include_router(uploads.router)
router.include_router(events.router)

__all__ = ["router"]
