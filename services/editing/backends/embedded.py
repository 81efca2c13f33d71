"""Edits a real photo without generating: finds an object, edits it with what photos hold, and checks the result."""

import base64
import time
from collections.abc import Iterator, Sequence

import numpy as np

from imgdiff import models
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB, encode_png
from imgdiff.records import Edit, ModelUse, Reason
from imgdiff.stages import EditedPair, Editing, EditingRequest, RefusedEdit
from services.editing.boxes import bounds
from services.editing.edited import EXHAUSTED, Edited, Try
from services.editing.operations import tries
from services.editing.scene import Scene
from services.editing.schema import EditWork
from services.editing.sight import WEIGHTS, Sight
from services.editing.wording import captions
from services.embedded.masks import encoded
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, each

THRESHOLDS = {"edit.too_small": 0.005, "edit.too_large": 0.3}
_TRIES_A_PAIR = 4


class EmbeddedEditing:
    """Answers edits one by one."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int) -> None:
        self._sight = Sight(threads)

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of the detector and of the patch tokens."""
        return models.use("editing", *WEIGHTS)

    def warm_up(self) -> None:
        """Run every network once."""
        self._sight.objects(np.zeros((64, 64, 3), np.uint8))
        self._sight.tokens(np.zeros((64, 64, 3), np.uint8))

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        return each(self._edit, batch)

    def _edit(self, work: EditWork, cancellation: Cancellation) -> Editing:
        started = time.perf_counter()
        request = work.request
        thresholds = THRESHOLDS | {code: value for code, value in request.thresholds.items() if code in THRESHOLDS}
        scene = Scene(work.image, self._sight, thresholds, request.seed)
        donor = None if work.donor is None else Scene(work.donor, self._sight, thresholds, request.seed)
        todo = tries(request, scene, donor)
        pairs: list[EditedPair] = []
        refused: list[RefusedEdit] = []
        left = iter(()) if isinstance(todo, Reason) else iter(todo)
        before = base64.b64encode(encode_png(work.image))
        for index in range(request.count):
            made = todo if isinstance(todo, Reason) else _next(left, cancellation)
            if isinstance(made, Edited):
                pairs.append(_pair(index, made, scene, request, before))
            else:
                refused.append(RefusedEdit(index=index, reasons=made if isinstance(made, tuple) else (made,)))
        return Editing(
            pairs=tuple(pairs), refused=tuple(refused), models=self.models, parameters=thresholds,
            seconds=time.perf_counter() - started,
        )  # fmt: skip


def _next(left: Iterator[Try], cancellation: Cancellation) -> Edited | tuple[Reason, ...]:
    """The first of the next few tries that succeeds, or why none of them did; tries without a place cost nothing."""
    reasons: dict[Reason, None] = {}
    spent = 0
    while spent < _TRIES_A_PAIR:
        cancellation.check()
        attempt = next(left, None)
        if attempt is None:
            return (*reasons, EXHAUSTED)
        result = attempt.make()
        if isinstance(result, Edited):
            return result
        if result != EXHAUSTED:
            reasons[result] = None
            spent += 1
    return tuple(reasons)


def _pair(index: int, made: Edited, scene: Scene, request: EditingRequest, before: bytes) -> EditedPair:
    changed = _changed(scene.image, made.image)
    edit = Edit(
        operation=request.operation, box=bounds(changed), mask=encoded(changed), before=made.before, after=made.after,
        seed=request.seed,
    )  # fmt: skip
    caption1, caption2 = captions(request, [item.label for item in scene.objects], made)
    after = base64.b64encode(encode_png(made.image))
    return EditedPair(index=index, image1=before, image2=after, caption1=caption1, caption2=caption2, edit=edit)


def _changed(image1: RGB, image2: RGB) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    return np.asarray((image1 != image2).any(axis=2))
