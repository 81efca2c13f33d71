"""Ports on this machine: free ones, and whether one is taken."""

import socket

from imgdiff.errors import Conflict

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Different free loopback ports, all found before any is given back."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


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
