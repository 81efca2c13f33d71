"""One gateway process: `python -m gateway`."""

import gc
import os
import sys

import uvicorn

from gateway.access.labels import TenantLabels
from gateway.access.opening import require_keys
from gateway.app import create_app
from gateway.http.metrics import GatewayMetrics
from gateway.logs import configure
from gateway.settings import GatewaySettings
from gateway.store.database import DatabaseUnavailable
from imgdiff.errors import ImgdiffError
from imgdiff.listening.connections import ConnectionLimits, bounded
from imgdiff.listening.files import allow_files


def main() -> None:
    """Serve until SIGTERM; finish open requests first. Exits where others could come in without a key."""
    os.umask(0o077)  # database and images are for this user alone
    settings = GatewaySettings()
    configure(settings)
    try:
        require_keys(settings)
    except (ImgdiffError, DatabaseUnavailable) as error:
        sys.exit(f"imgdiff gateway: {error}")
    metrics = GatewayMetrics(TenantLabels(settings.metric_tenants))
    app = create_app(settings, metrics)
    gc.collect()
    gc.freeze()  # a full collection looked at every import: 120 ms in the middle of a request, not 1
    uvicorn.run(
        app,
        http=bounded(limit_connections(settings, metrics)),
        ws="none",
        timeout_keep_alive=settings.keep_alive_seconds,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,  # seconds
    )


def limit_connections(settings: GatewaySettings, metrics: GatewayMetrics) -> ConnectionLimits:
    """The limits of connections, as far as this process may open files."""
    return ConnectionLimits(
        most=allow_files(settings.max_connections),
        head_seconds=settings.head_seconds,
        stalled_seconds=settings.client_stall_seconds,
        tell=metrics.show_connections,
        count=metrics.count_closed,
    )


if __name__ == "__main__":
    main()
