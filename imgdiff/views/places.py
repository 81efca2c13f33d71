"""Where a region is in each image of its record."""

from imgdiff.boxes import project
from imgdiff.records import Box, Record, Region


def find_box2(record: Record, region: Region) -> Box | None:
    """The place in image2's own pixels; a record of version 1 only has the alignment to find it by."""
    if record.schema_version > 1 or region.box is None:
        return region.box2
    return project(region.box, record.alignment.matrix, record.image2.width, record.image2.height)
