"""FiftyOne's view of an export: groups, samples, detections with boxes and masks. EXPORT ANSWER"""

import hashlib
import json
import sys
from pathlib import Path

import database_of_fiftyone  # noqa: F401  starts it, before FiftyOne reads its settings
import fiftyone as fo
import numpy as np

dataset = fo.Dataset.from_dir(sys.argv[1], dataset_type=fo.types.FiftyOneDataset, name="export")


def _describe(detections):  # type: ignore[no-untyped-def]
    if detections is None:
        return None
    found = []
    for detection in detections.detections:
        values = {name: detection[name] for name in detection.field_names if name not in {"id", "mask"}}
        mask = detection.mask
        packed = None if mask is None else hashlib.sha256(np.ascontiguousarray(mask, bool).tobytes()).hexdigest()
        found.append({**values, "mask": packed, "shape": None if mask is None else list(mask.shape)})
    return found


samples = [
    {
        "id": sample.id,
        "group": sample.group.id,
        "side": sample.group.name,
        "path": str(Path(sample.filepath).relative_to(Path(sys.argv[1]).resolve())),
        "tags": sample.tags,
        "size": [sample.metadata.width, sample.metadata.height],
        "verdict": [sample.verdict.label, sample.verdict.confidence],
        **{name: sample[name] for name in ("record_id", "asset", "caption", "known_caption", "similarity", "record")},
        **{name: _describe(sample[name]) for name in ("regions", "rejected", "edit")},
    }
    for sample in dataset.select_group_slices(["before", "after"])
]
groups = {group["before"].record_id: sorted(group) for group in dataset.iter_groups() if "before" in group}
nouns = dataset.count_values("regions.detections.noun")  # works for declared fields alone
nouns = {str(noun): count for noun, count in nouns.items()}
answer = {"samples": samples, "groups": groups, "media_type": dataset.media_type, "nouns": nouns, "info": dataset.info}
Path(sys.argv[2]).write_text(json.dumps(answer))
