"""The columns of a comparison as Arrow types."""

from typing import TYPE_CHECKING

from imgdiff.integrations.extras import require_extra

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_schema(prefix: str, extra: str) -> "pa.Schema":
    """The schema of `rows.COLUMNS`; raises ImportError naming `extra` where pyarrow is missing."""
    with require_extra(extra, "a table of records"):
        import pyarrow as pa  # noqa: PLC0415  not in the base install
    text, number, box = pa.string(), pa.float64(), pa.list_(pa.int64())
    region = {"box": box, "box2": box, "change": text, "difference": number, "confidence": number}
    region |= dict.fromkeys(("label1", "label2", "caption1", "caption2", "caption", "text1", "text2"), text)
    columns = {"record": text, "verdict": text, "confidence": number, "similarity": number, "caption": text}
    columns |= {"regions": pa.list_(pa.struct(list(region.items()))), "reasons": pa.list_(text), "document": text}
    columns |= {"problem": text, "problem_detail": text}
    return pa.schema([(prefix + name, kind) for name, kind in columns.items()])
