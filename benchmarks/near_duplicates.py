"""Measures how well fingerprints tell scenes apart, and what settling a scene costs.

Copies are made of every image below the folders; each folder of `--different` holds images of one set, no two of which
show the same scene. Prints the share of copies that would not be found by threshold and kind of copy, the share of
different images that would be taken for one scene, and milliseconds for an image and, with `--scenes`, for a pair in a
database of that many (SQLite in a temporary folder unless --database names another).
"""

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance
from sqlalchemy import insert, text

from benchmarks.machine import header
from gateway.store import assets
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.scenes.fingerprints import band_keys, count_differing, take_fingerprint
from gateway.store.scenes.settling import settle_scene
from gateway.store.scenes.tables import BandRow, FingerprintRow
from imgdiff.images import ImageLimits, decode

THRESHOLDS = (20, 30, 40, 50, 60)
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
AT_ONCE, PAIRS = 10_000, 200
Copy = Callable[[Image.Image], Image.Image]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--different", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--scenes", type=int, default=0)
    parser.add_argument("--database", help="an empty database")
    options = parser.parse_args()
    print(*header("benchmarks.near_duplicates"), sep="\n")
    for folder in options.different:
        _measure(folder)
    if options.scenes:
        with tempfile.TemporaryDirectory() as folder:
            _time(options.database or f"sqlite:///{folder}/scenes.db", options.scenes)


def _measure(folder: Path) -> None:
    images = [Image.fromarray(decode(one.read_bytes(), "/image", ImageLimits())) for one in _files(folder)]
    started = time.perf_counter()
    own = [take_fingerprint(np.asarray(image)) for image in images]
    each = (time.perf_counter() - started) / max(1, len(images)) * 1000
    print(f"\n{folder}: {len(images)} images, {each:.1f} ms a fingerprint")
    print(f"{'differing bits allowed':32}" + "".join(f"{limit:8}" for limit in THRESHOLDS))
    for name, copy in COPIES.items():
        distances = [
            count_differing(one, take_fingerprint(np.asarray(copy(image))))
            for one, image in zip(own, images, strict=True)
        ]
        print(f"{'missed: ' + name:32}" + _shares(distances, lambda distance, limit: distance > limit))
    between = [count_differing(one, other) for one, other in combinations(own, 2)]
    label = f"taken for one, of {len(between)}"
    print(f"{label:32}" + _shares(between, lambda distance, limit: distance <= limit), f" nearest {min(between)}")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)


def _shares(distances: Sequence[int], is_wrong: Callable[[int, int], bool]) -> str:
    return "".join(f"{np.mean([is_wrong(one, limit) for one in distances]):8.2%}" for limit in THRESHOLDS)


def _as_jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=30)
    return Image.open(out).convert("RGB")


def _resized(image: Image.Image) -> Image.Image:
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS)


def _light(factor: float) -> Copy:
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def _cropped(share: float) -> Copy:
    def crop(image: Image.Image) -> Image.Image:
        left, top = round(image.width * share), round(image.height * share)
        return image.crop((left, top, image.width - left, image.height - top))

    return crop


def _together(image: Image.Image) -> Image.Image:
    return _as_jpeg(_resized(_light(1.1)(_cropped(0.01)(image))))


COPIES: dict[str, Copy] = {
    "JPEG of quality 30": _as_jpeg,
    "half the size": _resized,
    "15 % brighter": _light(1.15),
    "20 % darker": _light(0.8),
    "1 % off each border": _cropped(0.01),
    "2 % off each border": _cropped(0.02),
    "5 % off each border": _cropped(0.05),
    "1 % off, brighter, half, JPEG": _together,
}


def _time(url: str, count: int) -> None:
    """Random fingerprints, with the bands that each would have."""
    database, rng = Database(url), np.random.default_rng(1)
    migrate(database)
    for first in range(0, count, AT_ONCE):
        names = [rng.bytes(32).hex() for _ in range(min(AT_ONCE, count - first))]
        rows = [{"number": first + n + 1, "fingerprint": one, "scene": one} for n, one in enumerate(names)]
        bands = [{"key": key, "number": row["number"]} for row in rows for key in band_keys(str(row["fingerprint"]))]
        with database.writing() as session:
            session.execute(insert(FingerprintRow), rows)
            session.execute(insert(BandRow), bands)
    with database.writing_connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT setval('fingerprints_number_seq', (SELECT max(number) FROM fingerprints))"))
        connection.execute(text("ANALYZE"))
    taken = []
    for number in range(PAIRS):
        with database.writing() as session:
            pair = [
                assets.add(session, f"sha256:{number:063x}{side}", 9, 9, 1, fingerprint=rng.bytes(32).hex()).id
                for side in (0, 1)
            ]
        started = time.perf_counter()
        with database.writing() as session:
            settle_scene(session, *pair)
        taken.append((time.perf_counter() - started) * 1000)
    print(f"\n{count} scenes, {database.url.get_backend_name()}: a pair of two new images")
    print(f"p50 {statistics.median(taken):.1f} ms, p95 {np.percentile(taken, 95):.1f} ms")
    database.close()


if __name__ == "__main__":
    main()
