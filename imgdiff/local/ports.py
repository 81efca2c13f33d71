"""Ports on this machine: free ones, and whether one is taken."""

import random
import socket
from contextlib import ExitStack

from imgdiff.errors import Conflict

LOOPBACK = "127.0.0.1"
# Below the range that Linux (32768-60999), macOS and Windows (49152-65535) take outgoing connections from: a port of
# those may be taken by any client between being found free and being listened on.
_PORTS = range(20_000, 32_768)


def free_ports(count: int) -> list[int]:
    """Different free loopback ports, all found before any is given back; raises Conflict when there are too few."""
    with ExitStack() as held:
        found: list[int] = []
        for port in random.sample(_PORTS, len(_PORTS)):
            if len(found) == count:
                break
            one = held.enter_context(socket.socket())
            try:
                one.bind((LOOPBACK, port))
            except OSError:
                one.close()
                continue
            found.append(port)
        if len(found) < count:
            detail = f"needs {count} free ports between {_PORTS.start} and {_PORTS.stop - 1}, found {len(found)}"
            raise Conflict(detail)
        return found


def require_free(host: str, port: int) -> None:
    """Raises Conflict when nobody could listen there now."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        detail = f"cannot listen on {host}:{port} ({error.strerror or error}); choose another with --host and --port"
        raise Conflict(detail) from error
