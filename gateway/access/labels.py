"""Tenants as labels of metrics: a bounded number of them by name, the others together."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

OTHERS = "_other"
"""The label of all tenants beyond the limit; no tenant has this name."""


@dataclass
class TenantLabels:
    """The first tenants that a process sees keep their names as labels for as long as it runs, at most `most`."""

    most: int
    _named: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def label(self, tenant: str) -> str:
        """The label of a tenant."""
        if tenant in self._named:
            return tenant
        with self._guard:
            if tenant not in self._named and len(self._named) >= self.most:
                return OTHERS
            self._named.add(tenant)
        return tenant

    def add_up(self, counted: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
        """Numbers by label and a second label, from those by tenant and the same."""
        sums: dict[tuple[str, str], int] = {}
        for tenant, kind, number in sorted(counted):
            key = (self.label(tenant), kind)
            sums[key] = sums.get(key, 0) + number
        return sums
