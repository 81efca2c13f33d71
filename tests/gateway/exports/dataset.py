"""A small dataset of every kind of record, with its images, as the exporters read it."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from gateway.exports.companions.adding import add_companions
from gateway.exports.protocol import Exporter
from gateway.exports.source import Source
from gateway.store import assets, datasets, records
from gateway.store.database import Database
from gateway.store.finding.filters import RecordFilter
from gateway.store.objects import AssetStore
from gateway.store.retention import marks
from gateway.store.retention.extents import Extent
from gateway.store.reviews import pinned
from imgdiff.images import RGB, ImageLimits, encode_png
from imgdiff.records import Change, Edit, Operation, Question, Record, RecordImage, Region, Verdict
from imgdiff.records import Source as Origin
from services.imaging.masks import encode_mask

COMPANIONS = {
    "README.md",
    "croissant.json",
    "funnel.json",
    "licences.json",
    "sample.html",
    "sample.jsonl",
    "statistics.json",
}
"""What is beside the files of every format with images."""


@dataclass(frozen=True)
class SmallDataset:
    """The records as they are stored, and what exporters read them from."""

    records: list[Record]
    source: Source


def draw_image(width: int, height: int, seed: int) -> RGB:
    """Blocks of colour, (height, width, 3) RGB."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), dtype=np.uint8)
    return blocks.repeat(16, axis=0).repeat(16, axis=1)[:height, :width]


def store_image(database: Database, store: AssetStore, image: RGB) -> RecordImage:
    """Store an image as an upload is."""
    key = store.put(_encode(image.shape, image.dtype.str, image.tobytes()))
    height, width = image.shape[:2]
    with database.writing() as session:
        assets.add(session, key, width, height, len(store.get(key)))
    return RecordImage(asset=key, width=width, height=height)


@lru_cache(maxsize=16)  # the same few in most tests, and compression takes half of what it takes to store them
def _encode(shape: tuple[int, ...], kind: str, pixels: bytes) -> bytes:
    return encode_png(np.frombuffer(pixels, kind).reshape(shape))


def open_source(database: Database, store: AssetStore, name: str = "default") -> Source:
    """The dataset as it is now."""
    with database.reading() as session:
        dataset, last, mark = datasets.describe(session, name), records.newest(session, name), marks.read(session, name)
        reviewed = pinned.newest(session, name)
    return Source(database, store, ImageLimits(), dataset, Extent(mark, RecordFilter(name), last, reviewed))


def change_extent(source: Source, **changes: Any) -> Source:
    """The source over another extent."""
    assert isinstance(source.extent, Extent)
    return replace(source, extent=replace(source.extent, **changes))


def write_folder(exporter: Exporter, source: Source, folder: Path, *, images: bool = True) -> Path:
    """An export with what is beside it, as a client unpacks it; each file has the size that it states."""
    for file in add_companions(exporter, source, images=images):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            for piece in file.read():
                out.write(piece)
        assert path.stat().st_size == file.size
    return folder


def read_files(exporter: Exporter, source: Source) -> list[tuple[str, bytes]]:
    """The paths and bytes of an export, in order."""
    return [(file.path, b"".join(file.read())) for file in exporter.files(source, images=True)]


def vary(golden: Record, first: RecordImage, second: RecordImage, third: RecordImage) -> list[Record]:
    """The golden record with these images, and others that have what it lacks; a caption holds odd characters."""
    different = golden.model_copy(
        update={
            "scene": second.asset,
            "image1": first,
            "image2": second,
            "regions": (_outline(golden.regions[0], first), *golden.regions[1:]),
        }
    )
    same = golden.model_copy(
        update={
            "image1": second,
            "image2": second,
            "verdict": Verdict.SAME,
            "regions": (golden.regions[4],),
            "pair_changes": (),
            "caption": "No difference was found.",
        }
    )
    beyond = golden.regions[0].model_copy(
        update={"box": None, "box2": (0, 0, 40, 30), "change": Change.ADDED, "label1": None, "caption1": None}
    )
    undetermined = same.model_copy(
        update={
            "image1": third,
            "image2": first,
            "verdict": Verdict.UNDETERMINED,
            "regions": (beyond,),
            "caption": None,
        }
    )
    return [different, _remove(golden, first, third), same, undetermined]


def _outline(region: Region, image: RecordImage) -> Region:
    mask = np.zeros((image.height, image.width), np.bool_)
    mask[120:240, 412:508] = True
    return region.model_copy(update={"mask": encode_mask(mask), "caption": 'A "dog" – <b>gone</b>\n'})


def _remove(golden: Record, image1: RecordImage, image2: RecordImage) -> Record:
    """A synthesis that removes a cup, with its question; nothing is calibrated."""
    box = (60, 300, 140, 400)
    question = Question(
        text="Which image shows the cup?",
        left="image2",
        options={"A": "The left image.", "B": "The right image."},
        answer="B",
        box=box,
        caption1="a red cup",
        match_shown=0.5,
        match_erased=0.1,
    )
    edit = Edit(operation=Operation.REMOVE, box=box, boxes=(box,), before="cup", seed=7)
    return golden.model_copy(
        update={
            "image1": image1,
            "image2": image2,
            "source": Origin(kind="synthesis", caption1="A table with a cup.", edit=edit),
            "regions": (golden.regions[1],),
            "question": question,
            "confidence": None,
            "similarity": None,
            "metadata": None,
        }
    )
