"""What the editing of photos expects of networks."""

from collections.abc import Sequence
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags, Floats
from services.networks.detector import DetectedObject


class Detector(Protocol):
    """Finds things in an image (H x W x 3) and scores them, 0..1."""

    @property
    def labels(self) -> Sequence[str]:
        """The names of all classes."""

    def detect(self, image: RGB) -> Sequence[DetectedObject]:
        """Every object, highest score first."""

    def score_at(self, image: RGB, label: str, box: Box) -> float:
        """The best score of the label at the box; 0 when it is not found there."""

    def score_inside(self, image: RGB, label: str, box: Box) -> float:
        """The best score of the label that overlaps the box; 0 when nothing of it is left."""


class Vision(Detector, Protocol):
    """What an edit needs to see. Images are H x W x 3, masks H x W of the whole image, scores 0..1."""

    def find_inside(self, image: RGB, label: str, box: Box) -> Sequence[DetectedObject]:
        """What has the label and overlaps the box, in no order."""

    def mask(self, image: RGB, box: Box) -> Flags:
        """The pixels of the object in a box."""

    def outline_stability(self, image: RGB, box: Box) -> float:
        """How little the object's outline depends on the threshold that draws it."""

    def score_alone(self, image: RGB, mask: Flags, label: str) -> float:
        """The least score of the label with nothing else in view: on grey, and on its blurred surroundings."""

    def tokens(self, image: RGB) -> Floats:
        """Patch tokens of the whole image, blocks x rows x columns x d."""

    def anomaly_score(self, image: RGB, hole: Flags) -> float:
        """How much less a filled hole is like its surroundings than they are like themselves; 0 is as alike."""
