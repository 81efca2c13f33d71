"""Hugging Face datasets: a function for `Dataset.map` that compares two columns of images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.comparing import ColumnComparer
from imgdiff.integrations.extras import require_extra
from imgdiff.integrations.rows import require_free, require_given

if TYPE_CHECKING:
    from datasets import Features


class ComparePairs(ColumnComparer):
    """Called by `dataset.map(compare, batched=True, features=compare.features(dataset.features))`.

    A pair that fails has its `problem` in its row. The images are those of an `Image` column, decoded or not (undecoded
    ones are sent as they are), paths, or bytes of files. Each process compares `concurrency` pairs at once.
    """

    def __call__(self, batch: Mapping[str, Sequence[object]]) -> dict[str, list[object]]:
        """The new columns of a batch."""
        require_given(list(batch), self._names)
        images1, images2 = (batch[name] for name in self._names)
        return self._compare(images1, images2)

    def features(self, given: "Features") -> "Features":
        """The features of a dataset with those of the new columns; without them types would be guessed a batch."""
        require_given(list(given), self._names)
        require_free(list(given), self._prefix)
        with require_extra("huggingface", "a dataset of records"):
            from datasets import Features  # noqa: PLC0415  not in the base install
        return Features({**given, **Features.from_arrow_schema(arrow_schema(self._prefix, "huggingface"))})
