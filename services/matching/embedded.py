"""Matcher `embedded`: the classifier's class names and MiniLM; no torch."""

from collections.abc import Mapping, Sequence

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.imaging.arrays import Floats
from services.imaging.vectors import cosine, normalize
from services.matching.limits import EMBEDDED_THRESHOLDS, REMEMBERED_VECTORS
from services.networks import classifier as networks
from services.networks import sentences as text
from services.networks.classifier import Classifier
from services.networks.sentences import SentenceEncoder

_NAMES = 5  # likeliest classes whose names represent a crop; chosen, not measured


class EmbeddedMatcher:
    """See `TextMatcher`; both scores are cosines of sentence vectors, to four places.

    A crop has the vector of its likeliest classes' names, weighted by their probabilities (Norouzi et al., "Zero-Shot
    Learning by Convex Combination of Semantic Embeddings", 2014). Vectors are cached, since class names recur.
    """

    calibrated: Mapping[str, float] = EMBEDDED_THRESHOLDS

    def __init__(self, classifier: Classifier, sentences: SentenceEncoder, *, stage: str) -> None:
        self.models: tuple[ModelUse, ...] = weights.use(stage, *networks.WEIGHTS, *text.WEIGHTS)
        self._classifier = classifier
        self._sentences = sentences
        self._vectors: dict[str, Floats] = {}

    @classmethod
    def load(cls, threads: int, *, stage: str) -> "EmbeddedMatcher":
        """With the embedded weights; raises WeightsUnavailable or WeightsCorrupt."""
        return cls(Classifier(threads), SentenceEncoder(threads), stage=stage)

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """See `TextMatcher`: cosines, -1..1."""
        return [cosine(self._of_crop(crop), self._of_text(one)) for crop, one in zip(crops, texts, strict=True)]

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:
        """See `TextMatcher`."""
        return [cosine(self._of_text(one), self._of_text(two)) for one, two in zip(texts1, texts2, strict=True)]

    def _of_crop(self, crop: RGB) -> Floats:
        probabilities = self._classifier.run([crop]).probabilities[0]
        likeliest = np.argsort(-probabilities)[:_NAMES]
        names = np.stack([self._of_text(self._classifier.labels[index]) for index in likeliest])
        return normalize(probabilities[likeliest] @ names)

    def _of_text(self, text: str) -> Floats:
        if len(self._vectors) > REMEMBERED_VECTORS:
            self._vectors.clear()
        if text not in self._vectors:
            self._vectors[text] = self._sentences.encode([text])[0]
        return self._vectors[text]
