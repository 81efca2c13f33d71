"""The weight files as the command sees them: the one place that knows the names of `imgdiff.models`."""

import importlib
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from imgdiff.cli.output import Output
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable

OnBytes = Callable[[str, int, int], None]  # name, bytes done, bytes in all


class Weight(Protocol):
    """One weight file of the manifest and how it stands in the cache."""

    @property
    def name(self) -> str:
        """Name in the manifest."""
        ...

    @property
    def version(self) -> str:
        """Version of the package or revision of the repository it comes from."""
        ...

    @property
    def licence(self) -> str:
        """SPDX identifier."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def present(self) -> bool:
        """Whether the file is in the cache."""
        ...


class WeightStore(Protocol):
    """What the command asks of `imgdiff.models`."""

    def status(self) -> Sequence[Weight]:
        """Every weight file of the manifest; no digest is computed."""
        ...

    def fetch_all(self, names: Sequence[str] | None, progress: OnBytes) -> object:
        """Fetch what is missing (None is all); raises WeightsUnavailable or WeightsCorrupt."""
        ...

    def verify(self, name: str) -> object:
        """Compare the digest with the manifest's; raises WeightsUnavailable or WeightsCorrupt."""
        ...


def weight_store() -> WeightStore:
    """The weight store; raises WeightsUnavailable where the installation has none."""
    module = importlib.import_module("imgdiff.models")
    if not all(hasattr(module, name) for name in ("status", "fetch_all", "verify")):
        raise WeightsUnavailable("this installation of imgdiff has no weight manifest")
    return cast("WeightStore", module)


def ensure_weights(output: Output, names: Sequence[str] | None = None) -> None:
    """Fetch whatever is missing behind a bar a file; raises WeightsUnavailable or WeightsCorrupt."""
    store = weight_store()
    with _bars(output) as bars:
        tasks: dict[str, TaskID] = {}

        def on_bytes(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        store.fetch_all(names, on_bytes)


def _bars(output: Output) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        console=output.notes,
        transient=True,
        disable=output.as_json or not output.notes.is_terminal,
    )


def weights_state() -> tuple[bool, str]:
    """Whether every weight file is here and right, and a sentence about it. Reads every file."""
    try:
        store = weight_store()
        weights = store.status()
        absent = [weight.name for weight in weights if not weight.present]
        if absent:
            return False, f"not fetched: {', '.join(absent)}; run `imgdiff models fetch`"
        for weight in weights:
            store.verify(weight.name)
    except (WeightsUnavailable, WeightsCorrupt) as error:
        return False, error.detail
    return True, f"{len(weights)} files, every digest is the manifest's"
