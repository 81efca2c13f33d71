"""Objects of a photo are painted over, by the gates that every edit of a photo passes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import ModelUse, Operation
from imgdiff.stages import Editing, EditingRequest
from services.editing.operations.photo_editor import PhotoEditor
from services.editing.operations.repaint import ObjectPainter
from services.editing.photo.vision import PhotoVision
from services.editing.schema import EditWork
from services.imaging.arrays import Flags
from services.imaging.masks import decode_mask, grow_mask
from services.serving.cancellation import Cancellation
from tests.services.editing.backends.sdxl.scripted_rewriter import USE as REWRITER
from tests.services.editing.backends.sdxl.scripted_rewriter import ScriptedRewriter

USE = ModelUse(stage="editing", name="smearing", version="1", sha256="2" * 64, licence="NOASSERTION")


class Smearing:
    """See `PromptedInpainter`: the surroundings of the mask are drawn into its place, whatever the prompt is."""

    models = (USE,)

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def paint(self, image: RGB, mask: Flags, prompt: str, seed: int, cancellation: Cancellation) -> tuple[RGB, Flags]:
        self.prompts.append(prompt)
        place = grow_mask(mask, 12)
        return self._filled(image, place), place

    def _filled(self, image: RGB, place: Flags) -> RGB:
        return np.asarray(cv2.inpaint(image, place.astype(np.uint8), 3, cv2.INPAINT_TELEA))


class Noise(Smearing):
    """Paints what belongs nowhere."""

    def _filled(self, image: RGB, place: Flags) -> RGB:
        noise = np.random.default_rng(0).integers(0, 256, image.shape, np.uint8)
        return np.where(place[..., None], noise, image)


@pytest.fixture
def paint(vision: PhotoVision, cups: RGB) -> Callable[..., Editing]:
    def run(inpainter: Smearing | None = None, photo: RGB = cups, **request: object) -> Editing:
        work = EditWork(photo, (), EditingRequest.model_validate({"operation": "remove", "seed": 4, **request}))
        painter = ObjectPainter(inpainter or Smearing(), ScriptedRewriter())
        return PhotoEditor(vision, painter=painter).edit(work, Cancellation())

    return run


def test_an_object_of_a_photo_is_removed(paint: Callable[..., Editing], cups: RGB) -> None:
    answer = paint(target="cup", thresholds={"edit.strange": 0.2})

    assert answer.pair is not None, answer.reasons
    edit = answer.pair.edit
    image2, mask = decode(answer.pair.image2, "/image", ImageLimits()), decode_mask(edit.mask)
    assert (edit.before, edit.after, edit.scores.before, edit.scores.outside_psnr) == ("cup", None, 0.0, 99.0)
    assert np.array_equal(image2[~mask], cups[~mask])
    assert edit.box in edit.boxes
    assert answer.pair.image1 is None
    assert answer.parameters["edit.strange"] == 0.2
    assert answer.models[0] == USE


def test_a_conspicuous_place_is_refused_for_a_removal_but_not_for_a_replacement(paint: Callable[..., Editing]) -> None:
    (strange,) = paint(Noise(), target="cup").reasons
    (unseen,) = paint(Noise(), operation="replace", target="cup", replacement="dog").reasons

    assert (strange.code, strange.threshold) == ("edit.strange", 0.04)
    assert strange.value > 0.04
    assert (unseen.code, unseen.threshold) == ("edit.not_confirmed", 0.3)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"target": "zebra"}, "edit.target_not_found"),
        ({"target": "unicorn"}, "edit.target_not_found"),
        ({"target": "cup", "thresholds": {"edit.too_large": 0.001}}, "edit.too_large"),
        ({"target": "cup", "thresholds": {"edit.image_too_small": 5000}}, "edit.image_too_small"),
        ({"target": "cup", "operation": "replace"}, "edit.target_not_found"),  # the rewriter knows no cups
    ],
)
def test_what_cannot_be_painted_has_a_reason_and_is_not_tried(
    paint: Callable[..., Editing], asked: dict[str, object], code: str
) -> None:
    painter = Smearing()

    assert [reason.code for reason in paint(painter, **asked).reasons] == [code]
    assert painter.prompts == []


def test_the_prompt_names_what_is_painted(paint: Callable[..., Editing]) -> None:
    painter = Smearing()
    paint(painter, target="cup")
    paint(painter, operation="replace", target="cup", replacement="apple")

    assert painter.prompts == ["empty background, nothing there", "a photo of an apple"]


def test_who_chose_the_replacement_is_named(paint: Callable[..., Editing]) -> None:
    chosen, given = (paint(operation="replace", target="cup", **word) for word in ({}, {"replacement": "apple"}))

    assert REWRITER in chosen.models
    assert REWRITER not in given.models


@pytest.mark.parametrize(
    ("operation", "donors", "drawn", "accepted"),
    [
        ("remove", 0, False, True),
        ("replace", 0, False, True),
        ("replace", 1, True, True),
        ("replace", 1, False, False),
        ("add", 0, False, False),
        ("move", 0, False, False),
    ],
)
def test_it_removes_and_replaces_unless_the_client_sent_a_donor(
    cups: RGB, operation: str, donors: int, *, drawn: bool, accepted: bool
) -> None:
    request = EditingRequest(operation=Operation(operation), seed=1, drawn_donors=drawn)
    painter = ObjectPainter(Smearing(), ScriptedRewriter())

    assert painter.accepts(EditWork(cups, (cups,) * donors, request)) is accepted
