"""A vision-language model as presence source: it is asked yes or no about the crop of a region."""

import re
from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.captioning.limits import ASKED_SIDE, CERTAIN_NO, CERTAIN_YES, LIKELIEST_TOKENS, YES_NO_MASS, YES_NO_TOKENS
from services.captioning.two_stages.instructions import ask_presence
from services.captioning.two_stages.joined_pair import crop_marked
from services.captioning.two_stages.presence import PresenceQuestion
from services.captioning.two_stages.writer import Prompt, Writer, Written

_WORD = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_GREY = 127  # around a crop that is no square


class AskedModel:
    """See `PresenceSource`: by the probabilities of yes and no, or by the word where the writer has none."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The writer's."""
        return self._writer.models

    def warm_up(self) -> None:
        """The writer's."""
        self._writer.warm_up()

    def find(self, questions: Sequence[PresenceQuestion]) -> list[bool | ImgdiffError | None]:
        """See `PresenceSource`: one call for all."""
        written = self._writer.write([_prompt(question) for question in questions])
        return [one if isinstance(one, ImgdiffError) else _decide(read_probability(one)) for one in written]


def read_probability(written: Written) -> float | None:
    """Probability of yes, 0..1; null where the answer is neither yes nor no."""
    if not written.likeliest:
        word = _WORD.match(written.text)
        return None if word is None else float(word[1].lower() == "yes")
    yes, no = (
        sum(share for token, share in written.likeliest.items() if token.strip().lower() == word)
        for word in ("yes", "no")
    )
    return yes / (yes + no) if yes + no >= YES_NO_MASS else None


def _decide(probability: float | None) -> bool | None:
    if probability is None or CERTAIN_NO < probability < CERTAIN_YES:
        return None
    return probability >= CERTAIN_YES


def _prompt(question: PresenceQuestion) -> Prompt:
    def draw() -> tuple[RGB, ...]:
        return (fit_square(crop_marked(question.image, question.box), ASKED_SIDE),)

    return Prompt(draw, ask_presence(question.noun), YES_NO_TOKENS, likeliest=LIKELIEST_TOKENS)


def fit_square(image: RGB, side: int) -> RGB:
    """The image scaled into a grey square, so that the crops of all regions share a batch."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    canvas = np.full((side, side, 3), _GREY, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = scaled
    return canvas
