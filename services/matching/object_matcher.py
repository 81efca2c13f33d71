"""Object matcher: how well nouns fit crops, whose network is a backend (paper, section 3.3: image-text matching)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse
from services.english.exchange import ExchangedNouns
from services.imaging.boxes import crop


@dataclass(frozen=True)
class Crop:
    """A box of an image (height x width x 3, RGB, 0..255), at least one pixel large."""

    image: RGB
    box: Box

    @property
    def pixels(self) -> RGB:
        """The box alone."""
        return crop(self.image, self.box)


class ObjectMatcher(Protocol):
    """Scores by a network with a threshold of its own. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The weights in use."""

    @property
    def calibrated(self) -> Mapping[str, float]:
        """The network's thresholds by reason code, where they are not the paper's."""

    @property
    def crops_at_once(self) -> int:
        """Crops in one batch: a batch costs the same with fewer."""

    @property
    def looks_around(self) -> bool:
        """Whether a match depends on pixels around the box, so that equal crops may match differently."""

    def choose(self, nouns: ExchangedNouns) -> ExchangedNouns:
        """The nouns that decide; none where the network does not know what all of them look like."""

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> Sequence[float]:
        """Each crop's best match with any of its own nouns, higher is better; in order.

        No score depends on the other rows.
        """
