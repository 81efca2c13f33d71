"""The statistics of a dataset, counted as the Img-Diff paper counts its own: names, replacement pairs, coverage."""

from pydantic import Field

from imgdiff.evidence import Verification
from imgdiff.frozen import Frozen
from imgdiff.records import Change, Operation, Share, Verdict

Numbers = tuple[int, ...]


class Histogram(Frozen):
    """How many values lie between neighbouring edges: bin `i` begins at `edges[i]`, and the last one has both edges."""

    edges: tuple[float, ...] = Field(description="Edges of the bins, ascending; one more than there are bins.")
    counts: Numbers = Field(description="Values in each bin.")
    missing: int = Field(default=0, ge=0, description="Values that are null.")


class NameCount(Frozen):
    """A noun and how often it occurs."""

    name: str = Field(description="The most frequent spelling, in lower case and without an article.")
    count: int = Field(ge=0, description="Occurrences in all spellings, singular and plural.")


class Coverage(Frozen):
    """How much of the names a known vocabulary covers."""

    vocabulary: str = Field(
        description="Names that the embedded models know: `coco`, the 80 classes of COCO, or `imagenet`, the 1000 of "
        "ImageNet."
    )
    names: int = Field(ge=0, description="Names of the vocabulary that occur.")
    occurrences: int = Field(ge=0, description="Occurrences of its names.")
    share: Share | None = Field(description="The same as a share of all occurrences; null without any.")


class Objects(Frozen):
    """The nouns of the kept regions: one occurrence for each side that has one."""

    categories: int = Field(ge=0, description="Different names; singular and plural are one.")
    occurrences: int = Field(ge=0, description="Occurrences of all names.")
    coverage: tuple[Coverage, ...] = Field(description="How much of them each vocabulary covers.")
    top: tuple[NameCount, ...] = Field(description="The most frequent names.")


class PairCount(Frozen):
    """What replaced what, and how often."""

    before: str = Field(description="Noun for what was there before.")
    after: str = Field(description="Noun for what is there now.")
    count: int = Field(ge=0, description="Occurrences.")


class Replacements(Frozen):
    """What replaced what: the nouns of an edit that replaces, else of kept regions with the change `replaced`."""

    unique: int = Field(ge=0, description="Different pairs of names.")
    occurrences: int = Field(ge=0, description="All occurrences.")
    top: tuple[PairCount, ...] = Field(description="The most frequent pairs.")


class BoxSizes(Frozen):
    """Boxes of the kept regions, in image1 or else in image2."""

    small: int = Field(default=0, ge=0, description="Of less than 32 x 32 pixels, as COCO has it.")
    medium: int = Field(default=0, ge=0, description="Of less than 96 x 96 pixels.")
    large: int = Field(default=0, ge=0, description="All others.")
    shares: Histogram = Field(description="Areas as shares of the image.")


class RegionCounts(Frozen):
    """Regions of all records."""

    kept: int = Field(ge=0, description="Regions that no gate rejected.")
    rejected: int = Field(ge=0, description="Proposals that a gate rejected, as far as records keep them.")
    per_record: dict[int, int] = Field(description="Records by their number of kept regions.")
    mean: float | None = Field(description="Kept regions a record; null without records.")


class Statistics(Frozen):
    """What the records of a dataset hold."""

    dataset: str = Field(description="Name of the dataset.")
    version: str | None = Field(default=None, description="Name of the frozen version; null for the records of now.")
    records: int = Field(ge=0, description="Records counted.")
    verdicts: dict[Verdict, int] = Field(description="Records by verdict.")
    sources: dict[str, int] = Field(description="Records by kind of source: `upload` or `synthesis`.")
    edits: dict[Operation, int] = Field(description="Records of syntheses by operation.")
    images: int = Field(ge=0, description="Different images.")
    scenes: int = Field(ge=0, description="Different scenes: a photo, its edits and near-duplicates are one.")
    regions: RegionCounts
    changes: dict[Change, int] = Field(description="Kept regions by kind of change.")
    objects: Objects
    replacements: Replacements
    boxes: BoxSizes
    similarity: Histogram = Field(description="Similarity of both images of each record, a cosine.")
    confidence: Histogram = Field(description="Confidence in the verdict of each record.")
    sentences: Verification = Field(description="Checks of the kept regions' sentences.")
    verified: Share | None = Field(description="Share of these sentences that are verified; null without sentences.")
