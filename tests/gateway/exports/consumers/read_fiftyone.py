"""FiftyOne's view of an export: groups, samples, detections with boxes and masks. EXPORT ANSWER"""

import atexit
import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pymongo


def _start_database() -> str:
    """FiftyOne's database in this folder, awaited for longer than FiftyOne does; returns its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    spec = importlib.util.find_spec("fiftyone")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).with_name("db") / "bin" / "mongod"
    Path("database").mkdir()
    command = [program, "--dbpath", "database", "--bind_ip", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    address = f"mongodb://127.0.0.1:{port}"
    pymongo.MongoClient(address, serverSelectionTimeoutMS=300_000).admin.command("ping")
    return address


os.environ.update(
    FIFTYONE_DO_NOT_TRACK="true", FIFTYONE_DATABASE_VALIDATION="false", FIFTYONE_DATABASE_URI=_start_database()
)

import fiftyone as fo  # noqa: E402  reads its settings while it is imported

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
