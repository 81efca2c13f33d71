"""A worker that dies between writing which stage follows and publishing its message: `dying_worker.py STAGE`.

The database then has the stage as queued, and no queue holds it. `dying_worker.py --taken` dies as soon as it has taken
a message, before it begins a stage.
"""

import os
import sys
from collections.abc import Iterable

from gateway import worker
from gateway.pipeline.attempts import WorkerContext
from gateway.pipeline.broker import Broker
from gateway.store.values import QueuedStage
from imgdiff.jobs import StageName


class DyingBroker(Broker):
    """Dies before it publishes a message for the stage named on the command line."""

    def put(self, queued: Iterable[QueuedStage]) -> None:
        stages = list(queued)
        if any(stage.name.value == sys.argv[1] for stage in stages):
            os._exit(1)
        super().put(stages)


class DyingContext(WorkerContext):
    """Dies with the message in its hands."""

    def attempt(self, name: StageName, ticket: str) -> None:
        """Begin nothing."""
        os._exit(1)


if __name__ == "__main__":
    if sys.argv[1] == "--taken":
        worker.WorkerContext = DyingContext
    else:
        worker.Broker = DyingBroker
    worker.main()
