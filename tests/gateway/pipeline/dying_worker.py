"""A worker that dies between writing which stage follows and publishing its message: `dying_worker.py STAGE`.

The database then has the stage as queued, and no queue holds it.
"""

import os
import sys
from collections.abc import Iterable

from gateway import worker
from gateway.pipeline.broker import Broker
from gateway.store.values import QueuedStage


class DyingBroker(Broker):
    """Dies before it publishes a message for the stage named on the command line."""

    def put(self, queued: Iterable[QueuedStage]) -> None:
        stages = list(queued)
        if any(stage.name.value == sys.argv[1] for stage in stages):
            os._exit(1)
        super().put(stages)


if __name__ == "__main__":
    worker.Broker = DyingBroker
    worker.main()
