"""The document of a record with its review."""

import json

from gateway.store.reviews.merging import complete, merge
from imgdiff.frozen import shape_of
from imgdiff.records import Record
from imgdiff.reviews.documents import Review, ReviewState

REVIEW = Review(state=ReviewState.ACCEPTED, revision=1, reviewers=1, reviewer="anna", note='"review":{}')


def test_a_review_takes_its_place_and_nothing_else_changes(record: Record) -> None:
    document = record.model_dump_json()

    merged = merge(document, REVIEW.model_dump_json())

    assert Record.model_validate_json(merged) == record.model_copy(update={"review": REVIEW})
    assert merged == record.model_copy(update={"review": REVIEW}).model_dump_json()
    assert merge(document, None) is document


def test_a_document_of_an_earlier_version_gets_a_review(record: Record) -> None:
    earlier = {name: value for name, value in record.model_dump(mode="json").items() if name not in ("review", "scene")}
    text, reviewed = json.dumps(earlier), REVIEW.model_dump_json()

    assert json.loads(merge(text, reviewed)) == {**earlier, "review": json.loads(reviewed)}
    assert Record.model_validate_json(complete(text, None, reviewed)).review == REVIEW
    assert json.loads(complete(text, None))["review"] == json.loads(Review().model_dump_json())
    assert complete(record.model_dump_json(), shape_of(Record)) == record.model_dump_json()
