"""What FiftyOne stores of an image of a record: detections as JSON documents, with masks that cover their box.

Boxes are [left, top, width, height] as shares of their own image. Identifiers follow from names.
"""

import base64
import hashlib
import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Box, Edit, Mask, RecordImage
from imgdiff.views.sides import Place, find_mask


def write_regions(own: str, places: Sequence[Place], image: RecordImage) -> dict[str, Any]:
    """Regions of an image as detections labelled with their kind of change; `own` begins their names."""
    return _list([_region(own, place, image) for place in places])


def write_edit(own: str, edit: Edit, image: RecordImage) -> dict[str, Any]:
    """The places of the true edit, which are the same in both images, labelled with the operation."""
    boxes, mask = edit.boxes or (edit.box,), find_mask(edit.mask, image)
    values = {"seed": edit.seed, "before": edit.before, "after": edit.after}
    return _list(
        [
            {**_detection(f"{own} edit {at}", str(edit.operation), box, mask, image), "index": at, **values}
            for at, box in enumerate(boxes)
        ]
    )


def identify(name: str) -> dict[str, str]:
    """The object identifier of a name: 12 bytes, as MongoDB has them."""
    return {"$oid": hashlib.sha256(name.encode()).hexdigest()[:24]}


def _list(detections: list[dict[str, Any]]) -> dict[str, Any]:
    return {"_cls": "Detections", "detections": detections}


def _region(own: str, place: Place, image: RecordImage) -> dict[str, Any]:
    region = place.region
    return {
        **_detection(f"{own} {place.index}", str(region.change), place.box, place.mask, image),
        "confidence": region.confidence,
        "index": place.index,
        "noun": place.label,
        "caption": place.caption,
        "text": place.text,
        "sentence": region.caption,
        "difference": region.difference,
        "match": place.match,
        "crop_similarity": region.scores.crop_similarity,
        "caption_similarity": region.scores.caption_similarity,
        "check": region.check and region.check.outcome,
        "reasons": [reason.code for reason in region.reasons],
    }


def _detection(own: str, label: str, box: Box, mask: Mask | None, image: RecordImage) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    width, height = image.width, image.height
    return {
        "_id": identify(own),
        "_cls": "Detection",
        "attributes": {},
        "tags": [],
        "label": label,
        "bounding_box": [x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height],
        "mask": None if mask is None else _pack(mask, box),
    }


def _pack(mask: Mask, box: Box) -> dict[str, Any]:
    """What the mask covers of the box, as FiftyOne stores arrays: NumPy's file format, compressed."""
    x1, y1, x2, y2 = box
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(decode_mask(mask)[y1:y2, x1:x2]))
    return {"$binary": {"base64": base64.b64encode(zlib.compress(out.getvalue())).decode(), "subType": "00"}}
