"""Images as data URLs, the form that chat servers accept."""

import base64
import io
import threading
from collections import deque
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from imgdiff.images import RGB, encode_png
from services.captioning.limits import KEPT_DATA_URLS

_QUALITY = 90  # of JPEG, as Pillow counts; chosen, not measured


class DataUrls:
    """PNG or JPEG, scaled down to `longest_side` pixels; the last few are cached. Thread-safe."""

    def __init__(self, form: Literal["png", "jpeg"], longest_side: int) -> None:
        self._form = form
        self._longest = longest_side
        self._kept: deque[tuple[RGB, str]] = deque(maxlen=KEPT_DATA_URLS)
        self._lock = threading.Lock()

    def of(self, image: RGB) -> str:
        """`data:image/...;base64,...` of height x width x 3, RGB, 0..255."""
        with self._lock:
            found = next((url for one, url in self._kept if one is image), None)
            if found is None:
                found = self._encode(image)
                self._kept.append((image, found))
        return found

    def _encode(self, image: RGB) -> str:
        small = fit(image, self._longest)
        if self._form == "png":
            data = encode_png(small)
        else:
            out = io.BytesIO()
            Image.fromarray(small).save(out, "JPEG", quality=_QUALITY)
            data = out.getvalue()
        return f"data:image/{self._form};base64,{base64.b64encode(data).decode()}"


def fit(image: RGB, longest: int) -> RGB:
    """The image averaged down until no side has more than `longest` pixels."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
