"""Public addresses are told from all others, also where an IPv6 address carries an IPv4 one."""

import asyncio
import ipaddress

import pytest

from gateway.outbound.addresses import Blocked, is_public, resolve

PRIVATE = (
    "127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1 198.18.0.1 224.0.0.1 "
    "240.0.0.1 255.255.255.255 ::1 :: fe80::1 fc00::1 fec0::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 "
    "64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:c0a8:101:: 2001:0:4136:e378:8000:63bf:80ff:fffe"
)


@pytest.mark.parametrize("address", PRIVATE.split(" "))
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_an_address_that_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_a_name_is_blocked_unless_the_operator_allows_its_network() -> None:
    loopback = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]

    assert asyncio.run(resolve("localhost", 80, loopback, public=False))
    for public in (False, True):
        with pytest.raises(Blocked, match="not a public one"):
            asyncio.run(resolve("localhost", 80, [], public=public))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "017700000001"])
def test_other_spellings_of_an_address_are_read_as_the_system_reads_them(host: str) -> None:
    with pytest.raises((Blocked, OSError)):
        asyncio.run(resolve(host, 80, [], public=True))
