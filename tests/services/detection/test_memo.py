"""A network sees each distinct image once."""

from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from services.detection.memo import Memo


def test_equal_images_are_sent_once_and_each_group_gets_its_results() -> None:
    sent: list[int] = []

    def measure_levels(images: Sequence[RGB]) -> list[float]:
        sent.append(len(images))
        return [float(image.mean()) for image in images]

    memo = Memo(measure_levels)
    black, grey, white = (np.full((4, 4, 3), level, np.uint8) for level in (0, 100, 200))

    assert memo([(black, grey), (grey.copy(), white)]) == ([[0.0, 100.0], [100.0, 200.0]], [2, 1])
    assert memo([(white, black)]) == ([[200.0, 0.0]], [0])
    assert sent == [3]


def test_images_of_the_same_bytes_and_two_shapes_are_distinct() -> None:
    memo = Memo(lambda images: [image.shape for image in images])
    results, rows = memo([(np.zeros((2, 8, 3), np.uint8), np.zeros((8, 2, 3), np.uint8))])

    assert results == [[(2, 8, 3), (8, 2, 3)]]
    assert rows == [2]
