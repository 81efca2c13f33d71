"""Pairs through detection and captioning in this process: files and requests in, what the services would answer out."""

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from imgdiff.composition.assets import asset_id
from imgdiff.composition.facts import PairFacts, RequestFacts
from imgdiff.composition.records import Evidence, compose
from imgdiff.composition.requests import captioning_request, detection_request
from imgdiff.errors import ImgdiffError
from imgdiff.images import ImageLimits, decode_pixels, encode_png
from imgdiff.records import Record, RecordImage
from imgdiff.stages import Captioning, Detection, StageReport
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
LIMITS = ImageLimits()  # of the files, as gateways have them by default


class StoredImage(NamedTuple):
    """An image as it is stored: upright PNG without metadata."""

    file: bytes
    image: RecordImage


class StoredPair(NamedTuple):
    """Two images, what is known of them, and for an edit the report of the stage that made it."""

    image1: StoredImage
    image2: StoredImage
    facts: PairFacts
    editing: StageReport | None = None


class PairStages:
    """Detection and captioning, loaded and warm; for one thread."""

    def __init__(self, detection: DetectionSettings, captioning: CaptioningSettings) -> None:
        self._of_detection, self._of_captioning = detection, captioning
        self.size = max(detection.max_batch, captioning.max_batch)
        """Pairs whose pixels may be in memory."""
        self._detection = create_detection(detection)
        self._captioning = create_captioning(captioning)
        self._detection.warm_up()
        self._captioning.warm_up()

    def detect(
        self, request: RequestFacts, pairs: Sequence[StoredPair | ImgdiffError]
    ) -> list[Detection | ImgdiffError]:
        """An answer a pair, or its error."""

        def parse(pair: StoredPair) -> Any:
            text = detection_request(request, pair.facts).model_dump_json()
            return parse_pair(pair.image1.file, pair.image2.file, text, self._of_detection.limits)

        works = each(parse, pairs)
        detected = run(self._detection, works, self._of_detection.max_batch)
        return each(lambda work, found: work.explain(found), works, detected)

    def caption(
        self,
        request: RequestFacts,
        pairs: Sequence[StoredPair | ImgdiffError],
        detected: Sequence[Detection | ImgdiffError],
    ) -> list[tuple[Record, Captioning] | ImgdiffError]:
        """The record of a pair with the answer that completes it, or the pair's error."""

        def parse(pair: StoredPair, found: Detection) -> Any:
            text = captioning_request(request, pair.facts, found).model_dump_json()
            return parse_caption(pair.image1.file, pair.image2.file, text, self._of_captioning.limits)

        captioned = run(self._captioning, each(parse, pairs, detected), self._of_captioning.max_batch)

        def write(pair: StoredPair, found: Detection, captioning: Captioning) -> tuple[Record, Captioning]:
            evidence = Evidence(pair.facts, pair.image1.image, pair.image2.image, found, captioning, pair.editing)
            return compose(f"job_{uuid.uuid4().hex}", request, evidence), captioning

        return each(write, pairs, detected, captioned)


def store(data: bytes, pointer: str) -> StoredImage:
    """The image in a file as an upload stores it; raises InvalidImage or PayloadTooLarge naming `pointer`."""
    pixels = decode_pixels(data, pointer, LIMITS)
    png = encode_png(pixels)
    return StoredImage(png, RecordImage(asset=asset_id(png), width=pixels.shape[1], height=pixels.shape[0]))


def each(work: Callable[..., Value], *columns: Sequence[Any]) -> list[Value | ImgdiffError]:
    """What `work` makes of each row, or the first error in it."""
    found: list[Value | ImgdiffError] = []
    for row in zip(*columns, strict=True):
        errors = [one for one in row if isinstance(one, ImgdiffError)]
        found.append(errors[0] if errors else isolate(_FAILED, partial(work, *row)))
    return found


def run(engine: Engine[Work, Answer], works: Sequence[Work | ImgdiffError], size: int) -> list[Answer | ImgdiffError]:
    """The engine's answers, asked for in batches of a size; an error in place of work stays."""
    good = [work for work in works if not isinstance(work, ImgdiffError)]
    answers: list[Answer | ImgdiffError] = []
    for start in range(0, len(good), size):
        answers += engine.run([Ticket(work) for work in good[start : start + size]])
    following = iter(answers)
    return [work if isinstance(work, ImgdiffError) else next(following) for work in works]
