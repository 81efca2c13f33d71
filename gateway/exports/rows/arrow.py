"""Rows as Arrow tables: types out of those of `Row`, and the features by which Hugging Face `datasets` knows images."""

import json
from collections.abc import Sequence
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from gateway.exports.rows.row import Row
from imgdiff.records import Record

_SCALARS = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), datetime: pa.timestamp("us", "UTC")}
_DTYPES = {pa.float64(): "float64"}  # whose names in `datasets` differ from Arrow's
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
IMAGES = ("image1", "image2")


def make_schema(*, images: bool) -> pa.Schema:
    """The columns of `Row`, the images after `id`, with the features in the metadata.

    The features are written as versions 2 to 5 of `datasets` read them: a list of one feature is a list of it.
    """
    columns = {field.name: field.type for field in arrow_type(Row)}
    shown = dict.fromkeys(IMAGES, _IMAGE) if images else {}
    columns = {"id": columns.pop("id"), **shown, **columns}
    features = {name: {"_type": "Image"} if name in shown else _feature(type_) for name, type_ in columns.items()}
    return pa.schema(columns.items(), {"huggingface": json.dumps({"info": {"features": features}})})


def make_table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """A table of cells by column."""
    return pa.Table.from_pylist(list(rows), schema)


def to_cells(record: Record) -> dict[str, Any]:
    """The cells of a record, without its images."""
    return {name: _write_open(value, _OPEN.get(name)) for name, value in Row.of(record).model_dump().items()}


def arrow_type(kind: Any) -> pa.DataType:
    """The Arrow type of a field's annotation: a model is a struct, a tuple a list, and an open object JSON text."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Annotated, Union, UnionType):
        return arrow_type(next(one for one in args if one is not NoneType))
    if origin is tuple:
        return pa.list_(arrow_type(args[0]))
    if origin is Literal:
        return arrow_type(type(args[0]))
    if origin is dict:
        keys = get_args(args[0])  # of a Literal; none of `str`
        return pa.struct([(key, arrow_type(args[1])) for key in keys]) if keys else pa.string()
    if issubclass(kind, BaseModel):
        return pa.struct([(name, arrow_type(field.annotation)) for name, field in kind.model_fields.items()])
    return pa.string() if issubclass(kind, str) else _SCALARS[kind]


def _feature(type_: pa.DataType) -> Any:
    if pa.types.is_struct(type_):
        return {field.name: _feature(field.type) for field in type_}
    if pa.types.is_list(type_):
        return [_feature(type_.value_type)]
    return {"dtype": _DTYPES.get(type_, str(type_)), "_type": "Value"}


def _find_open(kind: Any) -> Any:
    """True for an open object, by field for a model that holds some, None for all else."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Annotated, Union, UnionType):
        return _find_open(next(one for one in args if one is not NoneType))
    if origin is tuple:
        return _find_open(args[0])
    if origin is dict:
        return None if get_args(args[0]) else True
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        found = {name: _find_open(field.annotation) for name, field in kind.model_fields.items()}
        return {name: one for name, one in found.items() if one} or None
    return None


def _write_open(value: Any, found: Any) -> Any:
    """The value with its open objects as JSON text."""
    if value is None or found is None:
        return value
    if found is True:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return [_write_open(one, found) for one in value]
    return value | {name: _write_open(value[name], below) for name, below in found.items()}


_OPEN = _find_open(Row)
