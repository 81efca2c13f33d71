"""What Celery alone does with the same Redis: chains of two empty tasks. `bare_chain REDIS_URL` is their worker."""

import sys
import time

import redis
from celery import Celery, chain

_QUEUE = "bare"
_PAUSE_SECONDS = 0.02  # between two looks at the queue


def _create(url: str) -> Celery:
    app = Celery("bare", broker=url, set_as_current=False)
    app.conf.update(task_ignore_result=True, task_default_queue=_QUEUE, worker_prefetch_multiplier=1)
    app.conf.update(task_acks_late=True, worker_hijack_root_logger=False)

    for name in ("first", "second"):
        app.task(_do_nothing, name=name, shared=False)
    return app


def _do_nothing(_: str) -> None:
    """A task."""


def run_chains(url: str, count: int) -> float:
    """Seconds from the first of so many chains until the last has ended."""
    app, server = _create(url), redis.Redis.from_url(url)
    first, second = app.tasks["first"], app.tasks["second"]
    began = time.monotonic()
    for number in range(count):
        chain(first.si(f"stg_{number:032x}"), second.si(f"stg_{number:032x}")).apply_async()
    while int(server.llen(_QUEUE)) + int(server.hlen("unacked")):
        time.sleep(_PAUSE_SECONDS)
    seconds = time.monotonic() - began
    app.close()
    server.close()
    return seconds


if __name__ == "__main__":
    pool = ["--pool=threads", "--concurrency=16", "--loglevel=WARNING"]
    _create(sys.argv[1]).worker_main(
        ["--quiet", "worker", *pool, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )
