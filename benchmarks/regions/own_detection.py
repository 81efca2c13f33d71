"""imgdiff's detection behind the signature of the other tools: two images in, boxes out."""

from collections.abc import Callable

from imgdiff.images import RGB
from imgdiff.records import Box
from imgdiff.stages import DetectionRequest
from services.detection.backends import create_engine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.serving.engine import Ticket

Detector = Callable[[RGB, RGB], list[Box]]


def ours(threads: int = 2) -> Detector:
    """The detection service's engine with its default settings; returns the kept regions."""
    engine = create_engine(DetectionSettings(threads=threads))
    engine.warm_up()

    def detect(image1: RGB, image2: RGB) -> list[Box]:
        (answer,) = engine.run([Ticket(PairWork(image1, image2, DetectionRequest()))])
        if isinstance(answer, Exception):
            raise answer
        return [region.box for region in answer.regions if region.kept]

    return detect
