"""Sends bytes over a socket, and reads what comes back: the status of each answer, or how the connection ended."""

import re
import socket
import struct
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.abuse.wire.request import Abuse, End

DEADLINE_SECONDS = 60.0  # of one abuse; the gateway's own patience ends after 10 (heads) and 20 (bodies)
_QUIET_SECONDS = 1.0  # without another byte after an answer that is whole; chosen, not measured
_PIECE = 2**16
_STATUS = re.compile(rb"(?:^|\r\n|[}\]>])HTTP/1\.[01] (\d{3})[ \r]")
_LINGER = struct.pack("ii", 1, 0)  # close sends RST


class Ending(NamedTuple):
    """The status of each answer, what the server sent, whether it let the client wait too long, and seconds."""

    statuses: tuple[int, ...]
    received: bytes
    hung: bool
    seconds: float

    @property
    def shown(self) -> str:
        """The first status, `closed` where there was none, or `hung`."""
        return "hung" if self.hung else str(self.statuses[0]) if self.statuses else "closed"


def send(address: tuple[str, int], abuse: Abuse, deadline: float = DEADLINE_SECONDS) -> Ending:
    """Send one abuse over a connection of its own."""
    began, received, hung = time.monotonic(), b"", False
    with socket.create_connection(address, timeout=deadline) as connection:
        try:
            _send_all(connection, abuse)
            if abuse.end is not End.RESET:
                received, hung = _read(connection, began + deadline)
        except (ConnectionError, TimeoutError):
            received = _read_rest(connection)
            hung = not received and time.monotonic() - began >= deadline
    return Ending(tuple(map(int, _STATUS.findall(received))), received, hung, time.monotonic() - began)


def _send_all(connection: socket.socket, abuse: Abuse) -> None:
    connection.sendall(abuse.data)
    if abuse.end is End.HALF_CLOSE:
        connection.shutdown(socket.SHUT_WR)
    elif abuse.end is End.RESET:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)


def _read(connection: socket.socket, until: float) -> tuple[bytes, bool]:
    """Until the server closes, or is quiet after an answer; whether it was neither."""
    received = b""
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return received, not _STATUS.search(received)
        connection.settimeout(min(left, _QUIET_SECONDS) if _STATUS.search(received) else left)
        try:
            piece = connection.recv(_PIECE)
        except TimeoutError:
            return received, not _STATUS.search(received)
        if not piece:
            return received, False
        received += piece


def _read_rest(connection: socket.socket) -> bytes:
    """What the server sent before it closed."""
    try:
        connection.settimeout(_QUIET_SECONDS)
        return connection.recv(_PIECE)
    except OSError:
        return b""


def main() -> None:
    """Send a file again: `python -m benchmarks.abuse.wire.sending HOST PORT FILE`."""
    host, port, file = sys.argv[1:]
    ending = send((host, int(port)), Abuse(file, Path(file).read_bytes()))
    print(ending.shown, f"{ending.seconds:.1f} s", ending.received.decode(errors="replace"), sep="\n")


if __name__ == "__main__":
    main()
