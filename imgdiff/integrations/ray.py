"""Ray Data: an actor class for `Dataset.map_batches` that compares two columns of images."""

from typing import TYPE_CHECKING

from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.comparing import ColumnComparer, Columns
from imgdiff.integrations.rows import require_free, require_given

if TYPE_CHECKING:
    import pyarrow as pa


class ArrowColumns(Columns):
    """Adds what is found in each pair to batches of Arrow tables (`batch_format="pyarrow"`).

    Columns and types are those of `imgdiff.integrations.arrow`; a pair that fails has its `problem` there. The images
    are paths, bytes of files, or tensors of height x width (x channels), RGB.
    """

    def __call__(self, batch: "pa.Table") -> "pa.Table":
        """The batch with the new columns."""
        if not hasattr(batch, "append_column"):
            raise TypeError(f"a batch is a {type(batch).__name__}; call map_batches with batch_format='pyarrow'")
        require_given(batch.column_names, self._names)
        require_free(batch.column_names, self._prefix)
        images1, images2 = (batch.column(name).to_pylist() for name in self._names)
        columns = self._compare(images1, images2)
        for field in arrow_schema(self._prefix, "ray"):
            batch = batch.append_column(field, _array(columns[field.name], field.type))
        return batch


class ComparePairs(ColumnComparer, ArrowColumns):
    """Adds what a gateway finds; each actor compares `concurrency` pairs at once."""


def _array(values: list[object], kind: "pa.DataType") -> "pa.Array":
    import pyarrow as pa  # noqa: PLC0415  not in the base install

    return pa.array(values, kind)
