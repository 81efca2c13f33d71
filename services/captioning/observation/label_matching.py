"""How well words fit: a caption to a crop by the names of its likeliest classes (ConSE), a caption to a caption."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Floats
from services.imaging.vectors import cosine, normalize
from services.networks.classifier import Classifier
from services.networks.sentences import SentenceEncoder

_NAMES = 5  # likeliest classes whose names stand for the crop
_REMEMBERED = 4096


class Matcher:
    """Cosines of sentence vectors; those of class names are kept, because they come again.

    Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", 2014: a picture stands where the
    names of its likeliest classes stand, weighted by their probabilities.
    """

    def __init__(self, classifier: Classifier, sentences: SentenceEncoder) -> None:
        self._classifier = classifier
        self._sentences = sentences
        self._known: dict[str, Floats] = {}

    def captions(self, caption1: str | None, caption2: str | None) -> float | None:
        """Cosine of two captions, -1..1; null when there are not two."""
        if caption1 is None or caption2 is None:
            return None
        return cosine(self._vector(caption1), self._vector(caption2))

    def crop(self, image: RGB, box: Box, caption: str | None) -> float | None:
        """Cosine of a crop's names and a caption, -1..1; null without a caption."""
        if caption is None:
            return None
        x1, y1, x2, y2 = box
        probabilities = self._classifier.run([image[y1:y2, x1:x2]]).probabilities[0]
        likeliest = np.argsort(-probabilities)[:_NAMES]
        names = np.stack([self._vector(self._classifier.labels[index]) for index in likeliest])
        return cosine(normalize(probabilities[likeliest] @ names), self._vector(caption))

    def _vector(self, text: str) -> Floats:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        if text not in self._known:
            self._known[text] = self._sentences.encode([text])[0]
        return self._known[text]
