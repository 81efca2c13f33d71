"""What statistics need of a record: documents are read without their masks, words and models."""

from pydantic import BaseModel, ConfigDict

from imgdiff.evidence import Outcome
from imgdiff.objects.places import Box
from imgdiff.records import Change, Operation, Verdict


class _Part(BaseModel):
    """A part of a record; fields that are not needed are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class _Check(_Part):
    outcome: Outcome


class RegionFacts(_Part):
    """See `imgdiff.records.Region`."""

    box: Box | None = None
    box2: Box | None = None
    change: Change
    label1: str | None = None
    label2: str | None = None
    check: _Check | None = None
    kept: bool


class EditFacts(_Part):
    """See `imgdiff.records.Edit`."""

    operation: Operation
    before: str | None = None
    after: str | None = None


class _Source(_Part):
    kind: str
    edit: EditFacts | None = None


class ImageFacts(_Part):
    """See `imgdiff.records.RecordImage`."""

    asset: str
    width: int
    height: int


class RecordFacts(_Part):
    """See `imgdiff.records.Record`."""

    scene: str | None = None
    source: _Source
    image1: ImageFacts
    image2: ImageFacts
    similarity: float | None = None
    verdict: Verdict
    confidence: float | None = None
    regions: tuple[RegionFacts, ...] = ()

    @property
    def kept(self) -> tuple[RegionFacts, ...]:
        """The kept regions."""
        return tuple(region for region in self.regions if region.kept)
