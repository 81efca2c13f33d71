"""Pairs made on the spot from scikit-image's bundled photos, and one loaded engine."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from imgdiff.images import RGB
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

Detect = Callable[..., Detection]


@pytest.fixture(scope="session")
def extractor() -> EmbeddedExtractor:
    return EmbeddedExtractor(1)


@pytest.fixture(scope="session")
def engine(extractor: EmbeddedExtractor) -> DetectionEngine:
    loaded = DetectionEngine(extractor, 1, ServiceMetrics("detection"))
    loaded.warm_up()
    return loaded


@pytest.fixture(scope="session")
def detect(engine: DetectionEngine) -> Detect:
    def run(image1: RGB, image2: RGB, **request: object) -> Detection:
        work = PairWork(image1, image2, DetectionRequest.model_validate(request))
        answer = engine.run([Ticket(work)])[0]
        assert isinstance(answer, Detection), answer
        return answer

    return run


@pytest.fixture(scope="session")
def photo() -> RGB:
    """A photo of a woman before a rocket, 512 x 512."""
    return np.ascontiguousarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def cat() -> RGB:
    """Another photo, 96 x 96."""
    whole = data.chelsea()  # type: ignore[no-untyped-call]
    return np.asarray(cv2.resize(whole[20:260, 100:340], (96, 96), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="session")
def pasted(photo: RGB, cat: RGB) -> RGB:
    """`photo` with the other photo at [40, 300, 136, 396]."""
    image = photo.copy()
    image[300:396, 40:136] = cat
    return image


@pytest.fixture(scope="session")
def jpeg() -> Callable[[RGB, int], RGB]:
    def through(image: RGB, quality: int) -> RGB:
        out = io.BytesIO()
        Image.fromarray(image).save(out, "JPEG", quality=quality)
        return np.asarray(Image.open(out))

    return through
