"""Pictures that are drawn for training sets. All are (H, W, 3) uint8 RGB; the same record gives the same pictures."""

import math
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gateway.exports.files import ExportFile
from imgdiff.boxes import grow
from imgdiff.images import RGB, mark_box
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Box, Mask, Record, Region
from imgdiff.whole_pair import Alignment, Lens

_GROWN = 5  # pixels added to a region's box on each side; paper, section 15.3
_QUALITY = 95  # of JPEG, without subsampled colours, which would smear a red line of three pixels; chosen, not measured
_FINER = 1.3  # pixels of image2 to one of image1, from which image2 is averaged down first; as detection does
_CELL = 8  # pixels of a cell that a lens bends evenly: a strong one (15 %) errs by 0.02 pixels at 640x480, computed
_MOST_CELLS = 100_000  # a mesh of a larger image has larger cells, which err less than 0.02 pixels too; computed
_BAND = 256  # rows that are tinted at once, to bound memory; chosen, not measured
_TINT = np.array([255, 0, 0])  # RGB of what a mask covers, mixed half and half

Matrix = NDArray[np.float64]
"""3x3, from (x, y, 1) in image1 to image2; whole numbers are the edges of pixels, as in Pillow."""


@dataclass(frozen=True)
class Drawing:
    """A picture that is drawn when its turn comes; `path` is without `.jpg`."""

    path: str
    draw: Callable[[], RGB]

    def as_file(self) -> ExportFile:
        """The picture as JPEG."""
        return ExportFile.of(f"{self.path}.jpg", encode_jpeg(self.draw()))


def draw_ahead(files: Iterator[ExportFile | Drawing]) -> Iterator[ExportFile]:
    """The files in their order; drawings are drawn in threads, as many at a time as there are cores."""
    workers = os.cpu_count() or 1
    waiting: deque[ExportFile | Future[ExportFile]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for file in files:
                waiting.append(pool.submit(file.as_file) if isinstance(file, Drawing) else file)
                while len(waiting) > workers:
                    yield _finish(waiting.popleft())
        except Exception:
            yield from map(_finish, waiting)  # they come before the failure
            raise
        yield from map(_finish, waiting)


def _finish(file: ExportFile | Future[ExportFile]) -> ExportFile:
    return file.result() if isinstance(file, Future) else file


def encode_jpeg(image: RGB) -> bytes:
    """The picture as JPEG: a tenth of PNG's bytes; what has to be exact is in the images that were stored.

    Pillow uses libjpeg-turbo, too, but lets no other thread run meanwhile.
    """
    import simplejpeg  # noqa: PLC0415  needed for pictures only

    encoded: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(image), quality=_QUALITY, colorspace="RGB", colorsubsampling="444", fastdct=False
    )
    return encoded


def mark_pair(image1: RGB, image2: RGB, box1: Box, box2: Box) -> tuple[RGB, RGB]:
    """Both images with a region's place in red, its box grown by 5 pixels as the paper does."""
    return _mark(image1, box1), _mark(image2, box2)


def _mark(image: RGB, box: Box) -> RGB:
    return mark_box(image, grow(box, _GROWN, image.shape[1], image.shape[0]))


def tint_regions(image1: RGB, regions: tuple[Region, ...]) -> RGB:
    """image1 with what the masks of kept regions cover in red, or their boxes where they have no mask that fits."""
    out = image1.copy()
    for region in regions:
        if not region.kept or region.box is None:
            continue
        inside = _read_mask(region.mask, image1)
        if inside is None:
            out = mark_box(out, region.box)
        else:
            for top in range(0, len(out), _BAND):
                covered = inside[top : top + _BAND]
                out[top : top + _BAND][covered] = (out[top : top + _BAND][covered] + _TINT) // 2
    return out


def _read_mask(mask: Mask | None, image: RGB) -> NDArray[np.bool_] | None:
    """None for one of another size, or whose run lengths are broken: no picture is worth an export."""
    if mask is None or mask.size != image.shape[:2]:
        return None
    try:
        return decode_mask(mask)
    except ValueError:
        return None


def is_laid_over(record: Record) -> bool:
    """Whether image2 lies on image1's grid as it is."""
    sizes_differ = (record.image1.width, record.image1.height) != (record.image2.width, record.image2.height)
    return not sizes_differ and record.alignment.lens is None and np.allclose(record.alignment.matrix, np.eye(3))


def lay_over(image2: RGB, record: Record) -> RGB:
    """image2 on image1's grid as detection compared them, cubic; black where image2 has no pixels."""
    if is_laid_over(record):
        return image2
    alignment, size = record.alignment, (record.image1.width, record.image1.height)
    matrix = _between_edges(alignment)
    picture, across, down = _average(Image.fromarray(image2), matrix)
    scale = np.diag([across, down, 1.0])
    if alignment.lens is not None:
        mesh = _bend(matrix, alignment.lens, size, (across, down))
        bent = picture.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)
        return np.asarray(bent)
    placed = scale @ matrix
    data = (placed / placed[2, 2]).ravel()[:8].tolist()
    return np.asarray(picture.transform(size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC))


def _between_edges(alignment: Alignment) -> Matrix:
    """The record's matrix, which leads from centres to centres of pixels, between their edges."""
    there, back = np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = 0.5, -0.5
    return np.asarray(there @ np.array(alignment.matrix) @ back, np.float64)


def _average(picture: Image.Image, matrix: Matrix) -> tuple[Image.Image, float, float]:
    """The picture no finer than image1's grid, since a transform only samples; and its scale across and down."""
    steps = np.hypot(matrix[:2, 0], matrix[:2, 1])
    width, height = (
        max(1, round(side / step)) if step > _FINER else side for side, step in zip(picture.size, steps, strict=True)
    )
    scale = width / picture.width, height / picture.height
    return (picture if scale == (1, 1) else picture.resize((width, height), Image.Resampling.BOX)), *scale


def _bend(
    matrix: Matrix, lens: Lens, size: tuple[int, int], scale: tuple[float, float]
) -> list[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
    """Cells of image1's grid, each with the corners of what it shows, counterclockwise from the upper left one."""
    cell = max(_CELL, math.ceil(math.sqrt(size[0] * size[1] / _MOST_CELLS)))
    columns, rows = (np.append(np.arange(0, side, cell), side) for side in size)
    corners = np.stack([*np.meshgrid(columns, rows), np.ones((len(rows), len(columns)))], axis=-1) @ matrix.T
    centre = np.array(lens.centre) + 0.5
    apart = corners[..., :2] / corners[..., 2:] - centre
    squares = (apart**2).sum(axis=-1, keepdims=True) / lens.radius**2
    places = (centre + apart * (1 + squares * (lens.terms[0] + squares * lens.terms[1]))) * scale
    quads = np.concatenate([places[:-1, :-1], places[1:, :-1], places[1:, 1:], places[:-1, 1:]], axis=-1)
    return [
        ((int(columns[x]), int(rows[y]), int(columns[x + 1]), int(rows[y + 1])), tuple(quads[y, x].tolist()))
        for y in range(len(rows) - 1)
        for x in range(len(columns) - 1)
    ]
