"""Fetching the weight files with progress bars, and checking them."""

from collections.abc import Sequence

from rich.progress import BarColumn, DownloadColumn, TextColumn

from imgdiff import weights
from imgdiff.cli.output import Output
from imgdiff.cli.progress import count_bytes
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable


def ensure_weights(output: Output, names: Sequence[str] | None = None) -> None:
    """Fetch the missing files with a bar for each; raises WeightsUnavailable or WeightsCorrupt."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn()
    with output.progress(*columns) as bars:
        count = count_bytes(bars)

        def on_bytes(name: str, done: int, total: int) -> None:
            if not bars.tasks:
                output.note(f"fetching weights into {weights.ModelSettings().models_dir}, once")
            count(name, done, total)

        weights.fetch_all(names, on_bytes)


def weights_state() -> tuple[bool, str]:
    """Whether every weight file is present and intact, and a sentence about it. Reads every file."""
    try:
        found = weights.status()
        absent = [weight.name for weight in found if not weight.present]
        if absent:
            return False, f"missing: {', '.join(absent)}; run `imgdiff models fetch`"
        for weight in found:
            weights.verify(weight.name)
    except (WeightsUnavailable, WeightsCorrupt) as error:
        return False, error.detail
    return True, f"{len(found)} files with the right digests"
