"""A record as its reviewers corrected it."""

from imgdiff.errors import InvalidRequest
from imgdiff.objects.places import Box
from imgdiff.records import Record, RecordImage, Region
from imgdiff.reviews.documents import Corrections, RegionCorrection


def check_corrections(record: Record, corrections: Corrections | None) -> None:
    """Raise InvalidRequest where a correction is of no kept region of the record, or of a box outside its image."""
    for index, one in (corrections.regions if corrections is not None else {}).items():
        place = f"/review/corrections/regions/{index}"
        kept = [number for number, region in enumerate(record.regions) if region.kept]
        if int(index) not in kept:
            listed = ", ".join(map(str, kept)) or "none"
            raise InvalidRequest.at(place, "region", f"only kept regions can be corrected; the record has: {listed}")
        _check_inside(record.image1, one.box, f"{place}/box")
        _check_inside(record.image2, one.box2, f"{place}/box2")


def _check_inside(image: RecordImage, box: Box | None, place: str) -> None:
    if box is not None and (box[2] > image.width or box[3] > image.height):
        raise InvalidRequest.at(place, "outside", f"the box leaves its image of {image.width} x {image.height} pixels")


def apply_corrections(record: Record) -> Record:
    """The record with corrected values in place of the models'; the same one if nothing is corrected.

    A corrected region no longer has the sources and the check of the models' words.
    """
    corrections = record.review.corrections
    if corrections is None:
        return record
    regions = [_correct(region, corrections.regions.get(str(index))) for index, region in enumerate(record.regions)]
    update = {
        "caption": record.caption if corrections.caption is None else corrections.caption,
        "regions": tuple(sorted(regions, key=lambda region: not region.kept)),
    }
    return record.model_copy(update=update)


def _correct(region: Region, correction: RegionCorrection | None) -> Region:
    if correction is None:
        return region
    update = {name: value for name, value in correction if value is not None}
    for label in ("label1", "label2"):
        if update.get(label) == "":
            update[label] = None
    if "caption" in update:
        update |= {"words": (), "check": None}
    return region.model_copy(update=update)
