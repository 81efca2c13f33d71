"""A detector of any noun as presence source."""

from collections.abc import Sequence

import numpy as np

from imgdiff.boxes import intersection
from imgdiff.records import ModelUse
from services.captioning.observation.views import is_in
from services.captioning.two_stages.presence import PresenceQuestion
from services.gpu.noun_detector import NounDetector


class DetectedPresence:
    """See `PresenceSource`: yes where a thing is in the box, no where none touches it, else null."""

    def __init__(self, detector: NounDetector) -> None:
        self._detector = detector

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The detector's."""
        return self._detector.models

    def warm_up(self) -> None:
        """Look for one noun once."""
        self._detector.find([(np.zeros((64, 64, 3), np.uint8), "dog")])

    def find(self, questions: Sequence[PresenceQuestion]) -> list[bool | None]:
        """See `PresenceSource`: each image is searched once for each noun, whatever regions it has."""
        keys = [(id(question.image), question.noun) for question in questions]
        distinct = dict(zip(keys, ((one.image, one.noun) for one in questions), strict=True))
        found = dict(zip(distinct, self._detector.find(list(distinct.values())), strict=True))
        answers: list[bool | None] = []
        for question, key in zip(questions, keys, strict=True):
            boxes = [one.box for one in found[key]]
            if any(is_in(box, question.box) for box in boxes):
                answers.append(True)
            else:
                answers.append(None if any(intersection(box, question.box) for box in boxes) else False)
        return answers
