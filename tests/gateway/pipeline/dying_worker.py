"""A worker that dies when it has written what follows from a stage and before it rings for it: `dying_worker.py STAGE`.

Whatever it dies of there, the database says that the stage is queued, and no queue holds it.
"""

import os
import sys
from collections.abc import Iterable

from gateway import worker
from gateway.pipeline.broker import Broker
from gateway.store.stages import Waiting


class DyingBroker(Broker):
    """Rings for nothing once one of those that wait is of the stage it dies before."""

    def put(self, waiting: Iterable[Waiting]) -> None:
        ringing = list(waiting)
        if any(stage.name.value == sys.argv[1] for stage in ringing):
            os._exit(1)
        super().put(ringing)


if __name__ == "__main__":
    worker.Broker = DyingBroker
    worker.main()
