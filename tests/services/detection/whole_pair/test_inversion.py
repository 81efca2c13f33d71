"""A negative is stated as one, and what else changed is found beneath it."""

import numpy as np

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.stages import DetectionRequest
from imgdiff.whole_pair import PairChangeKind
from services.detection.preparation import prepare
from services.detection.schema import PairWork
from services.detection.whole_pair.inversion import describe_inversion, invert


def test_a_negative_is_stated_and_compared_as_a_positive(photo: RGB) -> None:
    pair = prepare(PairWork(photo, invert(photo), DetectionRequest()), lambda: None)

    assert [(change.kind, change.harmless) for change in pair.statements.changes] == [(PairChangeKind.COLOURS, False)]
    assert not pair.evidence.changed.any()


def test_a_thing_that_changed_beneath_a_negative_is_seen(photo: RGB, pasted: RGB) -> None:
    pair = prepare(PairWork(photo, invert(pasted), DetectionRequest()), lambda: None)
    rows, columns = np.nonzero(pair.evidence.changed)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)

    assert iou(box, (40, 300, 136, 396)) >= 0.5


def test_grey_and_ordinary_pairs_are_no_negatives(photo: RGB, pasted: RGB) -> None:
    grey = np.full_like(photo, 127)

    assert not [*describe_inversion(grey, grey)]
    assert not [*describe_inversion(photo, pasted)]
