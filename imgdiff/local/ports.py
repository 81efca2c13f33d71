"""Free ports on this machine."""

import ipaddress
import random
import socket
from contextlib import ExitStack

from imgdiff.errors import Conflict

LOOPBACK = "127.0.0.1"
# Below the ephemeral ports of Linux (32768-60999), macOS and Windows (49152-65535): any client's connection may take
# one of those between the check and the listen.
PORTS = range(20_000, 32_768)


def free_ports(count: int, among: range = PORTS) -> list[int]:
    """That many different free loopback ports; raises Conflict when there are too few."""
    with ExitStack() as held:
        found: list[int] = []
        for port in random.sample(among, len(among)):
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
            detail = f"needs {count} free ports between {among.start} and {among.stop - 1}, found {len(found)}"
            raise Conflict(detail)
        return found


_ANY = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104  only translated for this machine's own questions


def reachable(host: str, port: int) -> str:
    """The number under which this machine reaches a server that listens on `host`; raises Conflict for no address."""
    try:
        number = str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise Conflict(f"{host} is no address of this machine ({error.strerror or error})") from error
    return _ANY.get(number, number)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`; a name but localhost may mean anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_free(host: str, port: int) -> None:
    """Raises Conflict when nothing can listen there now."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        detail = (
            f"cannot listen on {host}:{port} ({error.strerror or error}); choose another address with --host and --port"
        )
        raise Conflict(detail) from error
