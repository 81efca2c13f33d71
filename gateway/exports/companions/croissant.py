"""`croissant.json`: the export in Croissant 1.0's vocabulary, as mlcroissant validates and reads it.

Files are described as sets below the export's folder, so that no digest is needed before the stream has ended.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from gateway.exports.companions.gates import describe_rejections
from gateway.exports.companions.layouts import FileGroup, Table
from gateway.exports.companions.subject import Subject
from gateway.exports.rows.row import Row
from imgdiff.rules.reasons import BY_CODE

_SEMANTIC = re.compile(r"^v?(\d+\.\d+\.\d+)$")  # a version's name that is one of those that Croissant recommends
_TYPES = {bool: "sc:Boolean", int: "sc:Integer", float: "sc:Float", datetime: "sc:DateTime"}
_MOST_GATES = 200  # different thresholds that are listed; chosen, not measured
_IMAGES = ("image1", "image2")
_SIDES = {"image1": "The image before the change.", "image2": "The image after the change."}
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def describe(subject: Subject) -> dict[str, Any]:
    """The document."""
    dataset, layout = subject.dataset, subject.layout
    named = _SEMANTIC.fullmatch("" if subject.version is None else subject.version.name)
    head: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": dataset.name,
        "description": subject.sentence if not dataset.description else f"{dataset.description}\n\n{subject.sentence}",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "identifier": f"sha256:{subject.counts.digest}",
        "inLanguage": "en",
        "keywords": ["imgdiff", "image difference captioning", *dataset.tags],
        "license": {"@type": "sc:CreativeWork", "name": "not stated", "description": "See licences.json."},
        "dateCreated": dataset.created_at.isoformat(),
    }
    if named:
        head["version"] = named[1]
    if subject.published is not None:
        head["datePublished"] = subject.published.date().isoformat()
    head |= _describe_making(subject)
    groups = [group for group in layout.files if subject.images or not group.images]
    tables = [_describe_table(table, images=subject.images) for table in layout.tables]
    pictures = [_describe_pictures(group) for group in groups if group.id == "images"]
    return {**head, "distribution": [_describe_files(group) for group in groups], "recordSet": [*tables, *pictures]}


def _describe_making(subject: Subject) -> dict[str, Any]:
    """How the data were made, in the terms of Croissant's extension for responsible AI; only what there is."""
    counts, found = subject.counts, subject.statistics
    kept, objects, checks = found.regions, found.objects, found.sentences
    gates = sorted({(name, value, origin) for name, value, origin in subject.thresholds})
    facts: dict[str, Any] = {
        "rai:dataCollection": "Pairs of images that clients sent, and edits of photos that imgdiff made.",
        "rai:dataCollectionMissingData": describe_rejections(subject),
        "rai:dataCollectionTimeFrame": [one.isoformat() for one in (counts.first, counts.last) if one is not None],
        "rai:dataPreprocessingProtocol": [
            f"Gate {name} fires {BY_CODE[name].drops_when} {value:g}; threshold of {origin}."
            for name, value, origin in gates[:_MOST_GATES]
        ],
        "rai:machineAnnotationTools": [
            f"{model.stage}: {model.name} {model.version} ({model.licence})" for model, _ in subject.models
        ],
        "rai:dataAnnotationAnalysis": [
            f"{objects.categories} categories of objects, named {objects.occurrences} times.",
            f"{found.replacements.unique} unique replacement pairs, of {found.replacements.occurrences} replacements.",
            f"Of {sum(checks.model_dump().values())} checked sentences, {checks.verified} are verified.",
        ],
        "rai:annotationsPerItem": f"{kept.kept} kept regions in {found.records} pairs.",
        "rai:dataLimitations": ["Sentences, nouns and boxes are made by machines.", "Captions are in English."],
        "rai:personalSensitiveInformation": [
            "Nothing was done about faces, number plates or other personal data in the photos."
        ],
    }
    return {name: value for name, value in facts.items() if value}


def _describe_files(group: FileGroup) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": group.id,
        "name": group.id,
        "description": group.description,
        "encodingFormat": group.media_type,
        "includes": group.includes,
    }


def _describe_table(table: Table, *, images: bool) -> dict[str, Any]:
    fields = [_column(table, name, kind) for name, kind in table.columns.items()]
    if table.rows == "typed" and images:
        fields += [_image_column(table, name) for name in _IMAGES]
    if table.rows:
        fields += list(_row_columns(table))
    return {
        "@type": "cr:RecordSet",
        "@id": table.id,
        "name": table.id,
        "description": table.description,
        "field": fields,
    }


def _describe_pictures(group: FileGroup) -> dict[str, Any]:
    """The images beside the rows, by the paths that rows have."""
    kinds = {"fullpath": ("sc:Text", "Path below the export's folder."), "content": ("sc:ImageObject", "The image.")}
    fields = [
        {
            **_field(f"pictures/{name}", kind, text),
            "source": {"fileSet": {"@id": group.id}, "extract": {"fileProperty": name}},
        }
        for name, (kind, text) in kinds.items()
    ]
    return {"@type": "cr:RecordSet", "@id": "pictures", "name": "pictures", "description": "Images.", "field": fields}


def _field(name: str, kind: str, description: str | None = None) -> dict[str, Any]:
    field = {"@type": "cr:Field", "@id": name, "name": name, "dataType": kind}
    return field if description is None else {**field, "description": description}


def _column(table: Table, name: str, kind: str, description: str | None = None, **transform: Any) -> dict[str, Any]:
    extract = {"jsonPath": f"{table.path}{name}"} if table.path else {"column": name}
    source = {"fileSet": {"@id": table.files}, "extract": extract, **transform}
    return {**_field(f"{table.id}/{name}", kind, description or _SIDES.get(name)), "source": source}


def _image_column(table: Table, name: str) -> dict[str, Any]:
    return _column(table, name, "sc:ImageObject", transform={"jsonPath": "bytes"})


def _row_columns(table: Table) -> Iterator[dict[str, Any]]:
    """The columns of `Row`: nested ones as JSON text where rows are flat, else with their own fields."""
    for name, info in Row.model_fields.items():
        kind, repeated = _unwrap(info.annotation)
        nested = isinstance(kind, type) and issubclass(kind, BaseModel)
        if table.rows == "flat":
            text = nested or repeated or get_origin(kind) is dict
            yield _column(table, name, "sc:Text" if text else _type_of(kind), "JSON text." if text else None)
        elif nested:
            yield _nested_column(table, name, kind, repeated=repeated)
        else:
            yield _column(table, name, _type_of(kind), "JSON text." if get_origin(kind) is dict else None)


def _nested_column(table: Table, name: str, model: type[BaseModel], *, repeated: bool) -> dict[str, Any]:
    """A column of documents, with those of their fields that are numbers, texts or lists of them."""
    fields = []
    for member, info in model.model_fields.items():
        kind, several = _unwrap(info.annotation)
        if isinstance(kind, type) and not issubclass(kind, BaseModel):
            source = {"fileSet": {"@id": table.files}, "extract": {"column": name}, "transform": {"jsonPath": member}}
            field = _field(f"{table.id}/{name}/{member}", _type_of(kind), info.description)
            fields.append({**field, "source": source} | ({"repeated": True} if several and not repeated else {}))
    column = {"@type": "cr:Field", "@id": f"{table.id}/{name}", "name": f"{table.id}/{name}"}
    return {**column, "repeated": repeated, "subField": fields} if repeated else {**column, "subField": fields}


def _type_of(kind: Any) -> str:
    return _TYPES.get(kind, "sc:Text")


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """The type that an annotation is about, and whether it is a list of it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, Union, UnionType):
        return _unwrap(next(one for one in args if one is not NoneType))
    if origin is tuple:
        return _unwrap(args[0])[0], True
    if origin is Literal:
        return type(args[0]), False
    return annotation, False
