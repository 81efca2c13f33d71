"""Celery over Redis: how stages are named, queued and delivered. A message carries a stage id and nothing else."""

import logging
from collections.abc import Iterable

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from gateway.settings import GatewaySettings
from gateway.store.values import QueuedStage
from imgdiff.jobs import StageName

_log = logging.getLogger(__name__)
_PREFIX = "imgdiff:"
_TIMEOUT_SECONDS = 2.0  # of a Redis command or connection; chosen, not measured


def task_name(name: StageName) -> str:
    """The name of a stage's task; its queue has the name of the stage."""
    return f"imgdiff.{name.value}"


def create_celery(settings: GatewaySettings) -> Celery:
    """The Celery app, with the same settings in gateway and worker."""
    transport = {
        "visibility_timeout": settings.visibility_timeout_seconds,
        "unacked_restore_interval": 5,  # with the throttle: looks for lost messages every 5 s, not every 100 s
        "unacked_restore_throttle": 1,
        "global_keyprefix": _PREFIX,
        "socket_timeout": 30.0,
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


class Broker:
    """Puts stages on their queues and measures these; shared by all threads of a process."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._celery = create_celery(settings)
        self._redis = redis.Redis.from_url(
            settings.redis_url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    def put(self, queued: Iterable[QueuedStage]) -> None:
        """Publish a message for each stage. If Redis is away, the sweeper finds the stages in the database."""
        for stage in queued:
            try:
                self._celery.send_task(task_name(stage.name), args=[stage.stage_id], queue=stage.name.value)
            except (OperationalError, redis.RedisError, OSError) as error:
                _log.warning("%s could not be put on the queue %s: %s", stage.stage_id, stage.name, error)
                return

    def depth(self, name: StageName) -> int:
        """Messages on a stage's queue that no worker has taken; raises redis.RedisError."""
        return int(self._redis.llen(f"{_PREFIX}{name.value}"))

    def check(self) -> None:
        """Raise unless Redis answers and is set to refuse writes rather than drop messages when memory is short."""
        memory = self._redis.info("memory")
        policy = str(memory.get("maxmemory_policy", "noeviction"))
        if policy != "noeviction":
            raise ValueError(f"Redis runs with maxmemory-policy {policy!r} and would drop work; set it to noeviction")

    def close(self) -> None:
        """Close every connection."""
        self._celery.close()
        self._redis.close()
