"""What an exporter reads: the records of a dataset in their order, and the bytes of their images."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Protocol, TypeVar

from gateway.exports.files import ExportFile
from gateway.exports.record_images import AnyRecord, RecordImages
from gateway.sampling.balance import Sample
from gateway.store import assets
from gateway.store.database import Database, Session
from gateway.store.finding.filters import RecordFilter
from gateway.store.objects import AssetStore
from gateway.store.values import Mark
from imgdiff.composition.corrections import apply_corrections
from imgdiff.datasets import Dataset, Rejections
from imgdiff.errors import NotFound
from imgdiff.images import RGB, ImageLimits, decode_pair, encode_png
from imgdiff.records import Record, RecordImage

Kind = TypeVar("Kind", bound=AnyRecord)
Seen = TypeVar("Seen")
_KEPT = 16  # bytes of a digest: enough to tell the images of a dataset apart, and those of a million fit in memory
_DEPTH = 24  # the byte of a PNG file that holds its bits a channel
_BATCH = 200  # records read at a time; chosen, not measured


class Extent(Protocol):
    """The records of a dataset up to the sequence `through` that meet a condition, with their reviews by then."""

    @property
    def mark(self) -> Mark:
        """The dataset, or its version, as it was."""

    @property
    def condition(self) -> RecordFilter:
        """Which records."""

    @property
    def through(self) -> int:
        """The sequence of the last record."""

    @property
    def reviewed(self) -> int:
        """The sequence of the last event of their reviews."""

    def check(self, session: Session) -> None:
        """Raise NotFound where the dataset or version is gone, Conflict where it has lost records."""

    def read(self, session: Session, position: int, limit: int) -> tuple[Sequence[str], int | None]:
        """Up to `limit` records from a position on as JSON texts, and where to go on; they may be fewer."""


@dataclass(frozen=True)
class Source:
    """A dataset as far as an extent goes; every iteration gives the same records. A `sample` was chosen for the extent.

    `dataset` describes it as it is now, or as it was when its version was frozen: its counts may be of more records.
    `rejections` are of pairs of the dataset that have no record; None where nobody counted them.
    With a `limit` it has the first ones alone. `watch` gets each record that a pass reads, with its number in the pass.
    """

    database: Database
    store: AssetStore
    limits: ImageLimits
    dataset: Dataset
    extent: Extent
    limit: int | None = None
    watch: Callable[[int, Record], None] | None = None
    sample: Sample | None = None
    rejections: Rejections | None = None

    def records(self, *, corrected: bool = True) -> Iterator[Record]:
        """The records, oldest first, as reviewers corrected them or as the models made them; a page is in memory.

        Raises NotFound where the dataset was deleted meanwhile, Conflict where one of its records was.
        """
        for number, document in enumerate(chain.from_iterable(self._pages())):
            record = Record.model_validate_json(document)
            if corrected:
                record = apply_corrections(record)
            if self.watch is not None:
                self.watch(number, record)
            yield record

    def images(self) -> Iterator[RecordImages]:
        """As `records`, for a look at their images alone."""
        return map(RecordImages.model_validate_json, chain.from_iterable(self._pages()))

    def measure(self, records: Iterable[Kind]) -> Iterator[tuple[Kind, int]]:
        """Each of the records with the bytes of its two images; a missing image counts nothing."""
        remaining = iter(records)
        while page := tuple(islice(remaining, _BATCH)):
            sides = {side.asset for record in page for side in (record.image1, record.image2)}
            with self.database.reading() as session:
                sizes = assets.sizes(session, sides)
            for record in page:
                yield record, sizes.get(record.image1.asset, 0) + sizes.get(record.image2.asset, 0)

    def _pages(self) -> Iterator[Sequence[str]]:
        """The records as JSON texts, by pages."""
        position: int | None = 0
        count = 0
        while position is not None:
            wanted = _BATCH if self.limit is None else min(_BATCH, self.limit - count)
            with self.database.reading() as session:
                self.extent.check(session)
                found, following = self.extent.read(session, position, wanted)
            yield found
            count += len(found)
            position = None if count == self.limit else following
        with self.database.reading() as session:
            self.extent.check(session)  # what was made of the last page meanwhile is not whole either

    def image_file(self, image: RecordImage, path: str) -> ExportFile:
        """The stored bytes, which are PNG, as a file; raises NotFound where they are missing."""
        return ExportFile(path, self._look(image, self.store.size), lambda: iter((self._look(image, self.store.view),)))

    def read(self, image: RecordImage) -> bytes:
        """The stored bytes, which are PNG; raises NotFound where they are missing."""
        return self._look(image, self.store.get)

    def _look(self, image: RecordImage, look: Callable[[str], Seen]) -> Seen:
        try:
            return look(image.asset)
        except NotFound as error:
            raise NotFound(f"the image {image.asset} of a record is missing in the asset store") from error

    def image_files(self) -> Iterator[ExportFile]:
        """Every image of the records, once; raises NotFound where one is missing."""
        written: set[bytes] = set()
        for record in self.images():
            yield from self.new_image_files(record, written)

    def new_image_files(
        self, record: AnyRecord, written: set[bytes], pixels: tuple[RGB, RGB] | None = None
    ) -> Iterator[ExportFile]:
        """The images of a record that are not among those `written`, which grow by them.

        With `pixels`, 16-bit images have these 8 bits instead, since most loaders clip more; those of narrow range have
        them as in their first pair, since two are stretched together.
        """
        for image, shown in zip((record.image1, record.image2), pixels or (None, None), strict=True):
            digest = bytes.fromhex(image.asset.removeprefix("sha256:"))[:_KEPT]
            if digest in written:
                continue
            written.add(digest)
            if shown is not None and self._is_deep(image):
                yield ExportFile.of(image_path(image), encode_png(shown))
            else:
                yield self.image_file(image, image_path(image))

    def shown_files(self) -> Iterator[ExportFile]:
        """Every image once, for readers that clip more than 8 bits a channel; raises NotFound where one is missing."""
        written: set[bytes] = set()
        for record in self.images():
            yield from self.new_image_files(record, written, self.shown_pixels(record))

    def shown_pixels(self, record: AnyRecord) -> tuple[RGB, RGB] | None:
        """Both images if one of them has 16 bits a channel; the stored files serve for any others."""
        deep = any(self._is_deep(image) for image in (record.image1, record.image2))
        return self.pixels(record) if deep else None

    def _is_deep(self, image: RecordImage) -> bool:
        return self._look(image, lambda key: self.store.start(key, _DEPTH + 1))[_DEPTH] > 8

    def pixels(self, record: AnyRecord) -> tuple[RGB, RGB]:
        """Both images, each (H, W, 3) uint8 RGB in its own size; raises NotFound where one is missing."""
        data = [self.read(side) for side in (record.image1, record.image2)]
        image1, image2, _ = decode_pair(data[0], data[1], self.limits, ("/image1/asset", "/image2/asset"))
        return image1, image2


def image_path(image: RecordImage) -> str:
    """The path of an image in an export."""
    return f"images/{image_name(image)}"


def image_name(image: RecordImage) -> str:
    """The start of its digest. Every asset is stored as PNG."""
    return f"{image.asset.removeprefix('sha256:')[: 2 * _KEPT]}.png"
