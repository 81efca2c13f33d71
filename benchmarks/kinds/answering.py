"""Records of pairs in one process: the engines of both services, and the gateway's own composition."""

import time
from dataclasses import dataclass

from gateway.store.values import JobRequest, Pair
from imgdiff.composition.records import Evidence, compose
from imgdiff.images import RGB
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Policy, Record, RecordImage
from imgdiff.stages import Captioning, CaptioningRequest, Detection, DetectionRequest
from services.captioning.engine import create_engine as create_captioning
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.detection.backends import create_engine as create_detection
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.serving.engine import Ticket

_THREADS = 2
_REGIONS = 100  # at most: the most that a request may name, so that none of 28 swatches is left out
_JOB = "job_" + 32 * "0"


@dataclass(frozen=True)
class Answer:
    """The record of a pair, and the seconds that both stages took, of them detection's."""

    record: Record
    seconds: float
    detecting: float


class Answering:
    """Both services' engines, warm."""

    def __init__(self) -> None:
        self._detection = create_detection(DetectionSettings(threads=_THREADS))
        self._captioning = create_captioning(CaptioningSettings(threads=_THREADS))
        self._detection.warm_up()
        self._captioning.warm_up()

    def answer(self, image1: RGB, image2: RGB) -> Answer:
        """The record that a client would get."""
        started = time.perf_counter()
        detection = self._detect(image1, image2)
        detecting = time.perf_counter() - started
        captioning = self._caption(image1, image2, detection)
        seconds = time.perf_counter() - started
        options = Options(max_regions=_REGIONS).settled(Policy.DESCRIBE)
        request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=options)
        images = (_describe(image1), _describe(image2))
        evidence = Evidence(Pair(0, _JOB, 0), *images, detection, captioning)
        return Answer(compose(_JOB, request, evidence), seconds, detecting)

    def _detect(self, image1: RGB, image2: RGB) -> Detection:
        (answer,) = self._detection.run([Ticket(PairWork(image1, image2, DetectionRequest(max_regions=_REGIONS)))])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _caption(self, image1: RGB, image2: RGB, detection: Detection) -> Captioning:
        shared = set(CaptioningRequest.model_fields) & set(Detection.model_fields)
        request = CaptioningRequest.model_validate({name: getattr(detection, name) for name in shared - {"thresholds"}})
        (answer,) = self._captioning.run([Ticket(CaptionWork(image1, image2, request))])
        if isinstance(answer, Exception):
            raise answer
        return answer


def _describe(image: RGB) -> RecordImage:
    height, width = image.shape[:2]
    return RecordImage(asset="sha256:" + 64 * "0", width=width, height=height)
