"""What the embedded networks and the pixels hold of each region: a finding, a sentence, and the witness to check by.

Both captioners stand on it: the embedded one publishes its sentences, and the one on a language model has its own
sentences checked by the same witness and falls back on these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from imgdiff import weights
from imgdiff.evidence import Check, Outcome, Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse
from imgdiff.stages import DetectedRegion
from services.captioning.observation.colours import colour_shares
from services.captioning.observation.crops import Looks, look
from services.captioning.observation.findings import Finding, Found, as_one, find, moved, without_nouns
from services.captioning.observation.given_captions import given
from services.captioning.observation.naming import naming
from services.captioning.observation.sentences import place, sentence, spot
from services.captioning.verification import Witness, checked
from services.captioning.verification.embedded_witness import EmbeddedWitness, Region
from services.captioning.verification.views import Sight
from services.imaging.arrays import Flags
from services.networks import classifier, detector
from services.networks.classifier import Classifier
from services.networks.detector import ObjectDetector


@dataclass(frozen=True)
class Grounded:
    """One region in words to be checked: `where` it lies, where its thing `went`, and its witness."""

    finding: Finding
    where: str
    went: str | None
    witness: Witness

    @property
    def text(self) -> str:
        """The sentence."""
        return sentence(self.finding, self.where, self.went)

    @property
    def words(self) -> tuple[Word, ...]:
        """Of the finding, and those for its place."""
        spots = dict.fromkeys(spot(where) for where in (self.where, self.went) if where is not None)
        return (*self.finding.words, *(Word(text=one, source=WordSource.BOX) for one in spots))

    @property
    def unnamed(self) -> "Grounded":
        """The same with no noun in it."""
        return replace(self, finding=without_nouns(self.finding))


@dataclass(frozen=True)
class Published:
    """A region as its words may be published: the sentence is null when none is fit, the check when none was made.

    `words` are those that may stand in the sentence and in the captions of both sides.
    """

    grounded: Grounded
    text: str | None
    check: Check | None
    words: tuple[Word, ...]


class Grounding:
    """Looks at pairs with networks that only the owner thread uses."""

    def __init__(self, detector: ObjectDetector, classifier: Classifier) -> None:
        self._detector = detector
        self._classifier = classifier

    @classmethod
    def load(cls, threads: int) -> "Grounding":
        """With the embedded weights; raises WeightsUnavailable or WeightsCorrupt."""
        return cls(ObjectDetector(threads), Classifier(threads))

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """What it runs."""
        return weights.use("captioning", *dict.fromkeys((*detector.WEIGHTS, *classifier.WEIGHTS)))

    def warm_up(self) -> None:
        """Run every network once, and read every table."""
        blank = np.zeros((64, 64, 3), np.uint8)
        naming(self._look(blank, (16, 16, 48, 48), np.ones((32, 32), bool))).name()
        colour_shares(blank, np.ones((64, 64), bool))

    def ground(
        self, images: tuple[RGB, RGB], regions: Sequence[DetectedRegion], check: Callable[[], None],
        captions: tuple[str | None, str | None] = (None, None),
    ) -> list[Grounded]:  # fmt: skip
        """Every region, in order; what moved is one thing at both of its places. Images in image1's frame.

        `check` is called before every region and may raise to stop the work; `captions` are the given ones.
        """
        told = given(*captions)
        seen: list[Found] = []
        for region in regions:
            check()
            seen.append(find(self._look, images, region.box, region.mask, told))
        went = moves(regions)
        for left, came in went.items():
            first, second = moved(seen[left], seen[came])
            seen[left], seen[came] = replace(seen[left], finding=first), replace(seen[came], finding=second)
        height, width = images[0].shape[:2]
        wheres = [place(region.box, width, height) for region in regions]
        sights = Sight(images[0], self._detector, self._classifier), Sight(images[1], self._detector, self._classifier)
        grounded = []
        for index, one in enumerate(seen):
            to = went.get(index)
            witness = _witness(one, None if to is None else regions[to].box, sights)
            grounded.append(Grounded(one.finding, wheres[index], None if to is None else wheres[to], witness))
        return grounded

    def _look(self, image: RGB, box: Box, inside: Flags) -> Looks:
        return look(self._detector, self._classifier, image, box, inside)


def published(grounded: Sequence[Grounded], went: Mapping[int, int], *, verify: bool = True) -> list[Published]:
    """What may be published of each, in order; without its nouns where the check does not let these stand.

    `went` are the moves: a place that something came to has the sentence of the place that it left.
    """
    said = [_published(one, verify=verify) for one in grounded]
    for left, came in went.items():
        if came not in went:
            first = said[left]
            said[came] = replace(said[came], text=first.text, check=first.check, words=first.words)
    return said


def moves(regions: Sequence[DetectedRegion]) -> dict[int, int]:
    """Index of the region that something left -> index of the one it came to, as detection linked them."""
    places = {region.box: index for index, region in enumerate(regions)}
    return {
        index: places[region.moved_to]
        for index, region in enumerate(regions)
        if region.moved_to is not None and region.moved_to in places
    }


def _published(one: Grounded, *, verify: bool) -> Published:
    """As it was drafted, else as one thing where several were counted, else with no noun."""
    if not verify:
        return Published(one, one.text, None, one.words)
    text, check = checked(one.text, one.witness, one.unnamed.text)
    if check.outcome is Outcome.VERIFIED:
        return Published(one, text, check, one.words)
    single = replace(one, finding=as_one(one.finding))
    if one.finding.count > 1 and checked(single.text, one.witness, None)[1].outcome is Outcome.VERIFIED:
        repaired = check.model_copy(update={"outcome": Outcome.REPAIRED})
        return Published(single, single.text, repaired, single.words)
    return Published(one.unnamed, text, check, one.unnamed.words)


def _witness(found: Found, destination: Box | None, sights: tuple[Sight, Sight]) -> EmbeddedWitness:
    first, second = found.sides
    changes = frozenset({found.finding.change})
    region = Region(found.finding.box, found.inside, destination, changes, (first.naming, second.naming))
    return EmbeddedWitness(sights, region, colour_shares)
