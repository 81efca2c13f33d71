"""Probes are timed, and those without an answer are counted."""

import math
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.chaos.probing import Prober


class _Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Alive."""
        self.send_response(200 if self.path == "/livez" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()
        asked.set()

    def log_message(self, *_: object) -> None:
        """Nothing."""


asked = threading.Event()


def test_a_live_server_is_timed_and_one_that_is_gone_counts_as_without_an_answer() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Alive) as server:
        threading.Thread(target=server.serve_forever).start()
        with Prober(f"http://127.0.0.1:{server.server_port}") as live:
            assert asked.wait(30)
        server.shutdown()
    with Prober(f"http://127.0.0.1:{server.server_port}") as gone:
        assert not threading.Event().wait(1)

    assert live.seconds
    assert all(0 < seconds < math.inf for seconds in live.seconds)
    assert gone.seconds
    assert set(gone.seconds) == {math.inf}
