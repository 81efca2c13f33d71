"""Edits a real photo without generating: finds an object, edits it with what photos hold, and checks the result."""

import time
from collections.abc import Sequence

import numpy as np

from imgdiff import weights
from imgdiff.errors import ImgdiffError, InvalidRequest
from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.stages import Editing, EditingRequest
from services.editing.operations.answers import answered
from services.editing.operations.attempts import tries
from services.editing.operations.edit import EXHAUSTED, Edited, Try
from services.editing.photo.scene_cache import Scenes
from services.editing.photo.vision import WEIGHTS, Sight
from services.editing.removal.inpainting import Inpainter, trial
from services.editing.schema import EditWork
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, answer_each

NEEDS_DONOR = (Operation.REPLACE, Operation.ADD)
NEEDS_PHOTO = (
    "this backend edits a photo; send one as image, or run the editing service with IMGDIFF_EDITING_BACKEND=sdxl"
)
_TRIES_A_ROUND = 8


class EmbeddedEditing:
    """Answers edits one by one."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int, inpainter: Inpainter | None = None) -> None:
        """An inpainter takes the place of covering holes with other parts of the photo."""
        self.scenes = Scenes(Sight(threads), inpainter)

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of the detector, of the patch tokens and of the inpainter."""
        own = () if self.scenes.inpainter is None else self.scenes.inpainter.models
        return (*weights.use("editing", *WEIGHTS), *own)

    def warm_up(self) -> None:
        """Run every network once."""
        self.scenes.sight.objects(np.zeros((64, 64, 3), np.uint8))
        self.scenes.sight.tokens(np.zeros((64, 64, 3), np.uint8))
        if self.scenes.inpainter is not None:
            self.scenes.inpainter(*trial())

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        return answer_each(self._edit, batch)

    def _edit(self, work: EditWork, cancellation: Cancellation) -> Editing:
        started = time.perf_counter()
        request = work.request
        if work.image is None:
            raise InvalidRequest.at("/image", "missing", NEEDS_PHOTO)
        if request.operation in NEEDS_DONOR and not work.donors:
            detail = f"{request.operation} needs a photo that the new object is cut from; send one as donor"
            raise InvalidRequest.at("/donor", "missing", detail)
        scene, *donors = (self.scenes.of(photo, request.thresholds) for photo in (work.image, *work.donors))
        todo = tries(request, scene, donors)
        made = (todo,) if isinstance(todo, Reason) else _first(_turn(todo, request), cancellation)
        return answered(made, scene, request, self.models, started)


def _turn(todo: Sequence[Try], request: EditingRequest) -> Sequence[Try | None]:
    """This pair's share of the tries in this round; None after the last one that there is."""
    share = todo[request.index :: request.count]
    first = request.round * _TRIES_A_ROUND
    return [*share[first : first + _TRIES_A_ROUND], *([None] if len(share) < first + _TRIES_A_ROUND else [])]


def _first(turn: Sequence[Try | None], cancellation: Cancellation) -> Edited | tuple[Reason, ...]:
    """The first of the tries that succeeds, or why none of them did."""
    reasons: dict[Reason, None] = {}
    for attempt in turn:
        cancellation.check()
        result = EXHAUSTED if attempt is None else attempt.make()
        if isinstance(result, Edited):
            return result
        if result != EXHAUSTED or attempt is None:
            reasons[result] = None
    return tuple(reasons) or (EXHAUSTED,)
