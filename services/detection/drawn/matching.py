"""Two captures of one page brought to one tone and sharpness, so that what is left differs in content.

The image of better quality is treated as the other one was: scanned to its paper and ink, blurred, or compressed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.detection.limits import MATCHED_BLURS, MATCHED_PIXELS, MATCHED_QUALITIES
from services.imaging.arrays import Flags
from services.imaging.channels import take_worst

_BAND = 32  # rows that are read together; chosen, not measured
_SOFT = 1.5  # sigma in pixels of the blur under which two captures of a page are equally sharp
_BIN = 8  # grey levels of a bin of the tone
_LEAST_PIXELS = 60  # of a bin; chosen, not measured
_FITS = 4  # rounds of the robust fit; chosen, not measured
_OUTLIER = 6.0  # grey levels at which a bin counts half: a thing of that level has another colour; chosen
_CLIPPED = 250.0  # grey levels from which paper may be burnt out, and below 255 less which ink may be black; chosen
_TONED = 3  # grey levels within which the tone is the same: compression moves it by 2; chosen, not measured
_MOST = 40  # grey levels at which a pixel's difference counts no more: changes must not decide; chosen, not measured
_BETTER = 0.97  # of the difference left by less treatment, which a stronger one must stay below; chosen, not measured

Tone = NDArray[np.uint8]
"""256 x 3: the level of each channel in the other image."""
_Levels = NDArray[np.float64]


@dataclass(frozen=True)
class Treatment:
    """What image `image` went through to match the other: a tone, then a blur or a compression."""

    image: int
    tone: Tone
    blur: float = 0.0
    quality: int = 100

    @property
    def shift(self) -> int:
        """Grey levels by which the tone moves a level at most."""
        return int(np.abs(self.tone.astype(np.int16) - np.arange(256)[:, None]).max())

    def apply(self, image: RGB) -> RGB:
        """The image, treated."""
        toned = self.tone[image, np.arange(3)] if self.shift else image
        if self.blur:
            return np.asarray(cv2.GaussianBlur(toned, (0, 0), self.blur), np.uint8)
        return _compress(toned, self.quality) if self.quality < 100 else toned


def match_quality(image1: RGB, image2: RGB, valid: Flags) -> Treatment:
    """The treatment of either image that leaves the smallest difference; both on one grid, seen where `valid`."""
    rows = _choose_rows(image1)
    part1, part2, seen = image1[rows], image2[rows], valid[rows]
    best, least = Treatment(1, _keep_tone()), np.inf
    for number, source, target in ((1, part1, part2), (2, part2, part1)):
        tone = _fit_tone(source, target, seen)
        for treatment in _treatments(number, tone):
            difference = take_worst(cv2.absdiff(treatment.apply(source), target))[seen]
            left = float(np.minimum(difference, _MOST).mean()) if difference.size else 0.0
            if left < _BETTER * least:
                best, least = treatment, left
    return best


def _treatments(number: int, tone: Tone) -> Iterator[Treatment]:
    yield Treatment(number, tone)
    for blur in MATCHED_BLURS:
        yield Treatment(number, tone, blur=blur)
    for quality in MATCHED_QUALITIES:
        yield Treatment(number, tone, quality=quality)


def _choose_rows(image: RGB) -> NDArray[np.intp]:
    """The rows of those bands of a large image that hold most edges: quality shows there."""
    height, width = image.shape[:2]
    wanted = max(1, MATCHED_PIXELS // (width * _BAND))
    starts = np.arange(0, height - _BAND + 1, _BAND)
    if len(starts) <= wanted:
        return np.arange(height)
    steps = [float(cv2.absdiff(image[y : y + _BAND, 1:], image[y : y + _BAND, :-1]).mean()) for y in starts]
    chosen = starts[np.sort(np.argsort(steps)[-wanted:])]
    return np.asarray((chosen[:, None] + np.arange(_BAND)).ravel())


def _fit_tone(source: RGB, target: RGB, seen: Flags) -> Tone:
    """A line a channel from the source's levels to the target's, clipped; none where they already agree."""
    soft1, soft2 = (
        np.asarray(cv2.GaussianBlur(image, (0, 0), _SOFT), np.uint8)[::2, ::2][seen[::2, ::2]]
        for image in (source, target)
    )
    tone = _keep_tone()
    for channel in range(3):
        levels, medians, counts = _read_bins(soft1[..., channel], soft2[..., channel])
        if len(levels) >= 2:
            tone[:, channel] = _fit_line(levels, medians, np.sqrt(counts))
    moved = np.abs(tone.astype(np.int16) - np.arange(256)[:, None]).max()
    return tone if moved > _TONED else _keep_tone()


def _read_bins(source: NDArray[np.uint8], target: NDArray[np.uint8]) -> tuple[_Levels, _Levels, _Levels]:
    """The mean level of each bin of the source, the target's median there, and the number of its pixels."""
    bins = source // _BIN
    rows = [
        (source[inside].mean(), np.median(target[inside]), inside.sum())
        for inside in (bins == one for one in range(256 // _BIN))
        if inside.sum() >= _LEAST_PIXELS
    ]
    columns = np.array(rows, np.float64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _fit_line(levels: _Levels, medians: _Levels, weights: _Levels) -> Tone:
    """The line through the bins that are not clipped, if it clips the others; else through all."""
    clear = (medians < _CLIPPED) & (medians > 255 - _CLIPPED)
    if clear.sum() >= 2 and not clear.all():
        line = _draw_line(levels[clear], medians[clear], weights[clear])
        if np.abs(np.interp(levels, np.arange(256), line) - medians)[~clear].max() <= _OUTLIER:
            return line
    return _draw_line(levels, medians, weights)


def _draw_line(levels: _Levels, medians: _Levels, weights: _Levels) -> Tone:
    trust = weights
    for _ in range(_FITS):
        slope, start = np.polyfit(levels, medians, 1, w=trust)
        trust = weights / (1 + (np.abs(start + slope * levels - medians) / _OUTLIER) ** 2)
    return np.asarray(np.clip(np.rint(start + max(0.0, slope) * np.arange(256)), 0, 255), np.uint8)


def _keep_tone() -> Tone:
    return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def _compress(image: RGB, quality: int) -> RGB:
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.cvtColor(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB), np.uint8)
