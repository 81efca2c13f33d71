"""`imgdiff_compare_mapper`: adds what a gateway finds in the two images of a sample."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from data_juicer.ops.base_op import OPERATORS, Mapper

from imgdiff.integrations.comparing import CONCURRENCY, PairComparer
from imgdiff.integrations.rows import COLUMNS, PREFIX, Row, to_columns

BATCH = 32  # samples that are compared before the next ones are read; chosen, not measured
_NAME = "imgdiff_compare_mapper"
_TEXTS = tuple(name for name in COLUMNS if name not in {"confidence", "similarity"})


@OPERATORS.register_module(_NAME)
class ImgdiffCompareMapper(Mapper):  # type: ignore[misc]  # its base has no types
    """Compares the two images of each sample by a gateway of imgdiff, and adds where they differ and what changed."""

    _batched_op = True

    def __init__(
        self,
        url: str | None = None,
        concurrency: int = CONCURRENCY,
        wait_seconds: float | None = None,
        prefix: str = PREFIX,
        options: Mapping[str, Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """
        Initialization method.

        :param url: Address of the gateway; `IMGDIFF_URL` if None.
        :param concurrency: Pairs that are compared at once, by each process.
        :param wait_seconds: Seconds to wait for a pair's record; without end if None.
        :param prefix: What the names of the new columns begin with.
        :param options: Options of `imgdiff.Client.compare`, as `dataset` or `policy`.
        :param args: extra args
        :param kwargs: extra args
        """
        super().__init__(*args, **{"batch_size": BATCH, **kwargs})
        self.prefix = prefix
        self.comparer = PairComparer(url, concurrency=concurrency, wait_seconds=wait_seconds, **(options or {}))

    def process_batched(self, samples: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """The samples with the new columns, all of them text that is never null: types are inferred from samples."""
        count = len(next(iter(samples.values())))
        pairs = [_pair(images) for images in samples.get(self.image_key) or [None] * count]
        rows = self.comparer.compare([first for first, _ in pairs], [second for _, second in pairs])
        return samples | _write_texts(rows, self.prefix)


def _pair(images: Sequence[object] | None) -> tuple[object, object]:
    """The two images of a sample; of one with another number of them what cannot be compared."""
    match list(images or ()):
        case [] | [_]:
            return (images or [None])[0], None
        case [first, second]:
            return first, second
        case more:
            return more, None


def _write_texts(rows: Sequence[Row], prefix: str) -> dict[str, list[Any]]:
    """The columns as text, null as empty text and lists as JSON; without the numbers, which only `document` holds."""
    columns = to_columns(rows, prefix)
    return {prefix + name: list(map(_text, columns[prefix + name])) for name in _TEXTS}


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list) else value or ""
