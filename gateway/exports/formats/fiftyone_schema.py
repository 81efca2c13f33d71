"""The fields of a FiftyOne sample, as its dataset document declares them."""

from typing import Any

_FIELDS = "fiftyone.core.fields."
_EMBEDDED = _FIELDS + "EmbeddedDocumentField"


def _field(name: str, kind: str, of: str | None = None, stored: str | None = None) -> dict[str, Any]:
    """A field of simple values; `of` is the kind of a list's elements, `stored` its name in the database."""
    return {
        "name": name,
        "ftype": f"{_FIELDS}{kind}Field",
        "embedded_doc_type": None,
        "subfield": of and f"{_FIELDS}{of}Field",
        "fields": [],
        "db_field": stored or name,
        "description": None,
        "info": None,
        "read_only": name in {"created_at", "last_modified_at"},
        "created_at": None,
    }


def _document(name: str, kind: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **_field(name, "EmbeddedDocument"),
        "ftype": _EMBEDDED,
        "embedded_doc_type": f"fiftyone.core.{kind}",
        "fields": fields,
    }


def _detections(name: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    common = [
        _ID,
        _TAGS,
        {**_field("attributes", "Dict"), "subfield": _EMBEDDED, "embedded_doc_type": "fiftyone.core.labels.Attribute"},
        _field("label", "String"),
        _field("bounding_box", "List", "Float"),
        _field("mask", "Array"),
        _field("mask_path", "String"),
        _field("confidence", "Float"),
        _field("index", "Int"),
    ]
    listed = {
        **_field("detections", "List", "EmbeddedDocument"),
        "embedded_doc_type": "fiftyone.core.labels.Detection",
        "fields": [*common, *attributes],
    }
    return _document(name, "labels.Detections", [listed])


def _texts(*names: str) -> list[dict[str, Any]]:
    return [_field(name, "String") for name in names]


def _floats(*names: str) -> list[dict[str, Any]]:
    return [_field(name, "Float") for name in names]


_ID, _TAGS = _field("id", "ObjectId", stored="_id"), _field("tags", "List", "String")
_REGION = [
    *_texts("noun", "caption", "text", "sentence", "check"),
    *_floats("difference", "match", "crop_similarity", "caption_similarity"),
    _field("reasons", "List", "String"),
]
_EDIT = [_field("seed", "Int"), *_texts("before", "after")]
_METADATA = [
    *(_field(name, kind) for name, kind in (("size_bytes", "Int"), ("mime_type", "String"))),
    *(_field(name, "Int") for name in ("width", "height", "num_channels")),
]
_CLASSIFICATION = [_ID, _TAGS, *_texts("label"), *_floats("confidence"), _field("logits", "Vector")]
_BASE = [
    _ID,
    _field("filepath", "String"),
    _TAGS,
    _document("metadata", "metadata.ImageMetadata", _METADATA),
    _field("_media_type", "String"),
    _field("_rand", "Float"),
    _field("created_at", "DateTime"),
    _field("last_modified_at", "DateTime"),
    _field("_dataset_id", "ObjectId"),
    _document("group", "groups.Group", [_ID, *_texts("name")]),
]
SAMPLE_FIELDS = [
    *_BASE,
    *_texts("record_id", "asset"),
    _document("verdict", "labels.Classification", _CLASSIFICATION),
    *_texts("caption", "known_caption"),
    *_floats("similarity"),
    _detections("regions", _REGION),
    _detections("rejected", _REGION),
    _detections("edit", _EDIT),
    *_texts("record"),
]
