"""The witness of the language-model path: a text-image matcher beside what the embedded networks see."""

from collections.abc import Mapping

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.two_stages.text_matcher import TextMatcher
from services.captioning.verification.witness import ImageNumber, Witness
from services.english.inflection import with_article


class MatchingWitness:
    """Says yes where the matcher does, or another witness; all but the nouns is the other's answer."""

    def __init__(
        self, embedded: Witness, matcher: TextMatcher, images: tuple[RGB, RGB], box: Box, threshold: float
    ) -> None:
        self._embedded = embedded
        self._matcher = matcher
        self._images = images
        self._box = box
        self._threshold = threshold
        self._known: dict[tuple[ImageNumber, str, bool], bool] = {}

    def shows(self, image: ImageNumber, noun: str) -> bool:
        """Whether the crop is a photo of such a thing."""
        return self._embedded.shows(image, noun) or self._matches(image, noun, inside=True)

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """Whether the image with the box painted over is a photo of such a thing."""
        return self._embedded.elsewhere(image, noun) or self._matches(image, noun, inside=False)

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        """The embedded witness's answer."""
        return self._embedded.colours(image)

    def count(self, image: ImageNumber, noun: str) -> int | None:
        """The embedded witness's answer."""
        return self._embedded.count(image, noun)

    def places(self) -> frozenset[str]:
        """The embedded witness's answer."""
        return self._embedded.places()

    def destination(self) -> frozenset[str] | None:
        """The embedded witness's answer."""
        return self._embedded.destination()

    def changes(self) -> frozenset[Change]:
        """The embedded witness's answer."""
        return self._embedded.changes()

    def name(self, image: ImageNumber) -> str | None:
        """The embedded witness's answer."""
        return self._embedded.name(image)

    def _matches(self, image: ImageNumber, noun: str, inside: bool) -> bool:
        known = (image, noun, inside)
        if known not in self._known:
            picture = self._crop(image) if inside else self._without(image)
            (score,) = self._matcher.match([picture], [f"a photo of {with_article(noun)}"])
            self._known[known] = score >= self._threshold
        return self._known[known]

    def _crop(self, image: ImageNumber) -> RGB:
        x1, y1, x2, y2 = self._box
        return self._images[image - 1][y1:y2, x1:x2]

    def _without(self, image: ImageNumber) -> RGB:
        x1, y1, x2, y2 = self._box
        whole = self._images[image - 1].copy()
        whole[y1:y2, x1:x2] = whole.mean(axis=(0, 1)).astype(np.uint8)
        return whole
