"""Matcher `embedded`: the classifier's names and MiniLM behind the matcher of the language-model path; no torch."""

from collections.abc import Mapping, Sequence

from imgdiff import weights
from imgdiff.images import RGB
from services.captioning.backends.embedded import CALIBRATED
from services.captioning.observation.label_matching import Matcher
from services.networks import classifier
from services.networks import sentences as text
from services.networks.classifier import Classifier
from services.networks.sentences import SentenceEncoder


class EmbeddedMatcher:
    """See `TextMatcher`; both scores are cosines of sentence vectors."""

    calibrated: Mapping[str, float] = CALIBRATED

    def __init__(self, threads: int) -> None:
        self._matcher = Matcher(Classifier(threads), SentenceEncoder(threads))
        self.models = weights.use("captioning", *classifier.WEIGHTS, *text.WEIGHTS)

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """See `TextMatcher`."""
        rows = zip(crops, texts, strict=True)
        scores = [self._matcher.crop(crop, (0, 0, crop.shape[1], crop.shape[0]), one) for crop, one in rows]
        return [score for score in scores if score is not None]

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:
        """See `TextMatcher`."""
        scores = [self._matcher.captions(one, two) for one, two in zip(texts1, texts2, strict=True)]
        return [score for score in scores if score is not None]
