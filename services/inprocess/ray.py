"""Ray Data: an actor class for `Dataset.map_batches` that compares two columns of images by engines of its own."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Unpack

from imgdiff.client.options import OptionFields, parse_options
from imgdiff.errors import ImgdiffError
from imgdiff.integrations.cells import read_cell
from imgdiff.integrations.ray import ArrowColumns
from imgdiff.integrations.rows import PREFIX, Row, failed, found
from services.captioning.settings import CaptioningSettings
from services.detection.settings import DetectionSettings
from services.inprocess.engines import PairEngines
from services.serving.isolation import isolate

_READERS = 8  # images of a batch that are read at once; chosen, not measured


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


def _read(cell1: object, cell2: object) -> tuple[bytes, bytes] | ImgdiffError:
    return isolate("the images cannot be read", lambda: (read_cell(cell1, "image1"), read_cell(cell2, "image2")))
