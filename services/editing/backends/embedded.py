"""Edits a real photo without generating: finds an object, removes or recolours it, and checks the result."""

import base64
import time
from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff import models
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB, encode_png
from imgdiff.records import Edit, ModelUse, Operation, Reason
from imgdiff.stages import EditedPair, Editing, RefusedEdit
from services.editing.pixels import COLOURS, Flags, encoded, filled, object_mask, recoloured
from services.editing.schema import EditWork
from services.embedded.detector import WEIGHTS, DetectedObject, ObjectDetector
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, each

SMALLEST, LARGEST = 0.005, 0.3
_CHROMA_CHANGE = 8.0


class EmbeddedEditing:
    """Answers edits one by one."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int) -> None:
        self._detector = ObjectDetector(threads)

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of the detector."""
        return models.use("editing", *WEIGHTS)

    def warm_up(self) -> None:
        """Run the detector once."""
        self._detector.detect(np.zeros((64, 64, 3), np.uint8))

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        return each(self._edit, batch)

    def _edit(self, work: EditWork, cancellation: Cancellation) -> Editing:
        started = time.perf_counter()
        target = work.request.target and work.request.target.strip().lower()
        found = [item for item in self._detector.detect(work.image) if target in {None, item.label, item.label + "s"}]
        pairs: list[EditedPair] = []
        refused: list[RefusedEdit] = []
        for index in range(work.request.count):
            cancellation.check()
            if index < len(found):
                result = self._one(work, found[index], index)
            else:
                result = Reason(code="edit.exhausted" if found else "edit.target_not_found")
            if isinstance(result, Reason):
                refused.append(RefusedEdit(index=index, reasons=(result,)))
            else:
                pairs.append(result)
        parameters = {"edit.too_small": SMALLEST, "edit.too_large": LARGEST, **work.request.thresholds}
        return Editing(
            pairs=tuple(pairs), refused=tuple(refused), models=self.models, parameters=parameters,
            seconds=time.perf_counter() - started,
        )  # fmt: skip

    def _one(self, work: EditWork, item: DetectedObject, index: int) -> EditedPair | Reason:
        image, request = work.image, work.request
        mask = object_mask(image, item.box)
        share, limits = float(mask.mean()), request.thresholds
        smallest, largest = limits.get("edit.too_small", SMALLEST), limits.get("edit.too_large", LARGEST)
        if share < smallest or not mask.any():
            return Reason(code="edit.too_small", value=share, threshold=smallest)
        if share > largest:
            return Reason(code="edit.too_large", value=share, threshold=largest)
        seed = (request.seed + index) % 2**32
        if request.operation is Operation.REMOVE:
            after, edited = None, self._removed(image, mask, item, seed)
        else:
            colour = request.replacement or list(COLOURS)[seed % len(COLOURS)]
            after, edited = f"{colour} {item.label}", _painted(image, mask, colour)
        if edited is None:
            return Reason(code="edit.not_confirmed")
        changed = (edited != image).any(axis=2)
        x, y, width, height = cv2.boundingRect(changed.astype(np.uint8))
        edit = Edit(
            operation=request.operation, box=(x, y, x + width, y + height), mask=encoded(changed),
            before=item.label, after=after, seed=seed,
        )  # fmt: skip
        one, two = (base64.b64encode(encode_png(picture)) for picture in (image, edited))
        return EditedPair(index=index, image1=one, image2=two, caption1=f"a photo with a {item.label}", edit=edit)

    def _removed(self, image: RGB, mask: Flags, item: DetectedObject, seed: int) -> RGB | None:
        hole = cv2.dilate(mask.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
        edited = filled(image, hole, item.box, seed)
        left = [other for other in self._detector.detect(edited, 0.25) if other.label == item.label]
        return None if any(_overlap(item.box, other.box) > 0.2 for other in left) else edited


def _painted(image: RGB, mask: Flags, colour: str) -> RGB | None:
    if colour not in COLOURS:
        return None
    edited = recoloured(image, mask, colour)
    before, after = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[mask, 1:].astype(float) for picture in (image, edited))
    return edited if float(np.abs(after - before).mean()) >= _CHROMA_CHANGE else None


def _overlap(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> float:
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    inside = max(0, width) * max(0, height)
    return inside / ((one[2] - one[0]) * (one[3] - one[1]))
