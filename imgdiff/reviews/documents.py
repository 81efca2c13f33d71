"""Reviews of a record: what one reviewer thinks of it, what all of them do, and how it is sent."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from imgdiff.frozen import Frozen
from imgdiff.objects.changes import Change
from imgdiff.objects.places import Box
from imgdiff.requests.sent import Sent

ANONYMOUS = "anonymous"
"""The reviewer where a gateway has no keys and nobody gave a name."""

_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$"  # not blank
_NAME = r"^[^\s\x00]([^\x00\r\n]*[^\s\x00])?$"  # one line without blanks around it

Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=_TEXT)]
Noun = Annotated[str, Field(max_length=200)]
Reviewer = Annotated[str, Field(min_length=1, max_length=64, pattern=_NAME)]
RegionIndex = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,2})$")]


class Decision(StrEnum):
    """What one reviewer decides on a record."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"


class ReviewState(StrEnum):
    """What the reviewers of a record decided: what more than half of them did, or that they disagree."""

    UNREVIEWED = "unreviewed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"
    DISPUTED = "disputed"


class Grade(StrEnum):
    """How good something is, on the scale of the paper's raters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Rating(Sent):
    """The three questions that the paper's raters answered; null where one is not answered."""

    box: Grade | None = Field(default=None, description="Whether the boxes show a difference.")
    content: Grade | None = Field(default=None, description="Whether `caption1` and `caption2` fit what is shown.")
    caption: Grade | None = Field(default=None, description="Whether the sentence describes the difference.")


class RegionCorrection(Sent):
    """What is right of one region; null where the record has it right."""

    caption: Text | None = Field(default=None, description="The sentence that describes the change.")
    label1: Noun | None = Field(default=None, description="Noun for what image1 shows; empty for nothing.")
    label2: Noun | None = Field(default=None, description="Noun for what image2 shows; empty for nothing.")
    change: Change | None = Field(default=None, description="Kind of change.")
    box: Box | None = Field(default=None, description="The place in image1.")
    box2: Box | None = Field(default=None, description="The place in image2, in its own pixels.")
    kept: Literal[False] | None = Field(default=None, description="False where nothing differs there.")


class Corrections(Frozen):
    """What is right where the record is wrong."""

    caption: Text | None = Field(default=None, description="The text for the whole pair; null where it is right.")
    regions: dict[RegionIndex, RegionCorrection] = Field(
        default={}, description="By the index of a kept region in the record's `regions`."
    )


class Judgement(Frozen):
    """What one reviewer thinks of a record."""

    state: Decision
    rating: Rating = Field(default=Rating(), description="The reviewer's ratings.")
    note: str | None = Field(default=None, description="The reviewer's note.")
    corrections: Corrections | None = Field(default=None, description="Set if the state is `corrected`.")


class Review(Frozen):
    """What reviewers think of a record, as far as their reviews stand; the rest of the record is as the models said."""

    state: ReviewState = Field(
        default=ReviewState.UNREVIEWED,
        description="What more than half of the reviewers decided; `disputed` where no decision has so many.",
    )
    revision: int = Field(
        default=0, ge=0, description="How many events there were. The record's entity tag is this number in quotes."
    )
    reviewers: int = Field(default=0, ge=0, description="How many reviewers have a review that stands.")
    reviewer: str | None = Field(default=None, description="Who reviewed last; null without a review.")
    at: datetime | None = Field(default=None, description="When that was, UTC.")
    rating: Rating = Field(default=Rating(), description="The ratings of that review.")
    note: str | None = Field(default=None, description="The note of that review.")
    corrections: Corrections | None = Field(
        default=None, description="Set if the state is `corrected`; of two values for one field the later one."
    )


class CorrectionsPatch(Sent):
    """Changes of a reviewer's corrections; null takes one away."""

    caption: Text | None = Field(default=None, description="The text for the whole pair.")
    regions: dict[RegionIndex, RegionCorrection | None] | None = Field(
        default=None, max_length=100, description="By the index of a kept region in the record's `regions`."
    )


class ReviewPatch(Sent):
    """A JSON merge patch of the sender's own review: what is missing stays, what is null is taken away."""

    state: Decision | None = Field(
        default=None,
        description="Needed in a reviewer's first review, unless it corrects something. `accepted` and `rejected` take "
        "the reviewer's corrections away.",
    )
    rating: Rating | None = Field(default=None, description="The paper's three questions.")
    note: Text | None = Field(default=None, description="A note.")
    corrections: CorrectionsPatch | None = Field(default=None, description="What is right where the record is wrong.")
    reviewer: Reviewer | None = Field(
        default=None,
        description=f"Who reviews, `{ANONYMOUS}` by default. With API keys it is the name of the key, and no other.",
    )


class RecordPatch(Sent):
    """JSON body of `PATCH /v1/records/{id}`: of a record only its review changes."""

    review: ReviewPatch


class ReviewEvent(Frozen):
    """One step in the history of a record's reviews; none is ever changed."""

    number: int = Field(ge=1, description="Counts the record's events.")
    action: Literal["review", "undo"] = Field(description="A review, or one that was taken back.")
    undone: int | None = Field(default=None, description="Number of the review that was taken back; null for a review.")
    stands: bool = Field(description="Whether it is its reviewer's review now.")
    reviewer: str = Field(description="Whose review it is.")
    at: datetime = Field(description="When it was, UTC.")
    before: Judgement | None = Field(default=None, description="The reviewer's review before; null without one.")
    after: Judgement | None = Field(default=None, description="The reviewer's review after; null without one.")
