"""Costs in pixels."""

import numpy as np

from imgdiff.images import encode_png
from services.serving.cost import REGION_COST, REQUEST_COST, measure_files, measure_images

IMAGE = np.zeros((300, 200, 3), np.uint8)


def test_files_and_images_cost_the_same() -> None:
    files = [encode_png(IMAGE), encode_png(IMAGE)]

    assert measure_files(files) == measure_images([IMAGE, IMAGE]) == REQUEST_COST + 2 * 60_000


def test_regions_cost_more() -> None:
    assert measure_images([IMAGE], regions=3) == measure_images([IMAGE]) + 3 * REGION_COST


def test_what_is_no_image_costs_no_pixels_since_it_will_be_refused() -> None:
    assert measure_files([b"", b"GIF89a", encode_png(IMAGE)[:20]]) == REQUEST_COST
