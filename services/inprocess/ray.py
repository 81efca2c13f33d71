"""Ray Data: actor classes for `Dataset.map_batches` with engines of their own, to compare pairs and to make them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Unpack

from imgdiff.client.options import OptionFields, SynthesisArguments, parse_options, parse_synthesis
from imgdiff.errors import ImgdiffError
from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.cells import read_cell
from imgdiff.integrations.ray import ArrowColumns
from imgdiff.integrations.rows import COLUMNS, PREFIX, Row, failed, found, require_free, require_given, to_columns
from services.captioning.settings import CaptioningSettings
from services.detection.settings import DetectionSettings
from services.editing.settings import EditingSettings
from services.inprocess.engines import PairEngines
from services.inprocess.syntheses import MadePair, Outcome, Photo, SynthesisEngines
from services.serving.isolation import isolate

if TYPE_CHECKING:
    import pyarrow as pa

_READERS = 8  # images of a batch that are read at once; chosen, not measured
_OF_SYNTHESES = ("image1", "image2", "index")
_NOT_MADE = ImgdiffError("no attempt at the pair was accepted")


class ComparePairs(ArrowColumns):
    """As `imgdiff.integrations.ray.ComparePairs`, but no gateway is asked: the actor loads detection and captioning.

    `detection` and `captioning` are settings of the services by name, such as `{"backend": "sam", "device": "cuda"}`;
    those that are not given come from the environment of the actor. `num_gpus` of `map_batches` gives it a GPU.
    """

    def __init__(
        self,
        image1: str = "image1",
        image2: str = "image2",
        *,
        prefix: str = PREFIX,
        detection: Mapping[str, Any] | None = None,
        captioning: Mapping[str, Any] | None = None,
        **options: Unpack[OptionFields],
    ) -> None:
        comparer = EngineComparer(detection or {}, captioning or {}, **options)
        super().__init__((image1, image2), prefix, comparer)


class EngineComparer:
    """Compares pairs by engines in this process; raises as `PairEngines`, and InvalidRequest for options."""

    def __init__(
        self, detection: Mapping[str, Any], captioning: Mapping[str, Any], **options: Unpack[OptionFields]
    ) -> None:
        self._options = parse_options(options)
        self._engines = PairEngines(DetectionSettings(**detection), CaptioningSettings(**captioning))

    def compare(self, images1: Sequence[object], images2: Sequence[object]) -> list[Row]:
        """One row a pair, in their order: what was found, or the problem."""
        with ThreadPoolExecutor(_READERS) as readers:
            pairs = list(readers.map(_read, images1, images2))
        records = self._engines.describe(pairs, self._options)
        return [failed(one) if isinstance(one, ImgdiffError) else found(one) for one in records]


class SynthesizePairs:
    """Makes `count` pairs of each photo in a column, and adds a row for each of them, made or not.

    The other columns are repeated. New ones are those of `ComparePairs` for the record, and `image1`, `image2` with the
    images as PNG files, and `index`, which of the photo's pairs it is; images of a pair without a record are null. Its
    `problem` is then `rejected`, and `reasons` has the codes. `donor` names a column of photos that new objects are cut
    from. The edit and the options are those of `Client.synthesize`, but nothing is drawn from a library.
    """

    def __init__(
        self,
        operation: str,
        image: str = "image",
        donor: str | None = None,
        *,
        prefix: str = PREFIX,
        editing: Mapping[str, Any] | None = None,
        detection: Mapping[str, Any] | None = None,
        captioning: Mapping[str, Any] | None = None,
        **arguments: Unpack[SynthesisArguments],
    ) -> None:
        self._names, self._prefix = (image,) if donor is None else (image, donor), prefix
        self._fields, self._options = parse_synthesis(operation, arguments)
        self._engines = SynthesisEngines(
            EditingSettings(**editing or {}),
            DetectionSettings(**detection or {}),
            CaptioningSettings(**captioning or {}),
        )

    def __call__(self, batch: "pa.Table") -> "pa.Table":
        """The rows of the pairs."""
        import pyarrow as pa  # noqa: PLC0415  not in the base install

        require_given(batch.column_names, self._names)
        require_free(batch.column_names, self._prefix, (*COLUMNS, *_OF_SYNTHESES))
        cells = [batch.column(name).to_pylist() for name in self._names]
        with ThreadPoolExecutor(_READERS) as readers:
            photos = list(readers.map(_read_photo, *cells))
        made = self._engines.synthesize(photos, self._fields, self._options)
        outcomes = [one for pairs in made for one in pairs]
        count = self._fields.count
        batch = batch.take([row for row in range(batch.num_rows) for _ in range(count)])
        columns = to_columns([_describe(one) for one in outcomes], self._prefix)
        for field in arrow_schema(self._prefix, "ray"):
            batch = batch.append_column(field, pa.array(columns[field.name], field.type))
        for name in ("image1", "image2"):
            files = [getattr(one, name, None) for one in outcomes]
            batch = batch.append_column(self._prefix + name, pa.array(files, pa.large_binary()))
        indices = [index for _ in made for index in range(count)]
        return batch.append_column(f"{self._prefix}index", pa.array(indices, pa.int64()))


def _describe(outcome: Outcome) -> Row:
    if isinstance(outcome, MadePair):
        return found(outcome.record)
    if isinstance(outcome, ImgdiffError):
        return failed(outcome)
    codes = [reason.code for reason in outcome.reasons]
    return Row(**{**failed(_NOT_MADE), "reasons": codes, "problem": "rejected", "problem_detail": ", ".join(codes)})


def _read_photo(cell: object, donor: object = None) -> Photo | ImgdiffError:
    def read() -> Photo:
        return Photo(read_cell(cell, "image"), None if donor is None else read_cell(donor, "donor"))

    return isolate("the photo cannot be read", read)


def _read(cell1: object, cell2: object) -> tuple[bytes, bytes] | ImgdiffError:
    return isolate("the images cannot be read", lambda: (read_cell(cell1, "image1"), read_cell(cell2, "image2")))
