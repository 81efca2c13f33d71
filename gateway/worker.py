"""One worker process: `python -m gateway.worker`. It takes stages off their queues and calls the services.

Its tasks only wait for HTTP, so they run in threads: no fork and one pool of database connections. When the process is
killed, the sweeper gives its stages to another.
"""

import logging
import os
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import redis
from celery import Celery, bootsteps, signals

from gateway.logs import configure
from gateway.pipeline.attempts import WorkerContext
from gateway.pipeline.broker import Broker, create_celery, task_name
from gateway.pipeline.cache.ledger import Ledger
from gateway.pipeline.cache.reuse import ResultCache
from gateway.pipeline.cache.revisions import Revisions
from gateway.pipeline.service_calls import Caller
from gateway.pipeline.stage_table import STAGES, addresses
from gateway.pipeline.wire.connections import Connections
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.objects import AssetStore
from imgdiff.jobs import StageName

_log = logging.getLogger(__name__)
_BEAT_SECONDS = 2.0  # between two heartbeats; chosen, not measured
_REDIS_TIMEOUT_SECONDS = 60.0  # for Redis to come up; chosen, not measured


def create_worker(settings: GatewaySettings, context: WorkerContext) -> Celery:
    """The Celery app with one task a stage, a heartbeat, and a time limit for shutting down."""
    app = create_celery(settings)
    for name in StageName:
        app.task(_task(context, name), name=task_name(name))
    app.steps["consumer"].add(_heartbeat(partial(_beat, settings, context.broker)))

    def hand_back(**_: object) -> None:
        timer = threading.Timer(settings.worker_grace_seconds, context.closing.set)
        timer.daemon = True
        timer.start()

    signals.worker_shutting_down.connect(hand_back, weak=False)
    return app


def _task(context: WorkerContext, name: StageName) -> Callable[[str], None]:
    def run(ticket: str) -> None:
        context.attempt(name, ticket)

    return run


def main() -> None:
    """Work until SIGTERM; stages that are not done within the grace period go back to the queue."""
    os.umask(0o077)  # database and images are for this user alone
    settings = GatewaySettings()
    configure(settings)
    database, broker = Database(settings.database_url), Broker(settings)
    connections, ledger = Connections(ssl.create_default_context()), Ledger(database, settings.result_cache_entries)
    caller = _create_caller(settings, connections)
    try:
        migrate(database)
        _wait_for_redis(broker)
        assets = AssetStore(settings.assets_url, settings.assets_endpoint)
        revisions = Revisions(addresses(settings), connections)
        cache = ResultCache(database, assets, revisions, ledger, settings.result_cache_entries)
        context = WorkerContext(settings, database, assets, broker, caller, cache)
        ledger.start()
        create_worker(settings, context).worker_main(_arguments(settings))
    finally:
        broker.close()
        ledger.close()
        caller.close()
        database.close()


def _create_caller(settings: GatewaySettings, connections: Connections) -> Caller:
    urls = {name: url + STAGES[name].path for name, url in addresses(settings).items()}
    secret = None if settings.service_secret is None else settings.service_secret.get_secret_value()
    return Caller(urls, settings.stage_deadline_seconds, connections, secret)


def _arguments(settings: GatewaySettings) -> list[str]:
    queues = ",".join(stage.value for stage in settings.worker_stages)
    level = settings.log_level.upper()
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    pool = ["--pool=threads", f"--concurrency={settings.worker_concurrency}"]
    return ["--quiet", "worker", f"--queues={queues}", f"--loglevel={level}", *pool, *quiet]


def _wait_for_redis(broker: Broker) -> None:
    """Wait for Redis, and reject one that would drop messages."""
    until = time.monotonic() + _REDIS_TIMEOUT_SECONDS
    while True:
        try:
            return broker.check()
        except redis.RedisError as error:
            if time.monotonic() > until:
                raise
            _log.warning("waiting for Redis: %s", error)
            time.sleep(1.0)


def _beat(settings: GatewaySettings, broker: Broker) -> None:
    """Touch the file, and tell readiness which stages are taken."""
    if settings.worker_heartbeat_file is not None:
        file = Path(settings.worker_heartbeat_file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    broker.beat(settings.worker_stages)


def _heartbeat(beat: Callable[[], None]) -> type[bootsteps.StartStopStep]:
    """A step of the consumer that beats as long as the consumer is connected and its loop runs."""

    class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def __init__(self, parent: Any, **options: Any) -> None:
            super().__init__(parent, **options)
            self._beat: Any = None

        def start(self, parent: Any) -> None:
            beat()
            self._beat = parent.timer.call_repeatedly(_BEAT_SECONDS, beat)

        def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery's signature
            if self._beat is not None:
                self._beat.cancel()
                self._beat = None

    return Heartbeat


if __name__ == "__main__":
    main()
