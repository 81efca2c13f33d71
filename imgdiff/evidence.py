"""What the words of a record rest on: the source of each, and what the check of each sentence found."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from imgdiff.frozen import Frozen


class WordSource(StrEnum):
    """What a word was taken from."""

    DETECTOR = "detector"  # an object detector's class
    CLASSIFIER = "classifier"  # the class of the crop, or a kind that several likely classes share
    PIXELS = "pixels"  # colours, counts and the kind of change
    BOX = "box"  # where the region lies
    GIVEN = "given"  # the client's own caption
    MODEL = "model"  # a language model's text


class Word(Frozen):
    """One word or phrase of a region's captions, and what it rests on."""

    text: str = Field(description="The word or phrase, as it stands in the captions.")
    image: Literal[1, 2] | None = Field(default=None, description="Image that it speaks of; null for both.")
    source: WordSource = Field(description="What it was taken from.")
    score: float | None = Field(default=None, description="How sure that source is, 0..1; null without a measure.")


class Outcome(StrEnum):
    """What the check made of a sentence."""

    VERIFIED = "verified"
    REPAIRED = "repaired"
    DROPPED = "dropped"


class Objection(Frozen):
    """One thing that the evidence does not bear out."""

    code: str = Field(description="Stable code `text.<finding>`; `imgdiff.rules.reasons` lists all of them.")
    text: str | None = Field(default=None, description="The words in question.")


class Check(Frozen):
    """The check of one region's sentence against the evidence."""

    outcome: Outcome = Field(description="As it was, put right from the evidence, or left out.")
    objections: tuple[Objection, ...] = Field(default=(), description="What was found wrong; none when verified.")
    written: str | None = Field(default=None, description="The sentence before it was repaired or dropped.")


class Verification(Frozen):
    """How many sentences the check left as they were, repaired and dropped."""

    verified: int = Field(default=0, ge=0, description="Sentences that the evidence bears out.")
    repaired: int = Field(default=0, ge=0, description="Sentences that were put right from the evidence.")
    dropped: int = Field(default=0, ge=0, description="Sentences that were left out.")

    @classmethod
    def of(cls, checks: "list[Check]") -> "Verification":
        """Counted."""
        counts = {outcome.value: sum(check.outcome is outcome for check in checks) for outcome in Outcome}
        return cls(**counts)
