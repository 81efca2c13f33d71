"""One gateway process: `python -m gateway`."""

import uvicorn

from gateway.app import create_app
from gateway.logs import configure
from gateway.settings import GatewaySettings


def main() -> None:
    """Serve until SIGTERM; finish open requests first."""
    settings = GatewaySettings()
    configure(settings)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,  # seconds
    )


if __name__ == "__main__":
    main()
