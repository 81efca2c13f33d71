"""The columns of a row, the same in every format of rows."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, JsonValue

from gateway.exports.splits import Split, scene_of, split_of
from imgdiff.evidence import Verification
from imgdiff.frozen import Frozen
from imgdiff.records import AssetId, Edit, Provenance, Question, Reason, Record, Region, Share, Verdict
from imgdiff.reviews.documents import Rating, ReviewState
from imgdiff.views.places import find_box2
from imgdiff.whole_pair import Alignment, PairChange


class PairScores(Frozen):
    """Measurements of the whole pair; null where nothing was measured."""

    similarity: float | None
    confidence: Share | None


class RowReview(Frozen):
    """What reviewers think of the record; their corrections are in its texts, labels and boxes."""

    state: ReviewState
    reviewers: int
    rating: Rating


class Row(Frozen):
    """A record without its images. Boxes and masks are those of `Region`, in pixels of the image that they are in."""

    id: str
    schema_version: int
    job: str
    dataset: str
    created_at: datetime
    split: Split
    scene: AssetId
    verdict: Verdict
    caption: str | None
    asset1: AssetId
    asset2: AssetId
    width1: int
    height1: int
    width2: int
    height2: int
    kind: Literal["upload", "synthesis"]
    source_caption1: str | None
    source_caption2: str | None
    edit: Edit | None
    scores: PairScores
    alignment: Alignment
    pair_changes: tuple[PairChange, ...]
    verification: Verification
    regions: tuple[Region, ...] = Field(description="The kept ones, which are what a model should learn.")
    rejected_regions: tuple[Region, ...] = Field(description="Proposals that a gate rejected; `reasons` name it.")
    reasons: tuple[Reason, ...]
    question: Question | None
    provenance: Provenance
    review: RowReview
    metadata: dict[str, JsonValue] | None

    @classmethod
    def of(cls, record: Record) -> Self:
        """The row of a record; `box2` of a region is projected where the record is of version 1."""
        regions = record.regions if record.schema_version > 1 else [_place(record, one) for one in record.regions]
        return cls(
            id=record.id,
            schema_version=record.schema_version,
            job=record.job,
            dataset=record.dataset,
            created_at=record.created_at,
            split=split_of(record),
            scene=scene_of(record),
            verdict=record.verdict,
            caption=record.caption,
            asset1=record.image1.asset,
            asset2=record.image2.asset,
            width1=record.image1.width,
            height1=record.image1.height,
            width2=record.image2.width,
            height2=record.image2.height,
            kind=record.source.kind,
            source_caption1=record.source.caption1,
            source_caption2=record.source.caption2,
            edit=record.source.edit,
            scores=PairScores(similarity=record.similarity, confidence=record.confidence),
            alignment=record.alignment,
            pair_changes=record.pair_changes,
            verification=record.verification,
            regions=tuple(one for one in regions if one.kept),
            rejected_regions=tuple(one for one in regions if not one.kept),
            reasons=record.reasons,
            question=record.question,
            provenance=record.provenance,
            review=RowReview(state=record.review.state, reviewers=record.review.reviewers, rating=record.review.rating),
            metadata=record.metadata,
        )


def _place(record: Record, region: Region) -> Region:
    return region.model_copy(update={"box2": find_box2(record, region)})
