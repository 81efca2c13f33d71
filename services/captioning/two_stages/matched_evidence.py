"""The evidence source of the language-model path: a text-image matcher beside the embedded evidence."""

from collections.abc import Mapping

import numpy as np

from imgdiff.evidence import ImageNumber
from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.observation.evidence_source import EvidenceSource
from services.english.inflection import with_article
from services.imaging.boxes import crop, window
from services.matching.text_matcher import TextMatcher


class MatchedEvidence:
    """Confirms a noun where the embedded evidence or the matcher does; all else is the embedded evidence's answer.

    Both images are RGB in image1's frame; `threshold` is the matcher's score from which a text fits a crop.
    """

    def __init__(
        self, embedded: EvidenceSource, matcher: TextMatcher, images: tuple[RGB, RGB], box: Box, threshold: float
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

    def lacks(self, image: ImageNumber, noun: str) -> bool:
        """The embedded evidence's answer."""
        return self._embedded.lacks(image, noun)

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """Whether the image with the box painted over is a photo of such a thing."""
        return self._embedded.elsewhere(image, noun) or self._matches(image, noun, inside=False)

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        """The embedded evidence's answer."""
        return self._embedded.colours(image)

    def count(self, image: ImageNumber, noun: str) -> int | None:
        """The embedded evidence's answer."""
        return self._embedded.count(image, noun)

    def places(self) -> frozenset[str]:
        """The embedded evidence's answer."""
        return self._embedded.places()

    def destination(self) -> frozenset[str] | None:
        """The embedded evidence's answer."""
        return self._embedded.destination()

    def changes(self) -> frozenset[Change]:
        """The embedded evidence's answer."""
        return self._embedded.changes()

    def reads(self, image: ImageNumber, text: str) -> bool:
        """The embedded evidence's answer."""
        return self._embedded.reads(image, text)

    def _matches(self, image: ImageNumber, noun: str, inside: bool) -> bool:
        known = (image, noun, inside)
        if known not in self._known:
            picture = crop(self._images[image - 1], self._box) if inside else self._without_box(image)
            (score,) = self._matcher.match([picture], [f"a photo of {with_article(noun)}"])
            self._known[known] = score >= self._threshold
        return self._known[known]

    def _without_box(self, image: ImageNumber) -> RGB:
        """The image with its mean colour over the box."""
        whole = self._images[image - 1].copy()
        whole[window(self._box)] = whole.mean(axis=(0, 1)).astype(np.uint8)
        return whole
