"""Evidence of a record's words: the source of each word, and the check of each sentence."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from imgdiff.frozen import Frozen

ImageNumber = Literal[1, 2]


class WordSource(StrEnum):
    """The source of a word."""

    DETECTOR = "detector"  # a class of the object detector
    CLASSIFIER = "classifier"  # the class of the crop, or the kind of several likely classes
    PIXELS = "pixels"  # colours, counts and the kind of change
    BOX = "box"  # the region's place
    GIVEN = "given"  # the client's caption
    TEXT = "text"  # the text reader
    MODEL = "model"  # a language model's text


class Word(Frozen):
    """One word or phrase of a region's captions, and its source."""

    text: str = Field(description="The word or phrase as the captions contain it.")
    image: ImageNumber | None = Field(default=None, description="The image that it describes; null for both.")
    source: WordSource = Field(description="The source of the word.")
    score: float | None = Field(default=None, description="The source's confidence, 0..1; null where it has none.")


class Outcome(StrEnum):
    """Outcome of the check of a sentence."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REPAIRED = "repaired"
    DROPPED = "dropped"


class Objection(Frozen):
    """One claim that the evidence does not support."""

    code: str = Field(description="Stable code `text.<finding>`; `imgdiff.rules.reasons` lists all of them.")
    text: str | None = Field(default=None, description="The words in question.")


class Check(Frozen):
    """The check of one region's sentence against the evidence."""

    outcome: Outcome = Field(
        description="Published as it was with the support of independent evidence, or on one source alone "
        "(`unverified`), replaced by a sentence that the evidence supports, or left out."
    )
    objections: tuple[Objection, ...] = Field(
        default=(), description="What the evidence does not support; empty when verified or unverified."
    )
    written: str | None = Field(default=None, description="The sentence before it was replaced or dropped.")


class Verification(Frozen):
    """How many sentences were published as they were, on one source alone, replaced, and dropped."""

    verified: int = Field(default=0, ge=0, description="Sentences that the evidence supports.")
    unverified: int = Field(default=0, ge=0, description="Sentences that rest on one source alone.")
    repaired: int = Field(default=0, ge=0, description="Sentences that gave way to one that the evidence supports.")
    dropped: int = Field(default=0, ge=0, description="Sentences that were left out.")

    @classmethod
    def of(cls, checks: "list[Check]") -> "Verification":
        """Counted."""
        counts = {outcome.value: sum(check.outcome is outcome for check in checks) for outcome in Outcome}
        return cls(**counts)
