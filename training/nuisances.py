"""What a second capture of a scene does to a picture and is no change: codec, motion, light, grain."""

from collections.abc import Callable

import cv2
import numpy as np

from imgdiff.images import RGB

Nuisance = Callable[[RGB], RGB]


def move(across: float, down: float, turn: float = 0.0, zoom: float = 1.0) -> Nuisance:
    """Shift by pixels, turn by degrees about the centre, and zoom; what comes in from outside is black."""

    def moved(image: RGB) -> RGB:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
        matrix[:, 2] += (across, down)
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC))

    return moved


def jpeg(quality: int) -> Nuisance:
    """Encode as JPEG of that quality, 1..100, and decode."""

    def compressed(image: RGB) -> RGB:
        _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])

    return compressed


def _tone_curve(gain: float, offset: float, gamma: float) -> Nuisance:
    def graded(image: RGB) -> RGB:
        return np.rint((((image / 255) ** gamma) * 255 * gain + offset).clip(0, 255)).astype(np.uint8)

    return graded


def _add_noise(image: RGB) -> RGB:
    grain = np.random.default_rng(5).normal(0, 6, image.shape)
    return np.rint((image + grain).clip(0, 255)).astype(np.uint8)


def _rescale(image: RGB) -> RGB:
    height, width = image.shape[:2]
    small = cv2.resize(image, (width * 3 // 4, height * 3 // 4), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _relight(image: RGB) -> RGB:
    """The sun is elsewhere: a slope of brightness, another tone curve, a warmer white."""
    height, width = image.shape[:2]
    slope = np.linspace(0.55, 1.25, width)[None, :, None] * np.linspace(1.1, 0.85, height)[:, None, None]
    lit = ((image / 255) ** 1.2) * slope * np.array([1.08, 1.0, 0.86])
    return np.rint((lit * 255).clip(0, 255)).astype(np.uint8)


NUISANCES: dict[str, Nuisance] = {
    "none": lambda image: image,
    "JPEG 90": jpeg(90),
    "JPEG 60": jpeg(60),
    "shift 1 px": move(1, 0),
    "shift 3+2 px": move(3, 2),
    "shift 0.5 px": move(0.5, 0.4),
    "turn 0.5 deg": move(0, 0, 0.5),
    "turn 2 deg": move(1, 2, 2.0, 1.01),
    "brightness": _tone_curve(1.12, 6, 1.0),
    "gamma 0.75": _tone_curve(1.0, 0, 0.75),
    "noise 6": _add_noise,
    "rescale 3/4": _rescale,
    "other light": _relight,
}
