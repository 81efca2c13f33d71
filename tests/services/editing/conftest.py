"""Photos that ship with the project and with scikit-image, and one loaded engine."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from imgdiff.images import RGB, ImageLimits, encode_png
from imgdiff.stages import Editing
from services.editing.engine import EditingEngine, create_engine
from services.editing.photo.vision import PhotoVision
from services.editing.schema import parse_edit
from services.editing.settings import EditingSettings
from services.serving.engine import Ticket

EXAMPLES = Path(__file__).parents[3] / "examples"
Edit = Callable[..., Editing]
Order = Callable[..., list[Editing]]


@pytest.fixture(scope="session")
def engine() -> EditingEngine:
    return create_engine(EditingSettings(threads=1))


@pytest.fixture(scope="session")
def vision() -> PhotoVision:
    return PhotoVision(threads=1)


@pytest.fixture(scope="session")
def edit(engine: EditingEngine) -> Edit:
    def run(image: RGB, operation: str, donor: RGB | None = None, **request: object) -> Editing:
        asked = json.dumps({"operation": operation, "seed": 1, **request})
        given = () if donor is None else (encode_png(donor),)
        (answer,) = engine.run([Ticket(parse_edit(encode_png(image), given, asked, ImageLimits()))])
        assert isinstance(answer, Editing), answer
        return answer

    return run


@pytest.fixture(scope="session")
def order(edit: Edit) -> Order:
    """All pairs of an order, one call each."""

    def run(image: RGB, operation: str, count: int, **request: object) -> list[Editing]:
        return [edit(image, operation, count=count, index=index, **request) for index in range(count)]

    return run


@pytest.fixture(scope="session")
def cups() -> RGB:
    """A large cup on a saucer, a small one at the top right, a table and a spoon."""
    return np.asarray(Image.open(EXAMPLES / "photo.jpg"))


@pytest.fixture(scope="session")
def wall() -> RGB:
    """Bricks, and no object."""
    return np.repeat(np.asarray(data.brick())[..., None], 3, axis=2)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def motorcycle() -> RGB:
    """One motorcycle in a workshop."""
    left, _, _ = data.stereo_motorcycle()  # type: ignore[no-untyped-call]
    return np.asarray(left)


@pytest.fixture
def stripes() -> RGB:
    """Upright stripes, eight pixels wide."""
    light = (np.arange(120) // 8 % 2 * 120 + 60).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(light[None, :, None], (96, 120, 3)))


@pytest.fixture
def hole() -> np.ndarray:
    """Flags of a box in the stripes."""
    mask = np.zeros((96, 120), np.bool_)
    mask[30:60, 44:70] = True
    return mask
