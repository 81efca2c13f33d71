"""Reports of an evaluation, as JSON and for drawing. Figures are in percent unless they say otherwise."""

from collections.abc import Mapping

from pydantic import Field

from imgdiff.evaluation.samples import Task
from imgdiff.frozen import Frozen


class Figure(Frozen):
    """One figure of sentences against references."""

    name: str
    value: float = Field(description="Times 100, as papers print it.")
    variant: str = Field(description="What exactly is computed, by what.")
    comparable: str = Field(description="With which published figures it is comparable.")


class Counts(Frozen):
    """What became of the samples; those without a usable answer count as wrong."""

    samples: int
    answered: int = Field(description="Samples with an answer, whether it could be read or not.")
    unreadable: int = Field(default=0, description="Answers that state no single letter of the options.")
    refused: int = Field(description="Answers that the model or its server refused.")
    failed: int = Field(description="Requests that failed; a later run makes them again.")
    skipped: int = Field(description="Entries of the file without anything to compare with.")


class Accuracy(Frozen):
    """The share of right answers, in percent; null of nothing."""

    right: int
    of: int
    percent: float | None

    @classmethod
    def share(cls, right: int, of: int) -> "Accuracy":
        """Computed from the counts."""
        return cls(right=right, of=of, percent=round(100 * right / of, 2) if of else None)


class Choices(Frozen):
    """Accuracy of chosen options."""

    questions: Accuracy
    groups: Accuracy | None = Field(description="Groups of which every question is right: MMVP's figure.")
    categories: Mapping[str, Accuracy] = Field(description="By kind of change, where the file states it.")


class Speed(Frozen):
    """Speed of this run, over the requests that it made; null where it made none."""

    requests: int
    seconds: float
    at_once: int
    requests_per_second: float | None
    pairs_per_second: float | None = Field(description="A pair of images may take two requests, as in MMVP.")


class Report(Frozen):
    """The result of a model on a benchmark."""

    benchmark: str
    task: Task
    model: str
    server: str | None = Field(description="Address of the model's server; null for imgdiff's own captioner.")
    limit: int | None = Field(description="Only so many of the first samples were asked; null for all.")
    joined: bool = Field(description="Whether two images were shown as one.")
    prompt: str = Field(description="The first sample's prompt.")
    counts: Counts
    choices: Choices | None = None
    figures: tuple[Figure, ...] = ()
    speed: Speed
    version: str = Field(description="Version of imgdiff.")
