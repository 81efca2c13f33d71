"""Keys of a database."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

import pytest

from gateway.access import issuing
from gateway.access.issuing import Issued
from gateway.access.principal import Scope
from gateway.settings import GatewaySettings
from gateway.store.database import Database


class Issue(Protocol):
    """Creates a key of a gateway's database."""

    def __call__(
        self, tenant: str = ..., scopes: Iterable[Scope] = ..., lifetime: timedelta | None = ..., name: str = ...
    ) -> Issued:
        """The new key."""


@pytest.fixture
def issue(settings: GatewaySettings) -> Issue:
    def create(
        tenant: str = "default",
        scopes: Iterable[Scope] = tuple(Scope),
        lifetime: timedelta | None = None,
        name: str = "test",
    ) -> Issued:
        database = Database(settings.database_url)
        with database.writing() as session:
            issued = issuing.create(session, tenant, name, scopes, lifetime)
        database.close()
        return issued

    return create
