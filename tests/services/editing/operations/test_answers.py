"""The answer to an edit repeats what was done."""

import numpy as np

from imgdiff.objects.donors import DonorObject
from imgdiff.records import Operation
from imgdiff.stages import EditingRequest
from services.editing.operations.answers import build_answer
from services.editing.operations.edit import EditedPhoto
from tests.services.editing.drawn_scene import draw_scene


def test_the_edit_names_what_went_with_the_object_and_the_donor() -> None:
    scene = draw_scene([("vase", (40, 50, 70, 95)), ("potted plant", (38, 15, 74, 54))])
    image = scene.image.copy()
    image[15:95, 40:70] = 200
    donors = (DonorObject(label="clock"), DonorObject(label="bowl", licence="CC0-1.0"))
    request = EditingRequest(operation=Operation.REPLACE, donors=donors, seed=1)
    made = EditedPhoto(image, "vase", "bowl", also=("potted plant",), source=1)

    pair = build_answer(made, scene, request, (), 0.0).pair

    assert pair is not None
    assert (pair.edit.before, pair.edit.also, pair.edit.after) == ("vase", ("potted plant",), "bowl")
    assert pair.edit.donor == donors[1].use()
    assert np.array_equal(pair.edit.box, (40, 15, 70, 95))
    assert pair.caption2 == "a photo of a bowl"
