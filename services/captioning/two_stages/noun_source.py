"""Noun sources: what one network says of nouns at one region, beside the embedded evidence."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from imgdiff.evidence import ImageNumber
from imgdiff.images import RGB
from imgdiff.records import Box
from services.english.inflection import with_article
from services.imaging.boxes import crop, window
from services.matching.text_matcher import TextMatcher

Answers = Mapping[tuple[ImageNumber, str], bool | None]
"""Whether an image shows a noun inside the box, as a presence source answered; null where it cannot tell."""


class NounSource(Protocol):
    """Answers true, false, or null where it cannot tell. Nouns are in the singular, lower-case, without an article."""

    def shows(self, image: ImageNumber, noun: str) -> bool | None:
        """Whether the image shows such a thing inside the region's box."""

    def lacks(self, image: ImageNumber, noun: str) -> bool | None:
        """Whether it shows none there."""

    def elsewhere(self, image: ImageNumber, noun: str) -> bool | None:
        """Whether the image shows such a thing outside the box."""


class MatchedNouns:
    """A text-image matcher: it can confirm a noun and never denies one.

    Both images are RGB in image1's frame; `threshold` is the matcher's score from which a text fits a crop.
    """

    def __init__(self, matcher: TextMatcher, images: tuple[RGB, RGB], box: Box, threshold: float) -> None:
        self._matcher = matcher
        self._images = images
        self._box = box
        self._threshold = threshold
        self._known: dict[tuple[ImageNumber, str, bool], bool] = {}

    def shows(self, image: ImageNumber, noun: str) -> bool | None:
        """Whether the crop is a photo of such a thing."""
        return self._matches(image, noun, inside=True) or None

    def lacks(self, image: ImageNumber, noun: str) -> bool | None:  # noqa: ARG002
        """Unknown: low scores are no evidence of absence."""
        return None

    def elsewhere(self, image: ImageNumber, noun: str) -> bool | None:
        """Whether the image with the box painted over is a photo of such a thing."""
        return self._matches(image, noun, inside=False) or None

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


class AnsweredNouns:
    """The answers of a presence source. Where it may only object (`confirms` false), its yes counts for nothing."""

    def __init__(self, answers: Answers, *, confirms: bool) -> None:
        self._answers = answers
        self._confirms = confirms

    def shows(self, image: ImageNumber, noun: str) -> bool | None:
        """The answer for the noun."""
        answer = self._answers.get((image, noun))
        return answer if self._confirms or not answer else None

    def lacks(self, image: ImageNumber, noun: str) -> bool | None:
        """The answer for the noun, turned round."""
        answer = self._answers.get((image, noun))
        return None if answer is None else not answer

    def elsewhere(self, image: ImageNumber, noun: str) -> bool | None:  # noqa: ARG002
        """Unknown: presence is asked of boxes only."""
        return None
