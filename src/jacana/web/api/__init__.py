"""The HTTP API the network calls: uploads, events and checks under /v1. Problems are RFC 9457, keys the credentials."""

from fastapi import APIRouter

from jacana.web.api import appeals, check_session, check_text, events, uploads

router = APIRouter(prefix="/v1")
router.include_router(uploads.router)
router.include_router(events.router)
router.include_router(check_text.router)
router.include_router(check_session.router)
router.include_router(appeals.router)

__all__ = ["router"]
