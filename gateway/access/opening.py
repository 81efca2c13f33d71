"""Whether a gateway may open: with keys, on loopback, or because somebody wants it open."""

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.access.issuing import admit_bootstrap
from gateway.access.keyring import KeyRing
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.migration import migrate
from imgdiff.errors import Unauthorized

_log = logging.getLogger(__name__)
_ADVICE = (
    "Make a key with `imgdiff keys create --name NAME`, or set IMGDIFF_GATEWAY_BOOTSTRAP_KEY to one of your own; "
    "listen on 127.0.0.1; or set IMGDIFF_GATEWAY_INSECURE=1 if something else keeps strangers out."
)


def load_keys(settings: GatewaySettings, database: Database) -> KeyRing:
    """The keys of a gateway that starts, the one of the setting among them; the log says so where there is none."""
    if settings.bootstrap_key is not None:
        with database.writing() as session:
            stored = admit_bootstrap(session, settings.bootstrap_key.get_secret_value())
        if stored.revoked_at is not None:
            _log.warning("the key of IMGDIFF_GATEWAY_BOOTSTRAP_KEY was revoked and stays so; set another one")
    ring = KeyRing(database)
    ring.read()
    if ring.is_open:
        _log.warning("no API keys: everybody who reaches %s:%d may do everything", settings.host, settings.port)
    return ring


def require_keys(settings: GatewaySettings) -> None:
    """Raise Unauthorized where others can reach the gateway and it has no key."""
    if settings.insecure or settings.bootstrap_key is not None or is_loopback(settings.host):
        return
    with _opened(settings) as database:
        ring = KeyRing(database)
        ring.read()
    if ring.is_open:
        raise Unauthorized(f"{settings.host} can be reached by others, and there is no API key. {_ADVICE}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; a name other than localhost may be anything."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _opened(settings: GatewaySettings) -> Iterator[Database]:
    database = Database(settings.database_url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()
