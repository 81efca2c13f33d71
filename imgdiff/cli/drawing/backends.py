"""The table of large models, in 80 columns."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console

from imgdiff.backends.machine import Machine
from imgdiff.frozen import Frozen

_FORMAT = "  {:<16} {:>5} {:>5} {:>5}  {:<20} {}"
_LEGEND = """
GB on disk, on the GPU, and in main memory while loading; the last two are
calculated from the number of parameters. "On a GPU" is whether this machine's
holds it; some run on a processor as well. A backend's first model is its
default; --json adds roles, settings, files and revisions."""


class ModelRow(Frozen):
    """One model of the catalogue on this machine; sizes in GB (10^9 bytes)."""

    name: str
    service: str
    backend: str
    role: str
    setting: str
    value: str
    hub: str
    revision: str | None
    files: tuple[str, ...]
    disk_gb: float
    disk_from: str
    gpu_gb: float
    gpu_from: str
    host_gb: float
    host_from: str
    licence: str
    gated: bool
    commercial: bool
    note: str
    needs: tuple[str, ...]
    fetched: bool
    runs_here: bool
    obstacles: tuple[str, ...]


class BackendTable(Frozen):
    """All models, and what this machine has."""

    machine: Machine
    models: tuple[ModelRow, ...]


def draw_backends(table: BackendTable, console: Console) -> None:
    """Print the machine, then the models by service and backend."""
    lines = [_describe(table.machine), "", _FORMAT.format("model", "disk", "GPU", "RAM", "licence", "on a GPU")]
    for (service, backend), rows in groupby(table.models, lambda row: (row.service, row.backend)):
        lines += [f"{service}: {backend}", *(line for row in rows for line in _lines(row))]
    console.print("\n".join([*lines, _LEGEND]), markup=False, soft_wrap=True)


def _lines(row: ModelRow) -> Sequence[str]:
    terms = row.licence + (" gated" if row.gated else "")
    here = "yes" if row.runs_here else f"no: {', '.join(row.obstacles)}"
    sizes = (f"{row.disk_gb:.1f}", f"{row.gpu_gb:.0f}", f"{row.host_gb:.0f}")
    revision = "" if row.revision is None else f"@{row.revision[:7]}"
    fetched = " (fetched)" if row.fetched else ""
    return _FORMAT.format(row.name, *sizes, terms, here), f"    {row.hub}{revision}{fetched}"


def _describe(machine: Machine) -> str:
    gpus = ", ".join(f"{gpu.name}, {gpu.total_gb:.0f} GB" for gpu in machine.gpus) or "no NVIDIA GPU"
    memory = "unknown" if machine.memory_gb is None else f"{machine.memory_gb:.0f} GB"
    return f"This machine: {gpus}; main memory {memory}; free disk {machine.disk_gb:.0f} GB"
