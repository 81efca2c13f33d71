"""Large models for the commands: the table of them, and fetching with progress bars."""

from collections.abc import Sequence
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn

from imgdiff.backends.catalogue import Model, catalogue, obstacles
from imgdiff.backends.fetching import fetch_model, is_fetched
from imgdiff.backends.hub_errors import cache_folder
from imgdiff.backends.hub_names import SYNTAX, HubName
from imgdiff.backends.machine import Machine, inspect_machine
from imgdiff.cli.drawing.backends import BackendTable, ModelRow
from imgdiff.cli.output import Output
from imgdiff.cli.progress import count_bytes
from imgdiff.errors import NotFound

_COPIED = {"name", "backend", "role", "setting", "files", "disk_gb", "licence", "gated", "note", "commercial", "needs"}


def backend_table() -> BackendTable:
    """Every model of the catalogue, and whether this machine can run it."""
    machine = inspect_machine(Path(cache_folder()))
    return BackendTable(machine=machine, models=tuple(_row(model, machine) for model in catalogue().models))


def names_on_hub(backends: Sequence[str], others: Sequence[str]) -> list[HubName]:
    """What is fetched for these backends or models, and these names; raises NotFound for an unknown one."""
    models = dict.fromkeys(model for name in backends for model in catalogue().of_backend(name))
    named = [(text, HubName.parse(text)) for text in others]
    if wrong := [text for text, name in named if name is None]:
        raise NotFound(f"{', '.join(wrong)} is no {SYNTAX}")
    return [*(model.hub_name for model in models), *(name for _, name in named if name is not None)]


def fetch_with_bars(output: Output, names: Sequence[HubName]) -> list[Path]:
    """Fetch the models one by one, with a bar for each large file; the folders of their snapshots."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    folders = []
    with output.progress(*columns) as bars:
        for name in names:
            output.note(f"{name.repository} into {cache_folder()}")
            folders.append(fetch_model(name, count_bytes(bars)))
    return folders


def _row(model: Model, machine: Machine) -> ModelRow:
    fetched = is_fetched(model)
    found = obstacles(model, machine, fetched=fetched)
    name = model.hub_name
    return ModelRow(
        **model.model_dump(include=_COPIED),
        service=model.service.value,
        value=model.value or model.hub,
        hub=name.repository,
        revision=name.revision,
        disk_from=model.size_from,
        gpu_gb=round(model.gpu_gb, 1),
        gpu_from="calculated" if model.measured_gpu_gb is None else "measured",
        host_gb=round(model.host_gb, 1),
        host_from="calculated",
        fetched=fetched,
        runs_here=not found,
        obstacles=tuple(found),
    )
