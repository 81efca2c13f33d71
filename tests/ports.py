"""Ports for servers that a test starts itself."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """Different loopback ports that nobody else is given meanwhile.

    Each stays bound without listening: a server that reuses addresses may listen there, any number of times, but no
    other search for a free port finds it and no client connects from it.
    """
    with ExitStack() as held:
        ports = []
        for _ in range(count):
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
            ports.append(one.getsockname()[1])
        yield ports
