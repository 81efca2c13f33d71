"""Celery over Redis: how stages are named, queued and delivered. A message is a ticket with the id of one stage.

Whoever has a stage to publish never waits for Redis: one thread of the process publishes for all others.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import redis
from celery import Celery
from kombu.exceptions import KombuError
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.settings import GatewaySettings
from gateway.store.values import QueuedStage
from imgdiff.jobs import StageName

_log = logging.getLogger(__name__)
_PREFIX = "imgdiff:"
_WORKER = f"{_PREFIX}worker:"  # and a stage: there as long as a live worker takes it
_UNACKED = f"{_PREFIX}unacked_index"  # as kombu names it: tags of such messages by the time of their delivery
_BEAT_EXPIRES_SECONDS = 10  # five beats of a worker; chosen, not measured
_TIMEOUT_SECONDS = 2.0  # of a Redis command or connection; chosen, not measured
_CONSUMER_TIMEOUT_SECONDS = 30.0  # of a worker's read, which waits for a message; chosen, not measured
_MAX_WAITING = 10_000  # stages in memory while Redis is away, 1 MB; the sweeper finds others; chosen, not measured
_AT_ONCE = 100  # messages in one round trip; chosen, not measured
_PAUSE_SECONDS = 0.5  # before Redis is tried again; chosen, not measured
_FLUSH_SECONDS = 2.0  # for what is left when the process ends; chosen, not measured
_AWAY = (KombuError, redis.RedisError, OSError)  # what is raised while Redis does not answer


def task_name(name: StageName) -> str:
    """The name of a stage's task; its queue has the name of the stage."""
    return f"imgdiff.{name.value}"


def create_celery(settings: GatewaySettings, timeout: float = _CONSUMER_TIMEOUT_SECONDS) -> Celery:
    """The Celery app, with the same settings in gateway and worker; `timeout` is that of a read, in seconds."""
    transport = {
        "visibility_timeout": settings.visibility_timeout_seconds,
        "unacked_restore_interval": 5,  # with the throttle: looks for lost messages every 5 s, not every 100 s
        "unacked_restore_throttle": 1,
        "global_keyprefix": _PREFIX,
        "socket_timeout": timeout,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
    app = Celery("imgdiff", broker=settings.redis_url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_acks_on_failure=True,  # the database holds failures, the broker need not
        task_retry_on_worker_lost=True,
        task_create_missing_queues=True,
        task_default_queue="unrouted",
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1},
        broker_transport_options=transport,
        result_backend=None,
        visibility_timeout=settings.visibility_timeout_seconds,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,  # an attempt's token makes redelivery harmless
        worker_soft_shutdown_timeout=settings.worker_grace_seconds + 10.0,
    )
    return app


class Publisher:
    """Hands stages to one thread, which publishes them in order and tries again while Redis is away.

    `publish` sends some messages, or raises while Redis does not answer; one that was sent twice does no harm.
    """

    def __init__(self, publish: Callable[[Sequence[QueuedStage]], None]) -> None:
        self._publish = publish
        self._waiting: queue.Queue[QueuedStage | None] = queue.Queue(_MAX_WAITING)
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, stages: Iterable[QueuedStage]) -> None:
        """Publish soon; never waits. The sweeper finds what there is no room for."""
        for stage in stages:
            self._start()
            try:
                self._waiting.put_nowait(stage)
            except queue.Full:
                _log.warning("%d stages wait for Redis; the sweeper will publish the others", _MAX_WAITING)
                return

    def close(self) -> None:
        """Publish what is left, as far as a short time allows, and end the thread."""
        self._closing.set()
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait(None)
            self._thread.join(_FLUSH_SECONDS)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._closing.is_set() or not self._waiting.empty():
            some = self._take()
            while some and not self._try(some):
                if self._closing.wait(_PAUSE_SECONDS):
                    return  # the sweeper of another gateway, or of the next one, finds them

    def _take(self) -> list[QueuedStage]:
        """The next stages, as soon as there is one."""
        taken = [self._waiting.get()]
        with contextlib.suppress(queue.Empty):
            while len(taken) < _AT_ONCE:
                taken.append(self._waiting.get_nowait())
        return [stage for stage in taken if stage is not None]

    def _try(self, some: Sequence[QueuedStage]) -> bool:
        try:
            self._publish(some)
        except _AWAY as error:
            _log.warning("%d stages wait for Redis: %s", len(some) + self._waiting.qsize(), error)
            return False
        except Exception:  # noqa: BLE001  whatever it is, the thread must go on; the sweeper finds them
            _log.exception("%d stages could not be put on their queues", len(some))
        return True


class Broker:
    """Puts stages on their queues and measures these; shared by all threads of a process."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._celery = create_celery(settings, _TIMEOUT_SECONDS)
        self._publisher = Publisher(self._publish)
        self._redis = redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),  # the client's default tries eleven times
        )
        self._away_until = 0.0

    def put(self, queued: Iterable[QueuedStage]) -> None:
        """Publish a message for each stage soon; never waits, whatever Redis does."""
        self._publisher.put(queued)

    def depth(self, name: StageName) -> int:
        """Messages on a stage's queue that no worker has taken; raises redis.RedisError.

        One that did not answer is not asked again for as long as that took, so that nobody waits for each queue.
        """
        if time.monotonic() < self._away_until:
            raise redis.TimeoutError("Redis did not answer just now")
        try:
            return int(self._redis.llen(f"{_PREFIX}{name.value}"))
        except redis.RedisError:
            self._away_until = time.monotonic() + _TIMEOUT_SECONDS
            raise

    def in_hands(self, seconds: float) -> int:
        """Messages of all queues that workers took within the last seconds and have not acknowledged.

        Raises redis.RedisError.
        """
        return int(self._redis.zcount(_UNACKED, time.time() - seconds, "+inf"))

    def ping(self) -> None:
        """Raise redis.RedisError unless Redis answers."""
        self._redis.ping()

    def beat(self, names: Iterable[StageName]) -> None:
        """Note that a worker takes these stages now, if Redis answers."""
        try:
            with self._redis.pipeline(transaction=False) as commands:
                for name in names:
                    commands.set(f"{_WORKER}{name.value}", 1, ex=_BEAT_EXPIRES_SECONDS)
                commands.execute()
        except redis.RedisError as error:
            _log.warning("the worker's heartbeat does not reach Redis: %s", error)

    def served(self) -> set[StageName]:
        """The stages that a live worker takes; raises redis.RedisError."""
        found = self._redis.mget([f"{_WORKER}{name.value}" for name in StageName])
        return {name for name, beat in zip(StageName, found, strict=True) if beat is not None}

    def check(self) -> None:
        """Raise unless Redis answers and is set to refuse writes rather than drop messages when memory is short."""
        memory = self._redis.info("memory")
        policy = str(memory.get("maxmemory_policy", "noeviction"))
        if policy != "noeviction":
            raise ValueError(f"Redis runs with maxmemory-policy {policy!r} and would drop work; set it to noeviction")

    def close(self) -> None:
        """Publish what is left as far as a short time allows, and close every connection."""
        self._publisher.close()
        self._celery.close()
        self._redis.close()

    def _publish(self, some: Sequence[QueuedStage]) -> None:
        """All in one round trip."""
        with self._celery.producer_pool.acquire() as producer, producer.batch(_AT_ONCE):
            for stage in some:
                arguments = {"args": [stage.stage_id], "queue": stage.name.value, "declare": []}
                self._celery.send_task(task_name(stage.name), **arguments, producer=producer, retry=False)
