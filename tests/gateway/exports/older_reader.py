"""Prints the version of `datasets` and the rows of exports, loaded together, with digests of their pixels.

It runs in an environment without imgdiff: `python older_reader.py FORMAT CACHE FOLDER...`
"""

import hashlib
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # before `datasets` reads it

import datasets
import numpy as np


def load(format_: str, folder: str, cache: str) -> list[datasets.Dataset]:
    """The splits of an export."""
    where = {
        "jsonl": ("json", {"data_files": f"{folder}/data.jsonl"}),
        "parquet": (folder, {}),
        "imagefolder": ("imagefolder", {"data_dir": folder}),
        "webdataset": ("webdataset", {"data_dir": folder}),
    }
    builder, options = where[format_]
    return list(datasets.load_dataset(builder, cache_dir=cache, **options).values())


def main(format_: str, cache: str, *folders: str) -> None:
    """Print everything."""
    print(datasets.__version__)
    together = datasets.concatenate_datasets([split for one in folders for split in load(format_, one, cache)])
    for sample in together:
        row = dict(sample["json"] if format_ == "webdataset" else sample)
        images = [sample.get(f"image{side}.png", row.pop(f"image{side}", None)) for side in (1, 2)]
        if format_ != "jsonl":
            row["pixels"] = [hashlib.sha256(np.asarray(image).tobytes()).hexdigest() for image in images]
        print(json.dumps(row, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
