"""Pictures as data URLs."""

import numpy as np

from services.captioning.backends.data_urls import DataUrls, fit

IMAGE = np.full((40, 60, 3), (200, 30, 30), np.uint8)


def test_a_picture_is_sent_no_larger_than_asked_and_encoded_once() -> None:
    large = np.zeros((300, 900, 3), np.uint8)
    urls = DataUrls("jpeg", 90)

    assert fit(large, 90).shape == (30, 90, 3)
    assert fit(IMAGE, 90) is IMAGE
    assert fit(np.zeros((1, 9000, 3), np.uint8), 90).shape == (1, 90, 3)
    assert urls.of(large).startswith("data:image/jpeg;base64,")
    assert urls.of(large) is urls.of(large)
