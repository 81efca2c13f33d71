"""What a scene finds out about the objects of a photo."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.photo.scene import Scene
from services.imaging.arrays import Flags
from services.imaging.masks import fill_superellipse
from services.networks.detector import DetectedObject


class _Vision:
    """Detects the given objects, which fill their boxes."""

    def __init__(self, *objects: DetectedObject) -> None:
        self._objects = objects

    def detect(self, image: RGB) -> tuple[DetectedObject, ...]:
        return self._objects

    def mask(self, image: RGB, box: Box) -> Flags:
        return fill_superellipse(box, image.shape)


def test_an_object_that_touches_another_of_its_label_may_be_a_part_of_it() -> None:
    boxes = [
        ("bear", (10, 10, 50, 50)),
        ("bear", (48, 20, 90, 60)),
        ("bear", (100, 10, 140, 50)),
        ("dog", (88, 20, 120, 60)),
    ]
    scene = Scene(
        np.zeros((100, 160, 3), np.uint8),
        _Vision(*(DetectedObject(label, 0.6, box) for label, box in boxes)),
        {"edit.too_large": 0.5, "edit.too_small": 0.001, "edit.joined": 0.1},
        lambda *_: (),
    )

    reasons = [scene.unsuitable(number) for number in range(4)]

    assert [reason and reason.code for reason in reasons] == ["edit.joined", "edit.joined", None, None]
    assert reasons[0] is not None
    assert reasons[0].value is not None
    assert 0.1 < reasons[0].value < 0.5
