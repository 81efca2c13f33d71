"""Every weight file: its source, its conversion, the digest it must have, and its licence."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from imgdiff.errors import NotFound
from imgdiff.frozen import Frozen
from imgdiff.jobs import StageName

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]
Conversion = Literal[
    "none", "coco-labels", "imagenet-labels", "tflite-embedding", "vits14-int8", "lpips-alex", "squeezenet"
]


class PackageSource(Frozen):
    """One member of a wheel or sdist, which serves as a container only: it is never imported or built."""

    type: Literal["package"] = "package"
    name: str
    version: str
    kind: Literal["wheel", "sdist"]
    filename: FileName
    sha256: Sha256 = Field(description="SHA-256 of the container.")
    member: str = Field(description="Path of the member inside the container.")
    member_sha256: Sha256


class HubSource(Frozen):
    """One file of a repository on a model hub, at a fixed revision."""

    type: Literal["hub"] = "hub"
    repository: str
    revision: str = Field(description="Commit, never a branch.")
    path: str
    sha256: Sha256

    @property
    def version(self) -> str:
        """The revision."""
        return self.revision


Source = Annotated[PackageSource | HubSource, Field(discriminator="type")]


class Licence(Frozen):
    """The weights' licence, and who states it."""

    spdx: str
    note: str = Field(description="Where the licence is stated, and what is left open.")


class Weights(Frozen):
    """One weight file."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    role: str = Field(description="What the set uses it for.")
    services: tuple[StageName, ...] = Field(min_length=1, description="The services that read it.")
    source: Source
    conversion: Conversion = "none"
    file: FileName = Field(description="Name in the cache.")
    size: int = Field(gt=0, description="Bytes of the final file.")
    sha256: Sha256 = Field(description="SHA-256 of the final file, after the conversion.")
    licence: Licence


class Manifest(Frozen):
    """All weight files, each under its name."""

    weights: tuple[Weights, ...]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for field in ("name", "file"):
            values = [getattr(weights, field) for weights in self.weights]
            if len(set(values)) != len(values):
                raise ValueError(f"two weight files with the same {field}")
        return self

    def named(self, name: str) -> Weights:
        """The entry of that name; raises NotFound with the known names."""
        for weights in self.weights:
            if weights.name == name:
                return weights
        known = ", ".join(weights.name for weights in self.weights)
        raise NotFound(f"no weights named {name!r}; known: {known}")


@cache
def manifest() -> Manifest:
    """The manifest that is shipped beside this module."""
    return Manifest.model_validate_json((files("imgdiff.weights") / "manifest.json").read_bytes())
