"""The set's Redis: who may do what in it, and files that it cannot read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import redis as redis_client

from imgdiff.local.child import Child
from imgdiff.local.layout import Layout
from imgdiff.local.programs import Program, local_programs
from imgdiff.local.requirements import require_installed
from tests.imgdiff.local.started import connected, redis_of, started


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty data folder, with a blank in its name."""
    layout = Layout(tmp_path / "a folder")
    layout.create()
    return layout


def test_writes_are_logged_and_nothing_is_evicted(layout: Layout) -> None:
    with redis_of(layout) as redis:
        persistence, memory = redis.info("persistence"), redis.info("memory")

    assert persistence["aof_enabled"] == 1
    assert memory["maxmemory_policy"] == "noeviction"


def test_only_the_password_opens_it_and_no_file_has_it(layout: Layout) -> None:
    program = local_programs(layout, require_installed(), "127.0.0.1", 8000)[0]
    refused = pytest.raises(redis_client.AuthenticationError)
    with started(program), redis_client.Redis(port=program.probe.port) as stranger, refused:
        stranger.ping()
    written = [path.read_bytes() for path in layout.redis.rglob("*") if path.is_file()]

    assert not any(program.probe.password.encode() in content for content in written)


@pytest.mark.parametrize(
    "command",
    [
        "CONFIG GET *",
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SHUTDOWN",
        "EVAL x 0",
        "REPLICAOF a 1",
        "CLIENT LIST",
        "ACL LIST",
    ],
)
def test_what_we_never_send_is_forbidden(layout: Layout, command: str) -> None:
    with redis_of(layout) as redis, pytest.raises(redis_client.exceptions.NoPermissionError):
        redis.execute_command(*command.split())


def test_the_file_of_an_earlier_release_is_read(layout: Layout) -> None:
    (layout.redis / "appendonly.aof").write_bytes(
        _command("SELECT", "0") + _command("LPUSH", "imgdiff:detection", "one")
    )

    with redis_of(layout) as redis:
        assert redis.lrange("imgdiff:detection", 0, -1) == ["one"]


def _command(*words: str) -> bytes:
    lines = [f"*{len(words)}", *(line for word in words for line in (f"${len(word)}", word)), ""]
    return "\r\n".join(lines).encode()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "in the middle": lambda content: content[: len(content) // 2] + b"\x00" * 40 + content[len(content) // 2 + 40 :],
    "garbage": lambda content: b"\x9d garbage " * (len(content) // 10),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read_is_set_aside_and_the_server_starts(layout: Layout, damage: str) -> None:
    file = _filled(layout)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))

    events = _started_by_a_child(layout)

    (aside,) = layout.redis.glob("damaged-*")
    assert (aside / "appendonlydir" / file.name).exists()
    assert any(re.search(rf"redis ended .* set aside in {aside}; all accepted jobs", event) for event in events)


def test_a_file_that_was_cut_is_read_up_to_there(layout: Layout) -> None:
    file = _filled(layout)
    file.write_bytes(file.read_bytes()[:-7])

    with redis_of(layout) as redis:
        assert redis.llen("imgdiff:detection") == 99
    assert not list(layout.redis.glob("damaged-*"))


def _filled(layout: Layout) -> Path:
    with redis_of(layout) as redis:
        for number in range(100):
            redis.lpush("imgdiff:detection", f"message {number}")
    (file,) = layout.redis.glob("appendonlydir/*.incr.aof")
    return file


def _started_by_a_child(layout: Layout) -> list[str]:
    """What its child says until the server answers."""
    program: Program = local_programs(layout, require_installed(), "127.0.0.1", 8000)[0]
    child = Child(program, patience=100.0)
    child.start()
    events: list[str] = []
    try:
        connected(program, lambda: events.extend(filter(None, [child.tend()]))).close()
    finally:
        child.kill()
    return events
