"""Benchmarks with sentences that people wrote about two images: Spot-the-Diff and Image-Editing-Request."""

from collections import defaultdict
from pathlib import Path

from pydantic import BaseModel

from imgdiff.evaluation.layouts.files import find, read_entries
from imgdiff.evaluation.samples import Benchmark, Sample

_DIFFERENCE = "Describe the difference between the two images in one sentence."
_REQUEST = "What edit turns the first image into the second? Answer with one short instruction."
_IMAGES = ("images", "resized_images", "data/images", "data/resized_images", ".")


class _Spotted(BaseModel):
    img_id: str
    sentences: list[str]


class _Requested(BaseModel):
    img0: str
    img1: str
    sents: list[str]
    uid: str


def read_spot_the_diff(folder: Path, split: str) -> Benchmark:
    """Spot-the-Diff (github.com/harsh19/spot-the-diff): `annotations/SPLIT.json`, images ID.png and ID_2.png.

    Every sentence is a reference of its own. Entries of several people for one pair are one sample.
    """
    name = f"annotations/{split}.json"
    path = find(folder, [name, f"data/{name}", f"{split}.json"])
    images = find(folder, _IMAGES)
    entries = read_entries(path, _Spotted)
    sentences: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        sentences[entry.img_id] += _written(entry.sentences)
    samples = [
        Sample(
            id=pair,
            images=(_image(images, pair), _image(images, f"{pair}_2")),
            prompt=_DIFFERENCE,
            references=tuple(written),
        )
        for pair, written in sentences.items()
    ]
    return _benchmark("spot-the-diff", samples)


def read_editing_requests(folder: Path, split: str) -> Benchmark:
    """Image-Editing-Request (github.com/airsplay/VisualRelationships): `SPLIT.json`, images by name in `images`.

    The keys are `img0`, `img1`, `sents` and `uid`; `valid` and `test` have three requests a pair.
    """
    path = find(folder, [f"{split}.json", f"data/{split}.json", f"dataset/adobe/{split}.json"])
    images = find(folder, _IMAGES)
    samples = [
        Sample(
            id=entry.uid,
            images=(images / entry.img0, images / entry.img1),
            prompt=_REQUEST,
            references=_written(entry.sents),
        )
        for entry in read_entries(path, _Requested)
    ]
    return _benchmark("image-editing-request", samples)


def _image(folder: Path, stem: str) -> Path:
    """The file of that stem; PNG where neither exists, so that the failing request names it."""
    jpeg = folder / f"{stem}.jpg"
    return jpeg if jpeg.exists() else folder / f"{stem}.png"


def _written(sentences: list[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence.strip())


def _benchmark(name: str, entries: list[Sample]) -> Benchmark:
    kept = tuple(entry for entry in entries if entry.references)
    return Benchmark(name, "captions", kept, skipped=len(entries) - len(kept))
