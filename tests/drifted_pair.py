"""A pair as generators make it: all of it drifts, and one thing is exchanged."""

import cv2
import numpy as np
from skimage import data

from imgdiff.images import RGB
from imgdiff.records import Box

WIDTH, HEIGHT = 480, 360
PLACE: Box = (20, 20, 140, 130)


def _paste(image: np.ndarray, picture: RGB) -> RGB:
    x1, y1, x2, y2 = PLACE
    across, down = (np.linspace(-1, 1, side) for side in (x2 - x1, y2 - y1))
    opacity = np.clip(6 * (1 - across[None] ** 2 - down[:, None] ** 2), 0, 1)[..., None]
    small = cv2.resize(picture, (x2 - x1, y2 - y1), interpolation=cv2.INTER_AREA)
    image[y1:y2, x1:x2] = image[y1:y2, x1:x2] * (1 - opacity) + small * opacity
    return np.clip(image, 0, 255).astype(np.uint8)


def drifted_pair() -> tuple[RGB, RGB]:
    """A cat becomes a cup; everything around moves a little, gets lines and another tone."""
    scene = cv2.resize(data.astronaut()[:384], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)  # type: ignore[no-untyped-call]
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    noise = np.random.default_rng(0).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    drift = cv2.GaussianBlur(noise, (0, 0), 25) * 50
    moved = cv2.remap(scene, columns + drift, rows - drift, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    grey = cv2.GaussianBlur(moved.mean(axis=2) / 255, (0, 0), 4)
    lines = (np.abs(np.sin(grey * 40)) < 0.1)[..., None] * 40
    cat, cup = data.chelsea()[:300, 90:390], data.coffee()[10:330, 140:450]  # type: ignore[no-untyped-call]
    return _paste(scene.astype(float), cat), _paste(moved * np.array([0.7, 0.85, 1.0]) - lines + 10, cup)
