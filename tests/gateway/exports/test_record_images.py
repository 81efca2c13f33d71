"""A look at the images of records shows what the records have, and no more of them is read."""

from gateway.exports.splits import split_of
from imgdiff.records import Record
from tests.gateway.exports.dataset import SmallDataset


def _look(record: Record) -> tuple[object, ...]:
    return record.id, record.image1, record.image2, record.scene, split_of(record)


def test_images_are_those_of_the_records_in_their_order_and_split(small: SmallDataset) -> None:
    found = [(one.id, one.image1, one.image2, one.scene, split_of(one)) for one in small.source.images()]

    assert found == [_look(record) for record in small.source.records()]
    assert len(found) == len(small.records)
