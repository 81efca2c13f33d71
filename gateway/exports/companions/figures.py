"""The card's statistics: what the records hold, counted as the Img-Diff paper counts its own set."""

from collections.abc import Iterator
from itertools import pairwise

from gateway.exports.companions.markdown import code, count_of, escape, table
from gateway.exports.companions.subject import Subject
from imgdiff.reviews.documents import ReviewState
from imgdiff.statistics.documents import Histogram, Statistics

_VOCABULARIES = {"coco": "the 80 classes of COCO", "imagenet": "the 1,000 classes of ImageNet"}
_SHOWN = 20  # names and pairs of names, as the API lists by default


def write_statistics(found: Statistics) -> Iterator[str]:
    """The section of the card."""
    yield "## Statistics"
    yield "As the paper counts its own set; [statistics.json](statistics.json) has all of it."
    yield table(("what", "figure"), list(_list_figures(found)))
    if found.replacements.top:
        yield "What replaced what most often:"
        rows = [(escape(one.before), escape(one.after), f"{one.count:,}") for one in found.replacements.top[:_SHOWN]]
        yield table(("before", "after", "times"), rows)
    if found.objects.top:
        yield "Objects that are named most often:"
        yield table(("name", "times"), [(escape(one.name), f"{one.count:,}") for one in found.objects.top[:_SHOWN]])
    for title, histogram in (
        ("share of the image", found.boxes.shares),
        ("similarity of both images", found.similarity),
        ("confidence in the verdict", found.confidence),
    ):
        if sum(histogram.counts):
            yield table((title, "places" if title.startswith("share") else "pairs"), list(_list_bins(histogram)))


def _list_figures(found: Statistics) -> Iterator[tuple[str, str]]:
    objects, boxes, regions = found.objects, found.boxes, found.regions
    yield "categories of objects", f"{objects.categories:,}, named {objects.occurrences:,} times"
    for one in objects.coverage:
        yield f"of these names in {_VOCABULARIES[one.vocabulary]}", _percent(one.share)
    yield (
        "unique replacement pairs",
        f"{found.replacements.unique:,}, of {found.replacements.occurrences:,} replacements",
    )
    yield "edits by operation", ", ".join(f"{code(name)} {count:,}" for name, count in found.edits.items()) or "none"
    mean = "" if regions.mean is None else f", {regions.mean:.2f} a pair"
    yield "places that differ", f"{regions.kept:,}{mean}"
    yield "boxes by COCO's sizes", f"{boxes.small:,} small, {boxes.medium:,} medium, {boxes.large:,} large"
    yield "sentences that independent sources agree on", _percent(found.verified)
    yield "scenes, and different images", f"{found.scenes:,}, {found.images:,}"


def _list_bins(histogram: Histogram) -> Iterator[tuple[str, str]]:
    for (low, high), count in zip(pairwise(histogram.edges), histogram.counts, strict=True):
        if count:
            yield f"{low:g} to {high:g}", f"{count:,}"
    if histogram.missing:
        yield "not known", f"{histogram.missing:,}"


def _percent(share: float | None) -> str:
    return "none named" if share is None else f"{100 * share:.1f} %"


def write_reviews(subject: Subject) -> Iterator[str]:
    """How many records people have looked at, and what they decided."""
    counts = subject.counts
    seen = counts.records - counts.reviews[ReviewState.UNREVIEWED]
    yield "## Reviews"
    rejected = "Records that reviewers rejected are left out. " if subject.without_rejected else ""
    if not seen:
        yield f"{rejected}Nobody has reviewed any of these records."
        return
    corrected = (
        "They have the models' words; `review.corrections` has the reviewers'."
        if subject.format == "records"
        else "Texts, labels and boxes are as corrected."
    )
    yield f"People reviewed {count_of(seen, 'pair')} of {counts.records:,}. {rejected}{corrected}"
    yield table(("review", "pairs"), [(code(one), f"{counts.reviews[one]:,}") for one in ReviewState])
