"""The site: API under /v1, look-up API under /hma, console, static files, metrics. Wiring only: no routes here."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from jacana import __version__
from jacana.pipeline.stages import Stages
from jacana.web import api, console, hma, operations
from jacana.web.api.problems import install_problem_handlers
from jacana.web.security import install_security

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_site(stages: Stages, lifespan: Lifespan | None = None) -> FastAPI:
    """Return the site over wired stages; `lifespan` starts and stops the workers with the server."""
    site = FastAPI(
        title="Jacana",
        version=__version__,
        summary="Child-safety operations for video-sharing networks",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    site.state.stages = stages
    install_problem_handlers(site)
    install_security(site)
    site.include_router(api.router)
    site.include_router(hma.router)
    site.include_router(console.router)
    site.include_router(operations.router)
    site.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return site
