"""The example pair, scenes made on the spot, and one loaded engine."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Captioning, CaptioningRequest, DetectedRegion
from imgdiff.whole_pair import Alignment
from services.captioning.backends.embedded import EmbeddedCaptioner
from services.captioning.engine import create_engine
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.serving.engine import Ticket

EXAMPLES = Path(__file__).parents[3] / "examples"
Caption = Callable[..., Captioning]


@pytest.fixture(scope="session")
def engine() -> EmbeddedCaptioner:
    loaded = create_engine(CaptioningSettings(threads=1))
    loaded.warm_up()
    return loaded


@pytest.fixture(scope="session")
def caption(engine: EmbeddedCaptioner) -> Caption:
    def run(image1: RGB, image2: RGB, *boxes: tuple[int, int, int, int], **request: object) -> Captioning:
        regions = tuple(DetectedRegion(box=box, difference=0.5, kept=True) for box in boxes)
        asked = {
            "alignment": {"applied": False, "model": "identity", "matrix": np.eye(3).tolist(), "score": 1.0},
            "verdict": Verdict.DIFFERENT,
            "regions": regions,
            **request,
        }
        (answer,) = engine.run([Ticket(CaptionWork(image1, image2, CaptioningRequest.model_validate(asked)))])
        assert isinstance(answer, Captioning), answer
        return answer

    return run


@pytest.fixture(scope="session")
def before() -> RGB:
    return np.asarray(Image.open(EXAMPLES / "before.jpg"))


@pytest.fixture(scope="session")
def after(before: RGB) -> RGB:
    """The example's second cup without the shift and the light of the example: only the box differs."""
    moved = np.asarray(Image.open(EXAMPLES / "after.jpg"))
    image = before.copy()
    image[7:142, 444:594] = moved[6:141, 446:596]
    return image


@pytest.fixture(scope="session")
def unmoved() -> Alignment:
    return Alignment(applied=False, model="identity", matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), score=1.0)
