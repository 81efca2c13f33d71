"""Images as data URLs, as servers take them."""

import base64
import io
import threading
from collections import deque
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from imgdiff.images import RGB, encode_png

_KEPT = 4  # the same two images are asked about once for every region
_QUALITY = 90


class DataUrls:
    """PNG or JPEG, no longer than `longest_side`; the last few are kept. Safe to use from several threads."""

    def __init__(self, form: Literal["png", "jpeg"], longest_side: int) -> None:
        self._form = form
        self._longest = longest_side
        self._kept: deque[tuple[RGB, str]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def of(self, image: RGB) -> str:
        """`data:image/...;base64,...` of height x width x 3, RGB, 0..255."""
        with self._lock:
            found = next((url for one, url in self._kept if one is image), None)
            if found is None:
                found = self._encoded(image)
                self._kept.append((image, found))
        return found

    def _encoded(self, image: RGB) -> str:
        small = fitted(image, self._longest)
        if self._form == "png":
            data = encode_png(small)
        else:
            out = io.BytesIO()
            Image.fromarray(small).save(out, "JPEG", quality=_QUALITY)
            data = out.getvalue()
        return f"data:image/{self._form};base64,{base64.b64encode(data).decode()}"


def fitted(image: RGB, longest: int) -> RGB:
    """The image with no side longer than that, averaged."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
