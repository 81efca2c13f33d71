"""The engine: a perception and the comparison, behind the seam that the serving frame calls."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse
from imgdiff.stages import Detection
from services.detection.comparison import answer_all, compare
from services.detection.decisions.answers import Compared
from services.detection.feature_extractor import Perception
from services.detection.schema import PairWork
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

_log = logging.getLogger(__name__)


class DetectionEngine:
    """Pairs of a batch side by side up to their crops, then the crops of all pairs together.

    `metrics.pair_rows` observes for every pair its share of the pictures that its batch sent through a network.
    """

    device = "cpu"

    def __init__(self, perception: Perception, threads: int, metrics: ServiceMetrics) -> None:
        self._perception = perception
        self._metrics = metrics
        self._side_by_side = ThreadPoolExecutor(threads, thread_name_prefix="pair")

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
        """One detection or error for each ticket, in order, whoever shares the batch."""
        before = self._perception.rows
        compared = list(self._side_by_side.map(self._compare, batch))
        waiting = [one for one in compared if isinstance(one, Compared)]
        answers = iter(answer_all(waiting, self._perception) if waiting else [])
        rows = (self._perception.rows - before) / max(1, len(compared))
        for _ in compared:
            self._metrics.pair_rows.observe(rows)
        return [next(answers) if isinstance(one, Compared) else one for one in compared]

    def _compare(self, ticket: Ticket[PairWork]) -> Compared | Detection | ImgdiffError:
        try:
            ticket.cancellation.check()
            return compare(ticket.work, self._perception, ticket.cancellation)
        except ImgdiffError as error:
            return error
        except Exception as error:  # noqa: BLE001  one pair's fault is not its batch's
            _log.exception("a pair failed")
            return ImgdiffError(f"the comparison failed: {type(error).__name__}")
