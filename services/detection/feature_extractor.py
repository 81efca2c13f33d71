"""What detection asks of a backend's networks; each may answer null when it has none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.imaging.arrays import Floats
from services.networks.change_head import ChangeHead


@dataclass(frozen=True)
class Networks:
    """What the networks say, height x width: LPIPS and, by depth and with a token's slack, distances of tokens."""

    texture: Floats
    shallow: Floats
    deep: Floats
    slack: Floats


class Embedder(Protocol):
    """Cosines of its rows are similarities; the thresholds on them are those of its network."""

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """Shape (N, D), each row of unit length, in the order of the crops (height x width x 3, RGB, 0..255).

        A crop may be any size down to one pixel; no crops give no rows. A row does not depend on the other crops.
        """


class Perception(Protocol):
    """Images as a backend sees them.

    Several threads may call `distances` and `tokens` at once; `embed` has one caller at a time.
    """

    name: str
    models: tuple[ModelUse, ...]
    thresholds: dict[str, float]
    """Calibrated defaults by reason code."""
    head: ChangeHead
    """What weighs the evidence."""

    @property
    def rows(self) -> int:
        """Pictures sent through a network since the start."""

    def warm_up(self) -> None:
        """Run every network once."""

    def distances(self, image1: RGB, image2: RGB) -> Networks | None:
        """How far two images of one size are apart at every place; null where the backend has no networks."""

    def tokens(self, image: RGB) -> Floats | None:
        """Blocks x rows x columns x D: what every cell of a grid over the image looks like, at several depths.

        Tokens of one block are comparable across images by cosine; null where the backend has none.
        """

    def embed(self, crops: Sequence[RGB]) -> Floats | None:
        """Shape (N, D), each row of unit length, in the order of the crops (height x width x 3, RGB, 0..255).

        Each distinct picture goes through the networks once, and a row does not depend on the other crops. Null where
        the backend has no embedder.
        """
