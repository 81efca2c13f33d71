"""The split of a record follows from its scene alone."""

import hashlib
from collections import Counter

from gateway.exports.splits import Split, split_of
from imgdiff.records import Record


def _of_scene(record: Record, number: int) -> Record:
    asset = f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}"
    return record.model_copy(update={"image1": record.image1.model_copy(update={"asset": asset})})


def test_every_pair_of_one_scene_is_on_the_same_side(record: Record) -> None:
    other = record.model_copy(update={"id": "rec_" + "1" * 32, "dataset": "other", "image2": record.image1})

    assert split_of(record) is split_of(other)


def test_the_shares_of_scenes_are_near_those_wanted(record: Record) -> None:
    counted = Counter(split_of(_of_scene(record, number)) for number in range(2000))

    assert 0.77 < counted[Split.TRAIN] / 2000 < 0.83
    assert 0.08 < counted[Split.VALIDATION] / 2000 < 0.12
    assert 0.08 < counted[Split.TEST] / 2000 < 0.12


def test_records_of_one_scene_are_on_the_same_side_whatever_their_images(record: Record) -> None:
    scene = record.image2.asset
    of_scene = [_of_scene(record, number).model_copy(update={"scene": scene}) for number in range(50)]

    assert len({split_of(one) for one in of_scene}) == 1
