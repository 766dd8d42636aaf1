"""`jacana serve`: the whole product on one machine."""

import uvicorn

from jacana.app import build_site
from jacana.cli.context import console, current_settings
from jacana.log import configure_logging


def serve() -> None:
    """Serve the API and the console, and work everything behind them, until Ctrl-C."""
    loaded = current_settings()
    settings = loaded.settings
    configure_logging(settings.log_format)
    site = build_site(loaded)
    console.print(f"Jacana listens on http://{settings.host}:{settings.port}/console/")
    uvicorn.run(
        site,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
