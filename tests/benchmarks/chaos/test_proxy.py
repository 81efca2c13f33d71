"""A frozen connection stays open and carries nothing; a new one works."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.ports import reserved_ports

_ECHO = """
import socketserver, sys
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
"""


def test_it_forwards_until_it_is_frozen() -> None:
    with reserved_ports(2) as (port, target):
        proxy = [sys.executable, "-m", "benchmarks.chaos.proxy", str(port), str(target)]
        with subprocess.Popen([sys.executable, "-c", _ECHO, str(target)]) as echo, subprocess.Popen(proxy) as process:
            try:
                first = _connected(port)
                assert _echo(first)

                process.send_signal(signal.SIGUSR1)
                time.sleep(0.5)
                first.settimeout(1.0)
                with pytest.raises(TimeoutError):
                    _echo(first)
                second = _connected(port)
                assert _echo(second)
                first.close()
                second.close()
            finally:
                process.kill()
                echo.kill()


def _connected(port: int) -> socket.socket:
    """A connection that carries something."""
    until = time.monotonic() + 60
    while True:
        try:
            one = socket.create_connection(("127.0.0.1", port), timeout=30)
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
            continue
        with suppress(OSError):
            if _echo(one):
                return one
        one.close()
        assert time.monotonic() < until
        time.sleep(0.05)


def _echo(one: socket.socket) -> bool:
    one.sendall(b"line\n")
    return one.recv(5) == b"line\n"
