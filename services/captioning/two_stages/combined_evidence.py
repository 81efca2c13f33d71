"""The evidence source of the language-model path: noun sources beside the embedded evidence."""

from collections.abc import Mapping, Sequence

from imgdiff.evidence import ImageNumber
from imgdiff.records import Change
from services.captioning.observation.evidence_source import EvidenceSource
from services.captioning.two_stages.noun_source import NounSource


class CombinedEvidence:
    """Nouns by the embedded evidence and all sources; all else is the embedded evidence's answer.

    What the embedded networks see is seen. Beyond that a noun needs a source that confirms it and none that denies it.
    """

    def __init__(self, embedded: EvidenceSource, sources: Sequence[NounSource]) -> None:
        self._embedded = embedded
        self._sources = sources

    def shows(self, image: ImageNumber, noun: str) -> bool:
        """See the class."""
        if self._embedded.shows(image, noun):
            return True
        answers = [source.shows(image, noun) for source in self._sources]
        return True in answers and False not in answers

    def denies(self, image: ImageNumber, noun: str) -> bool:
        """Whether a source denies what the embedded networks do not see."""
        denied = any(source.shows(image, noun) is False for source in self._sources)
        return denied and not self._embedded.shows(image, noun)

    def support(self, image: ImageNumber, noun: str) -> float:
        """The embedded evidence's answer."""
        return self._embedded.support(image, noun)

    def lacks(self, image: ImageNumber, noun: str) -> bool:
        """Only where nothing speaks for the thing."""
        return self._embedded.lacks(image, noun) and all(
            source.lacks(image, noun) is not False for source in self._sources
        )

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """Where the embedded evidence or a source sees it."""
        return self._embedded.elsewhere(image, noun) or any(
            source.elsewhere(image, noun) is True for source in self._sources
        )

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
