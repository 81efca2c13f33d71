"""One uvicorn process for one service."""

import logging

import uvicorn
from fastapi import FastAPI

from imgdiff.listening.connections import ConnectionLimits, bounded
from imgdiff.listening.files import allow_files
from services.serving.settings import ServiceSettings

_KEEP_ALIVE_SECONDS = 75  # that a connection waits for another request: longer than a worker does; chosen, not measured


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until SIGTERM; finish open requests first."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvicorn.run(
        app,
        http=bounded(
            ConnectionLimits(allow_files(settings.max_connections), settings.head_seconds, settings.max_body_seconds)
        ),
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=False,
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
        timeout_graceful_shutdown=10,  # seconds
    )
