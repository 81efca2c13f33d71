"""Hugging Face datasets: a function for `Dataset.map` that compares two columns of images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from imgdiff.client.options import OptionFields
from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.comparing import CONCURRENCY, PairComparer
from imgdiff.integrations.extras import require_extra
from imgdiff.integrations.rows import PREFIX, require_free, require_given, to_columns

if TYPE_CHECKING:
    from datasets import Features


class ComparePairs:
    """Called by `dataset.map(compare, batched=True, features=compare.features(dataset.features))`.

    A pair that fails has its `problem` in its row. The images are those of an `Image` column, decoded or not (undecoded
    ones are sent as they are), paths, or bytes of files. Each process compares `concurrency` pairs at once.
    """

    def __init__(
        self,
        image1: str = "image1",
        image2: str = "image2",
        *,
        url: str | None = None,
        concurrency: int = CONCURRENCY,
        wait_seconds: float | None = None,
        prefix: str = PREFIX,
        **options: Unpack[OptionFields],
    ) -> None:
        self._names, self._prefix = (image1, image2), prefix
        self._comparer = PairComparer(url, concurrency=concurrency, wait_seconds=wait_seconds, **options)

    def __call__(self, batch: Mapping[str, Sequence[object]]) -> dict[str, list[object]]:
        """The new columns of a batch."""
        require_given(list(batch), self._names)
        images1, images2 = (batch[name] for name in self._names)
        return to_columns(self._comparer.compare(images1, images2), self._prefix)

    def features(self, given: "Features") -> "Features":
        """The features of a dataset with those of the new columns; without them types would be guessed a batch."""
        require_given(list(given), self._names)
        require_free(list(given), self._prefix)
        with require_extra("huggingface", "a dataset of records"):
            from datasets import Features  # noqa: PLC0415  not in the base install
        return Features({**given, **Features.from_arrow_schema(arrow_schema(self._prefix, "huggingface"))})
