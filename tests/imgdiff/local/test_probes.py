"""Questions to real servers on loopback: web servers in a thread, a Redis, files."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from imgdiff.local.layout import Layout
from imgdiff.local.probes import LOADING, READY, BeatProbe, Health, HttpProbe, RedisProbe
from imgdiff.local.programs import local_programs
from imgdiff.local.requirements import require_installed
from tests.imgdiff.local.started import started

ANSWERS = {
    "/live": (200, {"live": True}),
    "/dead": (503, {"live": False}),
    "/ready": (200, {"ready": True, "state": "ready"}),
    "/loading": (503, {"ready": False, "state": "loading"}),
    "/broken": (503, {"ready": False, "state": "WeightsCorrupt: dino.tflite"}),
    "/list": (200, []),
}


class Answering(BaseHTTPRequestHandler):
    """Answers with what ANSWERS has for the path."""

    def do_GET(self) -> None:
        """One answer."""
        status, document = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a web server."""
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("live", "ready", "health"),
    [
        ("/live", None, Health(alive=True, state=READY)),
        ("/live", "/ready", Health(alive=True, state=READY)),
        ("/live", "/loading", Health(alive=True, state=LOADING)),
        ("/live", "/list", Health(alive=True, state=READY)),
        ("/live", "/broken", Health(alive=True, state="WeightsCorrupt: dino.tflite")),
        ("/dead", "/broken", Health(alive=False, state="WeightsCorrupt: dino.tflite")),
    ],
)
def test_a_server_says_whether_it_lives_and_what_is_wrong(
    port: int, live: str, ready: str | None, health: Health
) -> None:
    assert asyncio.run(HttpProbe("127.0.0.1", port, live, ready).ask()) == health


def test_nobody_there_is_an_error(unused_port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(HttpProbe("127.0.0.1", unused_port, "/live").ask())


def test_redis_lives_whatever_it_replies(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    program = local_programs(layout, require_installed(), "127.0.0.1", 8000)[0]
    assert isinstance(program.probe, RedisProbe)
    stranger = RedisProbe(program.probe.host, program.probe.port, "wrong")

    with started(program):
        assert asyncio.run(program.probe.ask()) == Health(alive=True)
        assert asyncio.run(stranger.ask()) == Health(alive=True)


def test_a_file_beats_when_its_time_changes_even_backwards(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    probe = BeatProbe(beat)
    with pytest.raises(FileNotFoundError):
        asyncio.run(probe.ask())

    answers = []
    for seconds in (1000, 1000, 1002, 500):
        beat.touch()
        os.utime(beat, (seconds, seconds))
        answers.append(asyncio.run(probe.ask()).alive)

    assert answers == [False, False, True, True]
