"""Two workers that die where they are told to: `python -m benchmarks.chaos.fragile_worker FOLDER`.

A file `FOLDER/WINDOW-*` makes the worker that comes to that window first take the file away and kill itself:

stored         an edited image has been stored, and no result
settled        a result has been stored and the next stage begun, and no message published
unacknowledged the stage is done and its message not yet acknowledged

This process imports everything once and forks a worker whenever one has ended, which takes a tenth of a start.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from celery import signals

from gateway import worker
from gateway.pipeline.broker import Broker
from gateway.store.objects import AssetStore
from gateway.store.values import QueuedStage
from imgdiff.local.child import die_with

WORKERS = 2  # so that one goes on; chosen, not measured
FOLDER = Path(sys.argv[1])


def die_in(window: str, stages: Iterable[str] = ()) -> None:
    """Kill this process if a file asks for it; `stages` wait for what it would have done."""
    for file in FOLDER.glob(f"{window}-*"):
        try:
            file.unlink()
        except FileNotFoundError:
            continue  # the other worker took it
        with (FOLDER / "deaths").open("a") as deaths:
            deaths.write(" ".join((window, str(time.monotonic()), str(time.time()), *stages)) + "\n")
        os.kill(os.getpid(), signal.SIGKILL)


class FragileStore(AssetStore):
    """Dies after it has stored an image."""

    def put(self, data: bytes) -> str:
        """Store, then die."""
        key = super().put(data)
        die_in("stored")
        return key


class FragileBroker(Broker):
    """Dies before it publishes what follows."""

    def put(self, queued: Iterable[QueuedStage]) -> None:
        """Die, then publish."""
        stages = list(queued)
        die_in("settled", [stage.stage_id for stage in stages])
        super().put(stages)


def _fork(number: int) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        (FOLDER / f"worker-{number}.pid").write_text(str(pid))
        return pid
    die_with(parent)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)
    worker.AssetStore = FragileStore
    worker.Broker = FragileBroker
    signals.task_postrun.connect(lambda **_: die_in("unacknowledged"), weak=False)
    worker.main()
    os._exit(0)


def main() -> None:
    """Keep the workers running until SIGTERM."""
    children = {_fork(number): number for number in range(WORKERS)}

    def stop(*_: object) -> None:
        for pid in children:
            os.kill(pid, signal.SIGTERM)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        pid, _ = os.wait()
        number = children.pop(pid)
        children[_fork(number)] = number


if __name__ == "__main__":
    main()
