"""Grounding: every region of a pair as a draft, with the evidence that its words rest on.

Both captioners use it: the embedded one publishes the drafts, the one on a language model falls back on them and checks
the model's sentences against the same evidence.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from imgdiff import weights
from imgdiff.evidence import Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change, ModelUse
from imgdiff.stages import Content, DetectedRegion
from services.captioning.drawn.inspection import inspect_drawn
from services.captioning.drawn.moves import link_moves
from services.captioning.observation.colours import colour_shares
from services.captioning.observation.crops import Networks, extract_features
from services.captioning.observation.embedded_evidence import EmbeddedEvidence, Region
from services.captioning.observation.features import Features
from services.captioning.observation.finding import Finding
from services.captioning.observation.given_captions import compare_captions
from services.captioning.observation.inspection import Inspection, Side, inspect_region, link_move
from services.captioning.observation.naming import name_probabilities
from services.captioning.observation.sentences import Draft, place_phrase
from services.captioning.observation.views import ImageView
from services.captioning.text.pair_reader import PairReader
from services.imaging.arrays import Flags
from services.networks import classifier, detector, second_classifier, text_reader
from services.networks.feature_cache import FeatureCache
from services.networks.text_reader import TextReader


class Grounding:
    """Inspects pairs with the embedded networks, which only the owner thread uses."""

    def __init__(self, networks: Networks, reader: TextReader) -> None:
        self._networks = networks
        self._reader = reader

    @classmethod
    def load(cls, threads: int, cache: FeatureCache | None = None) -> "Grounding":
        """With the embedded weights; raises WeightsUnavailable or WeightsCorrupt."""
        return cls(Networks.load(threads, cache), TextReader(threads))

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The weights in use."""
        used = (*detector.WEIGHTS, *classifier.WEIGHTS, *second_classifier.WEIGHTS, *text_reader.WEIGHTS)
        return weights.use("captioning", *dict.fromkeys(used))

    def warm_up(self) -> None:
        """Run every network once and load every table."""
        blank = np.zeros((64, 64, 3), np.uint8)
        name_probabilities(self._extract(blank, (16, 16, 48, 48), np.ones((32, 32), bool)), 32).name()
        self._networks.second.classify(blank)
        colour_shares(blank, np.ones((64, 64), bool))
        self._reader.read(blank)

    def draft(
        self,
        images: tuple[RGB, RGB],
        regions: Sequence[DetectedRegion],
        check: Callable[[], None],
        captions: tuple[str | None, str | None] = (None, None),
        content: Content | None = None,
    ) -> list[Draft]:
        """A draft of every region, in order. Both images are in image1's frame; a thing that moved has one name.

        `check` runs before every region and may raise to stop the work; `captions` are those that the client gave.
        On drawings only text and pixels are asked.
        """
        drawn = content in {Content.DRAWN, Content.BINARY}
        inspected = self._read(images, regions, check) if drawn else self._inspect(images, regions, check, captions)
        went = find_moves(regions)
        height, width = images[0].shape[:2]
        wheres = [place_phrase(region.place, width, height) for region in regions]
        view1, view2 = (ImageView(image, self._networks.detector, self._networks.classifier) for image in images)
        drafts = []
        for index, one in enumerate(inspected):
            to = went.get(index)
            evidence = _evidence(one, None if to is None else regions[to].place, (view1, view2))
            drafts.append(Draft(one.finding, wheres[index], None if to is None else wheres[to], evidence))
        for left, came in (link_moves(images, [one.finding for one in inspected]) if drawn else {}).items():
            first, second = _link_drawn(inspected[left].finding, inspected[came].finding)
            evidence = _evidence(replace(inspected[left], finding=first), regions[came].place, (view1, view2))
            drafts[left], drafts[came] = (Draft(one, wheres[left], wheres[came], evidence) for one in (first, second))
        return drafts

    def _inspect(
        self,
        images: tuple[RGB, RGB],
        regions: Sequence[DetectedRegion],
        check: Callable[[], None],
        captions: tuple[str | None, str | None],
    ) -> list[Inspection]:
        """What networks and pixels show at the regions of a photo."""
        captioned = compare_captions(*captions, places=len(regions))
        inspected = []
        for region in regions:
            check()
            inspected.append(inspect_region(self._extract, images, region.place, region.mask, captioned))
        for left, came in find_moves(regions).items():
            first, second = link_move(inspected[left], inspected[came])
            inspected[left] = replace(inspected[left], finding=first)
            inspected[came] = replace(inspected[came], finding=second)
        return inspected

    def _read(
        self, images: tuple[RGB, RGB], regions: Sequence[DetectedRegion], check: Callable[[], None]
    ) -> list[Inspection]:
        """What text and pixels show at the regions of a drawing."""
        read = PairReader(self._reader, images).read
        inspected = []
        for region in regions:
            check()
            finding, inside = inspect_drawn(images, region, read)
            inspected.append(Inspection(finding, (Side(0.0), Side(0.0)), inside))
        return inspected

    def _extract(self, image: RGB, box: Box, inside: Flags) -> Features:
        return extract_features(self._networks, image, box, inside)


def find_moves(regions: Sequence[DetectedRegion]) -> dict[int, int]:
    """Index of the region that a thing left -> index of the one that it came to, as detection linked them."""
    places = {region.box: index for index, region in enumerate(regions)}
    return {
        index: places[region.moved_to]
        for index, region in enumerate(regions)
        if region.moved_to is not None and region.moved_to in places
    }


def _link_drawn(left: Finding, came: Finding) -> tuple[Finding, Finding]:
    """The findings at both places of what moved in a drawing; its text is stated where both read the same."""
    text = left.text1 if left.text1 == came.text2 else None
    words = [word for word in (*left.words, *came.words) if word.source is WordSource.TEXT and word.text == text]
    words.append(Word(text=Change.MOVED.value, source=WordSource.PIXELS))
    first, second = (
        replace(one, change=Change.MOVED, colour1=None, colour2=None, text1=text, text2=text, words=tuple(words))
        for one in (left, came)
    )
    return first, second


def _evidence(one: Inspection, destination: Box | None, views: tuple[ImageView, ImageView]) -> EmbeddedEvidence:
    first, second = one.sides
    changes = frozenset({one.finding.change})
    texts = one.finding.text1, one.finding.text2
    region = Region(one.finding.box, one.inside, destination, changes, (first.naming, second.naming), texts)
    return EmbeddedEvidence(views, region)
