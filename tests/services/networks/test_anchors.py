"""EfficientDet's anchors."""

import numpy as np

from services.networks.anchors import decode_boxes, make_anchors


def test_an_offset_of_nothing_is_the_anchor_itself():
    anchors = make_anchors(320)

    assert anchors.shape == (19206, 4)
    np.testing.assert_allclose(decode_boxes(np.zeros((1, 4), np.float32), anchors[:1])[0], [-8, -8, 16, 16])
