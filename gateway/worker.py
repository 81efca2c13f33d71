"""One worker process: `python -m gateway.worker`. It takes stages off their queues and calls the services.

Its tasks only wait for HTTP, so they run in threads: no fork, one pool of database connections, and a killed process
takes at most its own stages with it, which the sweeper hands to the next.
"""

import logging
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import redis
from celery import Celery, bootsteps, signals

from gateway.logs import configure
from gateway.pipeline.attempts import Workshop
from gateway.pipeline.broker import Broker, create_celery, task_name
from gateway.pipeline.service_calls import Caller
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.objects import AssetStore
from imgdiff.jobs import StageName

_log = logging.getLogger(__name__)
_BEAT_SECONDS = 2.0
_REDIS_PATIENCE_SECONDS = 60.0


def create_worker(settings: GatewaySettings, workshop: Workshop) -> Celery:
    """The Celery app with one task a stage, its heartbeat, and its way of stopping."""
    app = create_celery(settings)
    for name in StageName:
        app.task(workshop.attempt, name=task_name(name))
    if settings.worker_heartbeat_file is not None:
        app.steps["consumer"].add(_heartbeat(Path(settings.worker_heartbeat_file)))

    def hand_back(**_: object) -> None:
        timer = threading.Timer(settings.worker_grace_seconds, workshop.closing.set)
        timer.daemon = True
        timer.start()

    signals.worker_shutting_down.connect(hand_back, weak=False)
    return app


def main() -> None:
    """Work until SIGTERM; what is not done in the time of grace is handed back."""
    settings = GatewaySettings()
    configure(settings)
    database, broker = Database(settings.database_url), Broker(settings)
    try:
        migrate(database)
        _await(broker)
        assets = AssetStore(settings.assets_url, settings.assets_endpoint)
        caller = Caller(settings.services, settings.stage_deadline_seconds, ssl.create_default_context())
        workshop = Workshop(settings, database, assets, broker, caller)
        create_worker(settings, workshop).worker_main(_arguments(settings))
    finally:
        broker.close()
        database.close()


def _arguments(settings: GatewaySettings) -> list[str]:
    queues = ",".join(stage.value for stage in settings.worker_stages)
    level = settings.log_level.upper()
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    pool = ["--pool=threads", f"--concurrency={settings.worker_concurrency}"]
    return ["--quiet", "worker", f"--queues={queues}", f"--loglevel={level}", *pool, *quiet]


def _await(broker: Broker) -> None:
    """Wait for Redis, and refuse one that would forget work."""
    until = time.monotonic() + _REDIS_PATIENCE_SECONDS
    while True:
        try:
            return broker.check()
        except redis.RedisError as error:
            if time.monotonic() > until:
                raise
            _log.warning("waiting for Redis: %s", error)
            time.sleep(1.0)


def _heartbeat(path: Path) -> type[bootsteps.StartStopStep]:
    """A step of the consumer that touches a file while it is connected and its loop turns, and stops with it."""

    class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, parent: Any, **options: Any) -> None:
            super().__init__(parent, **options)
            self._beat: Any = None

        def start(self, parent: Any) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._beat = parent.timer.call_repeatedly(_BEAT_SECONDS, path.touch)

        def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery's signature
            if self._beat is not None:
                self._beat.cancel()
                self._beat = None

    return Heartbeat


if __name__ == "__main__":
    main()
