"""Which addresses a request on behalf of a client may reach: public ones, and networks that the operator names."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class Blocked(Exception):
    """The address is not one that this gateway sends requests to."""


def is_public(address: IPAddress) -> bool:
    """Whether an address is of the public internet; so must be the IPv4 address that an IPv6 address carries."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = _carried(address)
        if carried is not None:
            return is_public(carried)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(address: IPAddress, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    return any(address.version == network.version and address in network for network in networks)


async def resolve(host: str, port: int, networks: Sequence[Network], *, public: bool) -> list[str]:
    """The addresses of a host; raises Blocked unless all of them may be reached, OSError for an unknown host.

    Those in `networks` may be; with `public` those of the public internet as well.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in texts:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not is_allowed(address, networks) and not (public and is_public(address)):
            raise Blocked("its address is not a public one")
    return texts


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (None if teredo is None else teredo[1])
