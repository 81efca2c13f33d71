"""The document of a record with its review: what the models said is stored once and never changes."""

import json

from imgdiff.frozen import shape_of
from imgdiff.records import Record
from imgdiff.reviews.documents import Review

_NONE = f'"review":{Review().model_dump_json()}}}'
"""How the document of a record ends that this version wrote."""


def merge(document: str, reviewed: str | None) -> str:
    """A stored document with the review of the record, if there is one; the rest of the text stays."""
    if reviewed is None:
        return document
    if document.endswith(_NONE):
        return f'{document.removesuffix(_NONE)}"review":{reviewed}}}'
    return json.dumps(json.loads(document) | {"review": json.loads(reviewed)})


def complete(document: str, shape: str | None, reviewed: str | None = None) -> str:
    """The JSON of `Record` for a stored document: it is parsed only where another version of imgdiff wrote it."""
    whole = document if shape == shape_of(Record) else Record.model_validate_json(document).model_dump_json()
    return merge(whole, None if reviewed is None else Review.model_validate_json(reviewed).model_dump_json())
