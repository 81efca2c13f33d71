"""What detection needs from a backend's networks; a backend returns null for what it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.imaging.arrays import Floats
from services.networks.change_head import ChangeHead


@dataclass(frozen=True)
class NetworkDistances:
    """Height x width each, 0 where two images look the same to the networks.

    `texture` is LPIPS; `shallow` and `deep` are distances of patch tokens by depth, `slack` over all depths to the
    nearest of the neighbouring tokens. `tokens` are those of both images: blocks x rows x columns x D, of unit length.
    """

    texture: Floats
    shallow: Floats
    deep: Floats
    slack: Floats
    tokens: tuple[Floats, Floats]


class Embedder(Protocol):
    """Turns crops into vectors whose cosines are similarities; thresholds on them are the network's own."""

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """Shape (N, D), each row of unit length, in the order of the crops (height x width x 3, RGB, 0..255).

        A crop may be as small as one pixel; no crops give no rows. A row does not depend on the other crops.
        """


class FeatureExtractor(Protocol):
    """Images as a backend sees them.

    Several threads may call `measure_distances` and `extract_tokens` at once; `embed` has one caller at a time.
    """

    name: str
    models: tuple[ModelUse, ...]
    thresholds: dict[str, float]
    """Calibrated defaults by reason code."""
    head: ChangeHead
    """Weighs the evidence."""

    @property
    def rows(self) -> int:
        """Images sent through a network since the start."""

    def warm_up(self) -> None:
        """Run every network once."""

    def measure_distances(self, image1: RGB, image2: RGB) -> NetworkDistances | None:
        """How far two images of one size differ at every pixel; null where the backend has no networks."""

    def extract_tokens(self, image: RGB) -> Floats | None:
        """Blocks x rows x columns x D: what every cell of a grid over the image looks like, at several depths.

        Tokens of one block are comparable across images by cosine; null where the backend has none.
        """

    def embed(self, crops: Sequence[RGB]) -> Floats | None:
        """As an `Embedder`; each distinct crop goes through the networks once. Null where the backend has none."""
