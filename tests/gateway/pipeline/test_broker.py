"""Stages are published by a thread of their own: whoever hands them over waits for nothing, also when Redis hangs."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from gateway.pipeline.broker import Broker
from gateway.settings import GatewaySettings
from gateway.store.values import QueuedStage
from imgdiff.jobs import StageName
from imgdiff.local.requirements import require_installed
from tests.ports import reserved_ports

STAGES = [QueuedStage(f"stg_{number:032x}", StageName.DETECTION) for number in range(250)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis of the test's own, which it may stop; its port is its last argument."""
    with reserved_ports(1) as (port,):
        command = [str(require_installed()), "--save", "", "--dir", str(tmp_path), "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            yield process
            process.send_signal(signal.SIGCONT)
            process.kill()


@pytest.fixture
def broker(server: subprocess.Popen[bytes], settings: GatewaySettings) -> Iterator[Broker]:
    """A broker of that Redis."""
    url = f"redis://127.0.0.1:{server.args[-1]}/0"  # type: ignore[index]  # a list, as above
    broker = Broker(settings.model_copy(update={"redis_url": url}))
    _until(lambda: _depth(broker) == 0)
    yield broker
    broker.close()


def _depth(broker: Broker) -> int | None:
    try:
        return broker.depth(StageName.DETECTION)
    except redis.RedisError:
        return None


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_stages_are_published_in_their_order(broker: Broker, server: subprocess.Popen[bytes]) -> None:
    broker.put(STAGES)

    _until(lambda: _depth(broker) == len(STAGES))
    with redis.Redis(port=int(server.args[-1])) as client:  # type: ignore[index]
        messages = [bytes(one) for one in client.lrange("imgdiff:detection", 0, -1)]
    assert all(stage.stage_id.encode() in message for stage, message in zip(reversed(STAGES), messages, strict=True))


def test_a_redis_that_hangs_holds_nobody_up_and_gets_the_stages_later(
    broker: Broker, server: subprocess.Popen[bytes]
) -> None:
    server.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    for stage in STAGES:
        broker.put([stage])
    took = time.monotonic() - began

    server.send_signal(signal.SIGCONT)

    assert took < 2.0  # one command of Redis alone would have taken as long
    _until(lambda: (_depth(broker) or 0) >= len(STAGES))


def test_a_queue_of_a_redis_that_hangs_is_not_asked_for_again_at_once(
    broker: Broker, server: subprocess.Popen[bytes]
) -> None:
    server.send_signal(signal.SIGSTOP)
    began = time.monotonic()

    depths = [_depth(broker) for _ in range(20)]

    assert depths == [None] * 20
    assert time.monotonic() - began < 20.0  # each would have taken two seconds or more


def test_what_waits_is_published_before_the_broker_is_closed(broker: Broker, server: subprocess.Popen[bytes]) -> None:
    broker.put(STAGES[:1])
    _until(lambda: _depth(broker) == 1)  # connected: a busy machine takes seconds for that
    broker.put(STAGES[1:])
    broker.close()

    with redis.Redis(port=int(server.args[-1])) as client:  # type: ignore[index]
        assert client.llen("imgdiff:detection") == len(STAGES)
