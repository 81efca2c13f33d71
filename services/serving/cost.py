"""What a request costs, in pixels: those of its images, and as many as take about as long as its other work."""

import io
import warnings
from collections.abc import Iterable

from PIL import Image

from imgdiff.images import FORMATS, RGB

# Pixels that take about as long; orders of magnitude on two cores, chosen.
REQUEST_COST = 500_000  # networks on a pair, whatever its size
REGION_COST = 250_000  # networks on a region's crops


def measure_files(files: Iterable[bytes]) -> int:
    """Of encoded images, by their headers; a file without a readable one costs nothing, since it will be refused."""
    return REQUEST_COST + sum(_count_pixels(data) for data in files)


def measure_images(images: Iterable[RGB], regions: int = 0) -> int:
    """Of decoded images and so many regions."""
    pixels = sum(int(image.shape[0]) * int(image.shape[1]) for image in images)
    return REQUEST_COST + pixels + regions * REGION_COST


def _count_pixels(data: bytes) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit; ours is checked where the image is decoded
            width, height = Image.open(io.BytesIO(data), formats=FORMATS).size
    except Exception:  # noqa: BLE001  decoding names what is wrong with it
        return 0
    return int(width) * int(height)
