"""What an export costs against a copy of the same images: seconds, memory of the gateway, processor time.

Fills a dataset in SQLite and a folder, then copies the folder and exports each format over HTTP into a folder of this
process, in turns, `--rounds` times. Prints command and machine. A ratio of 50 % means half the speed of the copy.
"""

import argparse
import io
import json
import os
import shutil
import statistics
import struct
import tempfile
import time
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import insert

from benchmarks.local_gateway import forget_peak, peak_megabytes, processor_seconds, run_gateway
from benchmarks.machine import header
from gateway.exports.catalogue import EXPORTERS
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.objects import AssetStore
from gateway.store.tables import AssetRow, DatasetRow, JobRow, PairRow, RecordRow
from imgdiff.client import Client
from imgdiff.exports.folders import export_to_folder

DATASET = "big"
PICTURES = 24  # different ones; the others have the same pixels and another text inside
NOISE = 12  # standard deviation in grey levels: PNG takes about 2 bytes a pixel, as for a photo
GOLDEN = Path(__file__).parents[3] / "tests" / "contracts" / "record.json"


@dataclass(frozen=True)
class Cost:
    """What one copy or export took."""

    seconds: float
    gateway: float  # seconds of the processor
    own: float
    megabytes: float  # most memory of the gateway
    written: int  # bytes


def _draw(seed: int, width: int, height: int) -> bytes:
    drawn = np.random.default_rng(seed)
    coarse = Image.fromarray(drawn.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((width, height))
    noisy = np.asarray(coarse, np.float32) + drawn.normal(0, NOISE, (height, width, 3))
    out = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def _number(png: bytes, number: int) -> bytes:
    """The same picture as another file: a text stands before its end."""
    text = b"tEXtnumber\0%d" % number
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return png[:-12] + chunk + png[-12:]


def _fill(database: Database, store: AssetStore, count: int, size: tuple[int, int]) -> None:
    now, golden = datetime.now(UTC), json.loads(GOLDEN.read_text())
    pictures = [_draw(seed, *size) for seed in range(PICTURES)]
    job = {"kind": "difference-captions", "state": "succeeded", "dataset": DATASET, "request": {}, "created_at": now}
    rows: dict[type, list[dict[str, Any]]] = defaultdict(list)
    total = 0
    for number in range(count):
        images = [_number(pictures[(number + side) % PICTURES], 2 * number + side) for side in (0, 1)]
        ids = [store.put(image) for image in images]
        shape = {"width": size[0], "height": size[1]}
        rows[AssetRow] += [
            {"id": id_, **shape, "media_type": "image/png", "size": len(image), "created_at": now}
            for id_, image in zip(ids, images, strict=True)
        ]
        total += sum(map(len, images))
        key = {"job_id": f"job_{number:032x}", "pair": 0}
        sides = {f"image{side}": {"asset": id_, **shape} for side, id_ in enumerate(ids, 1)}
        document = {**golden, **sides, "id": f"rec_{uuid.uuid4().hex}", "job": key["job_id"], "dataset": DATASET}
        rows[JobRow].append({"id": key["job_id"], **job})
        rows[PairRow].append({**key, "round": 0, "counted": True, "image1": ids[0], "image2": ids[1]})
        columns = {name: document[name] for name in ("id", "dataset", "verdict", "confidence", "similarity")}
        rows[RecordRow].append({**key, **columns, "created_at": now, "document": json.dumps(document)})
    with database.writing() as session:
        session.add(DatasetRow(name=DATASET, created_at=now, verdicts={"different": count}, image_bytes=total))
        session.flush()
        for table in (AssetRow, JobRow, PairRow, RecordRow):
            session.execute(insert(table), rows[table])


def _measure(process: int, act: Callable[[Path], object], folder: Path) -> Cost:
    os.sync()  # so that what the last one wrote does not slow this one down
    forget_peak(process)
    gateway, own, began = processor_seconds(process), time.process_time(), time.perf_counter()
    act(folder)
    seconds = time.perf_counter() - began
    gateway, own = processor_seconds(process) - gateway, time.process_time() - own
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return Cost(seconds, gateway, own, peak_megabytes(process), written)


def _report(name: str, costs: list[Cost], copies: list[Cost]) -> None:
    ratios = [100 * copy.seconds / cost.seconds for copy, cost in zip(copies, costs, strict=True)]
    middle = statistics.median(cost.seconds for cost in costs)
    print(
        f"{name:14} {middle:7.2f} s, {min(ratios):4.0f} to {max(ratios):4.0f} % of the copy's speed, "
        f"{costs[0].written / 1e6:6.0f} MB written; processor: gateway "
        f"{statistics.median(cost.gateway for cost in costs):6.2f} s, client "
        f"{statistics.median(cost.own for cost in costs):6.2f} s; most memory of the gateway "
        f"{max(cost.megabytes for cost in costs):4.0f} MB",
        flush=True,
    )


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 480), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", nargs="+", default=[name for name in EXPORTERS if name != "records"])
    parser.add_argument("--folder", help="where a temporary folder is made that holds everything twice")
    arguments = parser.parse_args()
    print("\n".join(header("benchmarks.speed.store.exports")), flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder, url = Path(name), f"sqlite:///{name}/imgdiff.db"
        database = Database(url)
        migrate(database)
        _fill(database, AssetStore((folder / "assets").as_uri()), arguments.records, tuple(arguments.size))
        database.close()
        with run_gateway(url, folder / "assets") as (address, process), Client(address) as client:
            _measure_all(client, process, folder, arguments.formats, arguments.rounds)


def _measure_all(client: Client, process: int, folder: Path, formats: list[str], rounds: int) -> None:
    costs: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(rounds):
        costs["copy"].append(_measure(process, lambda out: shutil.copytree(folder / "assets", out), folder / "out"))
        for format_ in formats:

            def export(out: Path, format_: str = format_) -> None:
                export_to_folder(client, DATASET, format_, out, {"images": True}, lambda *_: None)

            costs[format_].append(_measure(process, export, folder / "out"))
    for name, some in costs.items():
        _report(name, some, costs["copy"])


if __name__ == "__main__":
    main()
