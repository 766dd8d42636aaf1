"""`jacana serve`: the whole product on one machine."""

from contextlib import suppress

import uvicorn

from jacana.app import build_site
from jacana.cli.context import console, current_settings
from jacana.cli.listen import bind_port
from jacana.log import configure_logging
from jacana.pipeline.single import claim_service
from jacana.settings import SettingInvalidError, Settings


def serve() -> None:
    """Serve the API and the console, and work everything behind them, until Ctrl-C."""
    loaded = current_settings()
    settings = loaded.settings
    check_listening(settings)
    configure_logging(settings.log_format)
    site = build_site(loaded)
    with claim_service(site.state.stages):
        pass  # say it here, in one line, if another Jacana works on this database; the workers claim it again for good
    config = uvicorn.Config(site, log_level="warning", server_header=False, ws="none", timeout_graceful_shutdown=5)
    with bind_port(settings.host, settings.port, "choose another with --set port=N") as listener:
        console.print(f"Jacana listens on http://{settings.host}:{settings.port}/console/")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def check_listening(settings: Settings) -> None:
    """Refuse to listen where it cannot or must not. Raises SettingInvalidError."""
    if not 1 <= settings.port <= 65_535:
        raise SettingInvalidError(f"port {settings.port} does not exist", remedy="choose 1 to 65535")
    if not settings.secure_cookies and settings.host not in ("127.0.0.1", "::1", "localhost"):
        raise SettingInvalidError(
            f"secure_cookies is off, and {settings.host} can be reached from other machines",
            remedy="turn secure_cookies on and put TLS in front, or listen on 127.0.0.1",
        )
