"""Edits a real photo without generating: finds an object, edits it with what photos hold, and checks the result."""

import base64
import time
from collections.abc import Iterator, Sequence

import numpy as np

from imgdiff import models
from imgdiff.errors import ImgdiffError
from imgdiff.images import encode_png
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
        made: list[tuple[int, Edited]] = []
        refused: list[RefusedEdit] = []
        left = iter(()) if isinstance(todo, Reason) else iter(todo)
        for index in range(request.count):
            result = (todo,) if isinstance(todo, Reason) else _next(left, cancellation)
            if isinstance(result, Edited):
                made.append((index, result))
            else:
                refused.append(RefusedEdit(index=index, reasons=result))
        return Editing(
            pairs=tuple(_pairs(made, scene, request)), refused=tuple(refused), models=self.models,
            parameters=thresholds, seconds=time.perf_counter() - started,
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


def _pairs(made: Sequence[tuple[int, Edited]], scene: Scene, request: EditingRequest) -> Iterator[EditedPair]:
    """Each with the photo as it was, which is encoded once."""
    before = base64.b64encode(encode_png(scene.image)) if made else b""
    for index, one in made:
        changed = np.asarray((scene.image != one.image).any(axis=2))
        edit = Edit(
            operation=request.operation, box=bounds(changed), mask=encoded(changed), before=one.before,
            after=one.after, seed=request.seed,
        )  # fmt: skip
        caption1, caption2 = captions(request, [item.label for item in scene.objects], one)
        after = base64.b64encode(encode_png(one.image))
        yield EditedPair(index=index, image1=before, image2=after, caption1=caption1, caption2=caption2, edit=edit)
