"""The engines of detection and captioning behind one call: pairs in, records out, as over a gateway."""

from collections.abc import Sequence
from dataclasses import dataclass

from imgdiff.errors import ImgdiffError
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Policy, Record
from services.captioning.settings import CaptioningSettings
from services.detection.settings import DetectionSettings
from services.inprocess.pairs import PairStages, StoredPair, each, store


@dataclass(frozen=True)
class _Request:
    """A request to compare pairs; its options hold all that is known."""

    options: Options
    kind: JobKind = JobKind.DIFFERENCE_CAPTIONS
    fields: None = None
    edit: None = None

    @property
    def caption1(self) -> str | None:
        """What image1 is known to show."""
        return self.options.caption1

    @property
    def caption2(self) -> str | None:
        """What image2 is known to show."""
        return self.options.caption2


class PairEngines:
    """Both engines, loaded and warm; for one thread. Settings that are not given come from the environment.

    Raises ValueError for a backend that is unknown or lacks something, WeightsUnavailable or WeightsCorrupt.
    """

    def __init__(
        self, detection: DetectionSettings | None = None, captioning: CaptioningSettings | None = None
    ) -> None:
        self._stages = PairStages(detection or DetectionSettings(), captioning or CaptioningSettings())

    def describe(
        self, pairs: Sequence[tuple[bytes, bytes] | ImgdiffError], options: Options
    ) -> list[Record | ImgdiffError]:
        """For each pair of image files its record, or its error; an error in place of a pair stays.

        A record is the one that a gateway over the same engines composes, but for its id, job, time and seconds. The
        job is of no gateway, no dataset holds the record, and its scene is null.
        """
        request, size = _Request(options.settled(Policy.DESCRIBE)), self._stages.size
        parts = (pairs[start : start + size] for start in range(0, len(pairs), size))
        return [one for part in parts for one in self._describe(part, request)]

    def _describe(
        self, pairs: Sequence[tuple[bytes, bytes] | ImgdiffError], request: _Request
    ) -> list[Record | ImgdiffError]:
        def read(files: tuple[bytes, bytes]) -> StoredPair:
            return StoredPair(store(files[0], "/image1"), store(files[1], "/image2"), request)

        stored = each(read, pairs)
        captioned = self._stages.caption(request, stored, self._stages.detect(request, stored))
        return each(lambda done: done[0], captioned)
