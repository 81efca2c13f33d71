"""The engines of detection and captioning behind one call: pairs in, records out, as over a gateway."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from imgdiff.composition.assets import asset_id
from imgdiff.composition.records import Evidence, compose
from imgdiff.composition.requests import captioning_request, detection_request
from imgdiff.errors import ImgdiffError
from imgdiff.images import ImageLimits, decode_pixels, encode_png
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Policy, Record, RecordImage
from services.captioning.engine import create_engine as create_captioning
from services.captioning.schema import parse_caption
from services.captioning.settings import CaptioningSettings
from services.detection.backends import create_engine as create_detection
from services.detection.schema import parse_pair
from services.detection.settings import DetectionSettings
from services.serving.engine import Answer, Engine, Ticket, Work
from services.serving.isolation import isolate

Value = TypeVar("Value")
_FAILED = "the pair failed"
_LIMITS = ImageLimits()  # of the files, as gateways have them by default


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


class _Pair(NamedTuple):
    """Two images as they are stored: upright PNG without metadata."""

    file1: bytes
    file2: bytes
    image1: RecordImage
    image2: RecordImage


class PairEngines:
    """Both engines, loaded and warm; for one thread. Settings that are not given come from the environment.

    Raises ValueError for a backend that is unknown or lacks something, WeightsUnavailable or WeightsCorrupt.
    """

    def __init__(
        self, detection: DetectionSettings | None = None, captioning: CaptioningSettings | None = None
    ) -> None:
        self._of_detection, self._of_captioning = detection or DetectionSettings(), captioning or CaptioningSettings()
        self._detection = create_detection(self._of_detection)
        self._captioning = create_captioning(self._of_captioning)
        self._detection.warm_up()
        self._captioning.warm_up()

    def describe(
        self, pairs: Sequence[tuple[bytes, bytes] | ImgdiffError], options: Options
    ) -> list[Record | ImgdiffError]:
        """For each pair of image files its record, or its error; an error in place of a pair stays.

        A record is the one that a gateway over the same engines composes, but for its id, job, time and seconds. The
        job is of no gateway, no dataset holds the record, and its scene is null.
        """
        request = _Request(options.settled(Policy.DESCRIBE))
        size = max(self._of_detection.max_batch, self._of_captioning.max_batch)  # pairs whose pixels are in memory
        parts = (pairs[start : start + size] for start in range(0, len(pairs), size))
        return [one for part in parts for one in self._describe(part, request)]

    def _describe(
        self, pairs: Sequence[tuple[bytes, bytes] | ImgdiffError], request: _Request
    ) -> list[Record | ImgdiffError]:
        text = detection_request(request, request).model_dump_json()
        read = _each(lambda files: _read(*files), pairs)
        works = _each(lambda pair: parse_pair(pair.file1, pair.file2, text, self._of_detection.limits), read)
        detected = _run(self._detection, works, self._of_detection.max_batch)
        detected = _each(lambda work, found: work.explain(found), works, detected)
        texts = _each(lambda found: captioning_request(request, request, found).model_dump_json(), detected)
        limits = self._of_captioning.limits
        to_caption = _each(lambda pair, part: parse_caption(pair.file1, pair.file2, part, limits), read, texts)
        captioned = _run(self._captioning, to_caption, self._of_captioning.max_batch)

        def write(pair: _Pair, detection: Any, captioning: Any) -> Record:
            evidence = Evidence(request, pair.image1, pair.image2, detection, captioning)
            return compose(f"job_{uuid.uuid4().hex}", request, evidence)

        return _each(write, read, detected, captioned)


def _read(data1: bytes, data2: bytes) -> _Pair:
    (file1, image1), (file2, image2) = _store(data1, "/image1"), _store(data2, "/image2")
    return _Pair(file1, file2, image1, image2)


def _store(data: bytes, pointer: str) -> tuple[bytes, RecordImage]:
    pixels = decode_pixels(data, pointer, _LIMITS)
    png = encode_png(pixels)
    return png, RecordImage(asset=asset_id(png), width=pixels.shape[1], height=pixels.shape[0])


def _each(work: Callable[..., Value], *columns: Sequence[Any]) -> list[Value | ImgdiffError]:
    """What `work` makes of each row, or the first error in it."""
    found: list[Value | ImgdiffError] = []
    for row in zip(*columns, strict=True):
        errors = [one for one in row if isinstance(one, ImgdiffError)]
        found.append(errors[0] if errors else isolate(_FAILED, partial(work, *row)))
    return found


def _run(engine: Engine[Work, Answer], works: Sequence[Work | ImgdiffError], size: int) -> list[Answer | ImgdiffError]:
    """The engine's answers, asked for in batches of a size; an error in place of work stays."""
    good = [work for work in works if not isinstance(work, ImgdiffError)]
    answers: list[Answer | ImgdiffError] = []
    for start in range(0, len(good), size):
        answers += engine.run([Ticket(work) for work in good[start : start + size]])
    following = iter(answers)
    return [work if isinstance(work, ImgdiffError) else next(following) for work in works]
