"""One gateway process: `python -m gateway`."""

import gc
import os
import sys

import uvicorn

from gateway.access.opening import require_keys
from gateway.app import create_app
from gateway.logs import configure
from gateway.settings import GatewaySettings
from gateway.store.database import DatabaseUnavailable
from imgdiff.errors import ImgdiffError


def main() -> None:
    """Serve until SIGTERM; finish open requests first. Exits where others could come in without a key."""
    os.umask(0o077)  # database and images are for this user alone
    settings = GatewaySettings()
    configure(settings)
    try:
        require_keys(settings)
    except (ImgdiffError, DatabaseUnavailable) as error:
        sys.exit(f"imgdiff gateway: {error}")
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # a full collection looked at every import: 120 ms in the middle of a request, not 1
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,  # seconds
    )


if __name__ == "__main__":
    main()
