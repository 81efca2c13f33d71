"""Datumaro's view of a CVAT export: frames with their pixels' digest, tags, boxes and masks. EXPORT ANSWER"""

import hashlib
import json
import sys
from pathlib import Path

from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset

dataset = Dataset.import_from(sys.argv[1], "cvat")
labels = [label.name for label in dataset.categories()[AnnotationType.label].items]


def _describe(annotation):  # type: ignore[no-untyped-def]
    found = {"type": annotation.type.name, "label": labels[annotation.label], "attributes": annotation.attributes}
    if found["type"] == "bbox":
        found["box"] = annotation.get_bbox()
    if found["type"] == "mask":
        found["pixels"] = hashlib.sha256(annotation.image.astype("u1").tobytes()).hexdigest()
    return found


frames = [
    {
        "id": item.id,
        "size": list(item.media.size),
        "pixels": hashlib.sha256(
            item.media.get_data_as_dtype("uint8")[..., ::-1].tobytes()  # blue comes first
        ).hexdigest(),
        "annotations": [_describe(one) for one in item.annotations],
    }
    for item in dataset
]
Path(sys.argv[2]).write_text(json.dumps(frames))
