"""How good the records of a dataset are, as far as people reviewed them."""

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.records import Change, Share
from imgdiff.reviews.documents import Grade, ReviewState


class Precision(Frozen):
    """Right ones among those that were reviewed; share and interval are null where too few were."""

    reviewed: int = Field(ge=0, description="How many were accepted, rejected or corrected.")
    right: int = Field(ge=0, description="How many of them are right.")
    precision: Share | None = Field(default=None, description="The share of right ones; null below the minimum.")
    low: Share | None = Field(default=None, description="Lower end of its 95 % Wilson interval.")
    high: Share | None = Field(default=None, description="Upper end of its 95 % Wilson interval.")


class ChangePrecision(Precision):
    """Of the kept regions with one kind of change: wrong in a rejected record, or where a reviewer corrected one."""

    change: Change = Field(description="Kind of change, as the models said.")


class BucketPrecision(Precision):
    """Of the records whose confidence in the verdict is in one range: right if accepted."""

    least: Share = Field(description="Least confidence.")
    most: Share = Field(description="Confidence below which they are; the last range has it.")


class Agreement(Frozen):
    """How far two reviewers agree on what both have reviewed."""

    reviewers: tuple[str, str] = Field(description="Their names.")
    records: int = Field(ge=0, description="How many records both reviewed.")
    agreement: Share = Field(description="Share on which they decided the same.")
    kappa: float | None = Field(
        default=None,
        ge=-1.0,
        le=1.0,
        description="Cohen's kappa: agreement beyond what chance gives. Null below the minimum, and where both decided "
        "the same each time.",
    )


class Ratings(Frozen):
    """How often reviewers gave each grade to the paper's three questions."""

    box: dict[Grade, int] = Field(description="Whether the boxes show a difference.")
    content: dict[Grade, int] = Field(description="Whether `caption1` and `caption2` fit what is shown.")
    caption: dict[Grade, int] = Field(description="Whether the sentence describes the difference.")


class Threshold(Precision):
    """The least confidence from which on the reviewed records have a wanted precision."""

    wanted: Share = Field(description="The precision that was asked for.")
    confidence: Share | None = Field(default=None, description="The threshold; null where there is none.")
    kept: int | None = Field(default=None, description="Records of the dataset with at least this confidence.")
    missing: str | None = Field(default=None, description="Why there is none; null where there is one.")


class Quality(Frozen):
    """Response of `GET /v1/datasets/{name}/quality`."""

    dataset: str = Field(description="Name of the dataset.")
    records: int = Field(ge=0, description="Number of records.")
    minimum: int = Field(description="Reviews below which no share is given.")
    reviews: dict[ReviewState, int] = Field(description="Number of records by state of review.")
    overall: Precision = Field(description="Of all records: right if accepted.")
    changes: tuple[ChangePrecision, ...] = Field(description="By kind of change.")
    buckets: tuple[BucketPrecision, ...] = Field(description="By confidence.")
    agreement: tuple[Agreement, ...] = Field(description="Of pairs of reviewers, those with the most records first.")
    ratings: Ratings = Field(description="Of all reviews that stand.")
    threshold: Threshold | None = Field(default=None, description="Null unless a precision was asked for.")
