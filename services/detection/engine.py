"""The engine: a perception and the comparison, behind the seam that the serving frame calls."""

from collections.abc import Sequence

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse
from imgdiff.stages import Detection
from services.detection.comparison import compare
from services.detection.perception import Perception
from services.detection.schema import PairWork
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, each


class DetectionEngine:
    """Answers pairs one by one; a pair's networks already see all its crops together."""

    device = "cpu"

    def __init__(self, perception: Perception) -> None:
        self._perception = perception

    @property
    def backend(self) -> str:
        """Name of the perception."""
        return self._perception.name

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of the perception."""
        return self._perception.models

    def warm_up(self) -> None:
        """Run every network once."""
        self._perception.warm_up()

    def run(self, batch: Sequence[Ticket[PairWork]]) -> list[Detection | ImgdiffError]:
        """One detection or error for each ticket, in order."""
        return each(self._detect, batch)

    def _detect(self, work: PairWork, cancellation: Cancellation) -> Detection:
        return compare(work, self._perception, cancellation)
