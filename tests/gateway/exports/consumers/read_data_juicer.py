"""Data-Juicer's formatter on an export, and one of its filters after it. EXPORT ANSWER"""

import json
import sys
from pathlib import Path

from data_juicer.format.load import load_formatter
from data_juicer.ops.filter.image_shape_filter import ImageShapeFilter
from data_juicer.utils.mm_utils import SpecialTokens
from jsonargparse import Namespace

path = str(Path(sys.argv[1]) / "data.jsonl")
dataset = load_formatter(path, text_keys=["text"]).load_dataset(1, Namespace(dataset_path=path))
samples = list(dataset)
wide = ImageShapeFilter(min_width=641, any_or_all="any", num_proc=1).run(dataset)
answer = {
    "samples": samples,
    "features": {name: str(feature) for name, feature in dataset.features.items()},
    "images": [sample["text"].count(SpecialTokens.image) for sample in samples],
    "chunks": [sample["text"].count(SpecialTokens.eoc) for sample in samples],
    "wide": {sample["id"]: sample["__dj__stats__"] for sample in wide},
}
Path(sys.argv[2]).write_text(json.dumps(answer))
