"""PP-OCRv6: the characters of one line of text, each with its place and probability."""

from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats, move_channels_first
from services.networks.runtime import onnx_session

WEIGHTS = ("text-recognition-tiny", "text-recognition-small")
HEIGHT = 48  # pixels of the network's input; its width is free
LEAST_WIDTH = 320  # pixels to which a short line is padded, as PaddleOCR does
MOST_WIDTH = 3200  # pixels; a longer line is squeezed; chosen, not measured
# Probability of the least sure character below which the larger network reads the line again: of 216 rendered words the
# small one had 4 wrong, the tiny one 13, and all but 2 of those below this.
SURE = 0.9
_MIDDLE = 127.5  # grey level that the network's input maps to 0


@dataclass(frozen=True)
class Character:
    """One character, its probability, 0..1, and the middle of its place as a share of the line's width, 0..1."""

    text: str
    score: float
    at: float


class TextReader:
    """Reads a line by the tiny network, and by the small one where that is not sure."""

    def __init__(self, threads: int) -> None:
        self._networks = [_Network(name, threads) for name in WEIGHTS]

    def read(self, line: RGB) -> tuple[Character, ...]:
        """The characters of a crop of one line, from left to right; none where the networks see none."""
        pixels, stretch = _network_input(line)
        for network in self._networks:
            found = network.run(pixels, stretch)
            if min((one.score for one in found), default=0.0) >= SURE:
                break
        return found


class _Network:
    """One network; greedy CTC decoding (Graves et al., 2006)."""

    def __init__(self, name: str, threads: int) -> None:
        self._session = onnx_session(weights.locate(name), threads)
        self._input = self._session.get_inputs()[0].name
        characters = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._characters = ("", *characters, " ")  # 0 is CTC's blank

    def run(self, pixels: Floats, stretch: float) -> tuple[Character, ...]:
        """The best character of every step, repeats once, blanks left out; `stretch` undoes the padding."""
        steps = np.asarray(self._session.run(None, {self._input: pixels})[0][0], np.float32)
        best = steps.argmax(axis=1)
        starts = np.flatnonzero((best != 0) & (best != np.concatenate([[0], best[:-1]])))
        changes = np.append(np.flatnonzero(best[1:] != best[:-1]) + 1, len(best))
        ends = changes[np.searchsorted(changes, starts, side="right")]
        return tuple(
            Character(
                self._characters[best[start]],
                float(steps[start:end, best[start]].max()),
                float((start + end) / 2 / len(best) * stretch),
            )
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        )


def _network_input(line: RGB) -> tuple[Floats, float]:
    """The line at the networks' height (1, 3, 48, width), -1..1 BGR, and its padded width over its own."""
    height, width = line.shape[:2]
    wide = int(np.clip(np.ceil(HEIGHT * width / height), HEIGHT, MOST_WIDTH))
    scaled = cv2.resize(line, (wide, HEIGHT), interpolation=cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC)
    pixels = np.zeros((1, HEIGHT, max(wide, LEAST_WIDTH), 3), np.float32)
    pixels[0, :, :wide] = scaled[..., ::-1] / _MIDDLE - 1
    return move_channels_first(pixels), pixels.shape[2] / wide
