"""Pictures with objects to import, and the count of what is left out."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from imgdiff.client.options import DonorArguments


@dataclass(frozen=True)
class Picture:
    """An image file and its objects; of a cut-out the one object is what is opaque.

    `size` (width, height) is what the places of its objects are in, where the file that lists them states it.
    """

    path: Path
    objects: tuple[DonorArguments, ...]
    size: tuple[int, int] | None = None

    @property
    def is_cutout(self) -> bool:
        """Whether the object has no place but its own transparency."""
        return not any({"mask", "polygons", "box"} & one.keys() for one in self.objects)


@dataclass
class Tally:
    """How many objects were added, were in the library already, and were left out, by reason."""

    added: Counter[str] = field(default_factory=Counter)  # by label
    known: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def skip(self, reason: str, objects: int = 1) -> None:
        """Count objects that are left out."""
        self.skipped[reason] += objects
