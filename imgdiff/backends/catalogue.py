"""The catalogue of large models: what each is for, where it comes from, and what it needs; without torch."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import Field, model_validator

from imgdiff.backends.hub_names import HubName
from imgdiff.backends.machine import Machine
from imgdiff.errors import NotFound
from imgdiff.frozen import Frozen
from imgdiff.jobs import StageName

Obstacle = Literal["GPU", "RAM", "disk"]
_CUDA_GB = 1.0  # GB of GPU memory that CUDA's context and torch's kernels take; chosen, not measured
_PROCESS_GB = 2.0  # GB of main memory of a service with torch, without weights; chosen, not measured


class Model(Frozen):
    """One model of the catalogue; sizes in GB (10^9 bytes), parameters in 10^9."""

    name: str
    service: StageName
    backend: str = Field(description="Value of the backend's, embedder's, matcher's or rewriter's setting.")
    role: str
    setting: str = Field(description="Names the weights.")
    value: str | None = Field(default=None, description="What the setting takes; default: the name on the hub.")
    hub: str
    kind: Literal["file", "folder", "pipeline"]
    variant: str = ""
    files: tuple[str, ...] = Field(min_length=1, description="Patterns of files that must be there.")
    disk_gb: float
    size_from: Literal["listed", "calculated"] = Field(alias="from")
    parameters: float
    loads: Literal[2, 4] = Field(description="Bytes a parameter on the device.")
    working_gb: float = Field(description="For activations at the default batch; chosen, not measured.")
    measured_gpu_gb: float | None = None
    licence: str
    note: str = ""
    gated: bool = False
    commercial: bool = True
    optional: bool = Field(default=False, description="Not fetched with its backend unless named.")
    needs: tuple[str, ...] = Field(default=(), alias="with", description="Models that run beside it.")

    @property
    def hub_name(self) -> HubName:
        """Its name on the hub; raises ValueError where the catalogue is wrong."""
        name = HubName.parse(self.hub)
        if name is None:
            raise ValueError(f"{self.hub} is no name on the hub")
        return name

    @property
    def gpu_gb(self) -> float:
        """GPU memory: measured, or calculated from the parameters."""
        return self.measured_gpu_gb or self.parameters * self.loads + self.working_gb + _CUDA_GB

    @property
    def host_gb(self) -> float:
        """Main memory while it loads, calculated: all weights pass through it."""
        return self.parameters * self.loads + _PROCESS_GB


class Catalogue(Frozen):
    """All models, each under its name."""

    models: tuple[Model, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [model.name for model in self.models]
        if len(set(names)) != len(names):
            raise ValueError("two models with the same name")
        if unknown := {needed for model in self.models for needed in model.needs} - set(names):
            raise ValueError(f"needed but not listed: {', '.join(sorted(unknown))}")
        return self

    def named(self, name: str) -> Model:
        """The model of that name; raises NotFound with the known names."""
        for model in self.models:
            if model.name == name:
                return model
        raise NotFound(f"no model {name!r}; known: {', '.join(model.name for model in self.models)}")

    def of_backend(self, name: str) -> list[Model]:
        """A backend's default models, or one model by its name, with what runs beside them.

        A backend's first model is its default; the others are chosen by name. Raises NotFound with all names.
        """
        found = [model for model in self.models if model.name == name]
        found = found or [model for model in self.models if model.backend == name and not model.optional][:1]
        if not found:
            known = dict.fromkeys([name for model in self.models for name in (model.backend, model.name)])
            raise NotFound(f"no backend or model {name!r}; known: {', '.join(known)}")
        return self._with_needed(found)

    def _with_needed(self, models: Sequence[Model]) -> list[Model]:
        wanted = dict.fromkeys(models)
        for model in models:
            wanted |= dict.fromkeys(self._with_needed([self.named(name) for name in model.needs]))
        return list(wanted)


@cache
def catalogue() -> Catalogue:
    """The catalogue that is shipped beside this module."""
    return Catalogue.model_validate(tomllib.loads((files("imgdiff.backends") / "catalogue.toml").read_text("utf-8")))


def obstacles(model: Model, machine: Machine, *, fetched: bool) -> list[Obstacle]:
    """What this machine lacks to run the model on a GPU; empty where it can."""
    largest = max((gpu.total_gb for gpu in machine.gpus), default=0.0)
    lacking: dict[Obstacle, bool] = {
        "GPU": largest < model.gpu_gb,
        "RAM": machine.memory_gb is not None and machine.memory_gb < model.host_gb,
        "disk": not fetched and machine.disk_gb < model.disk_gb,
    }
    return [obstacle for obstacle, lacks in lacking.items() if lacks]
