"""What kind of images a pair is."""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.detection.evidence.content import classify_content, is_drawn, is_same_capture


def test_an_edit_of_one_capture_leaves_most_pixels_equal_and_a_rescaled_copy_does_not(photo: RGB, pasted: RGB) -> None:
    small = cv2.resize(photo, (384, 384), interpolation=cv2.INTER_AREA)
    back = np.asarray(cv2.resize(small, (512, 512), interpolation=cv2.INTER_LINEAR), np.uint8)

    assert is_same_capture(photo, pasted)
    assert not is_same_capture(photo, back)
    assert not is_same_capture(photo, photo[:100])


def test_black_on_white_is_binary_flat_colours_are_drawn_and_the_rest_is_a_photo(photo: RGB) -> None:
    page = np.full((200, 200, 3), 255, np.uint8)
    page[50:60] = 0
    chart = np.full((200, 200, 3), (40, 90, 200), np.uint8)
    chart[50:60] = (200, 90, 40)

    assert classify_content(page, page) is Content.BINARY
    assert classify_content(chart, chart) is Content.DRAWN
    assert classify_content(photo, photo) is Content.PHOTO
    assert classify_content(photo[:40, :40], photo[:40, :40]) is Content.DRAWN


def test_a_drawing_stays_one_when_it_is_compressed_or_scanned(jpeg: Callable[[RGB, int], RGB]) -> None:
    page = _page()
    rng = np.random.default_rng(1)
    grain = rng.normal(0, 3, page.shape)
    scan = np.clip(cv2.GaussianBlur(page, (0, 0), 0.6) * 0.93 + grain, 0, 255).astype(np.uint8)

    assert is_drawn(page)
    assert all(is_drawn(jpeg(page, quality)) for quality in (95, 75, 50))
    assert is_drawn(jpeg(scan, 80))


def test_a_photo_stays_one_when_it_is_dark_bright_or_large(photo: RGB) -> None:
    dark = (photo * 0.15).astype(np.uint8)
    bright = np.clip(photo.astype(int) * 2, 0, 255).astype(np.uint8)
    large = np.tile(photo, (5, 3, 1))

    assert not any(is_drawn(image) for image in (photo, dark, bright, large))


def test_a_blank_page_is_drawn() -> None:
    assert is_drawn(np.full((300, 400, 3), 239, np.uint8))


def _page() -> RGB:
    """A page with a bar, a button and lines of text, 600 x 400."""
    page = Image.new("RGB", (600, 400), "#f8f9fa")
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 600, 50), fill="#20304a")
    pen.rounded_rectangle((40, 300, 180, 345), 8, fill="#2563eb")
    for line in range(10):
        pen.text((40, 70 + 22 * line), "The provider shall deliver the goods within thirty days.", fill="#1f2430")
    return np.asarray(page)
