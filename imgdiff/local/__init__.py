"""The local set: Redis, three services, worker and gateway as child processes of one supervisor."""

from imgdiff.local.layout import Layout
from imgdiff.local.supervisor import Supervisor

__all__ = ["Layout", "Supervisor"]
