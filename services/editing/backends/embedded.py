"""Edits a real photo without generating: finds an object, edits it with what photos hold, and checks the result."""

import base64
import hashlib
import time
from collections.abc import Mapping, Sequence

import numpy as np

from imgdiff import models
from imgdiff.errors import ImgdiffError, InvalidRequest
from imgdiff.images import RGB, encode_png
from imgdiff.records import Edit, ModelUse, Operation, Reason
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.accepting import scored
from services.editing.boxes import bounds, places
from services.editing.edited import EXHAUSTED, Edited, Try
from services.editing.emptying import STRANGEST
from services.editing.inpainting import Inpainter
from services.editing.operations import tries
from services.editing.scene import Scene
from services.editing.schema import EditWork
from services.editing.sight import WEIGHTS, Sight
from services.editing.wording import captions
from services.embedded.masks import encoded
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, each

THRESHOLDS = {
    "edit.image_too_small": 96, "edit.too_small": 0.005, "edit.too_large": 0.3, "edit.strange": STRANGEST,
    "edit.unsure_outline": 0.88, "edit.not_recognised": 0.3,
}  # fmt: skip
NEEDS_DONOR = (Operation.REPLACE, Operation.ADD)
NEEDS_PHOTO = (
    "this backend edits a photo; send one as image, or run the editing service with IMGDIFF_EDITING_BACKEND=sdxl"
)
_TRIES_A_ROUND = 8
_REMEMBERED = 64_000_000  # pixels of all photos, whose masks and emptied places are kept with them


class EmbeddedEditing:
    """Answers edits one by one."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int, inpainter: Inpainter | None = None) -> None:
        """An inpainter takes the place of covering holes with other parts of the photo."""
        self._sight, self._inpainter = Sight(threads), inpainter
        self._scenes: dict[object, Scene] = {}

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of the detector, of the patch tokens and of the inpainter."""
        own = () if self._inpainter is None else self._inpainter.models
        return (*models.use("editing", *WEIGHTS), *own)

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
        if work.image is None:
            raise InvalidRequest.at("/image", "missing", NEEDS_PHOTO)
        if request.operation in NEEDS_DONOR and not work.donors:
            detail = f"{request.operation} needs a photo that the new object is cut from; send one as donor"
            raise InvalidRequest.at("/donor", "missing", detail)
        thresholds = THRESHOLDS | {code: value for code, value in request.thresholds.items() if code in THRESHOLDS}
        scene = self._scene(work.image, thresholds)
        donors = [self._scene(donor, thresholds) for donor in work.donors]
        todo = tries(request, scene, donors)
        made = (todo,) if isinstance(todo, Reason) else _first(_turn(todo, request), cancellation)
        pair, reasons = (_pair(made, scene, request), ()) if isinstance(made, Edited) else (None, made)
        seconds = time.perf_counter() - started
        return Editing(pair=pair, reasons=reasons, models=self.models, parameters=thresholds, seconds=seconds)

    def _scene(self, image: RGB, thresholds: Mapping[str, float]) -> Scene:
        """What is known of a photo already, as the pairs of one order come one by one."""
        key = (hashlib.sha256(image.tobytes()).digest(), image.shape, tuple(sorted(thresholds.items())))
        scene = self._scenes.pop(key, None) or Scene(image, self._sight, thresholds, self._inpainter)
        self._scenes[key] = scene
        while len(self._scenes) > 1 and sum(known.image[..., 0].size for known in self._scenes.values()) > _REMEMBERED:
            del self._scenes[next(iter(self._scenes))]
        return scene


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


def _pair(made: Edited, scene: Scene, request: EditingRequest) -> EditedPair:
    changed = np.asarray((scene.image != made.image).any(axis=2))
    edit = Edit(
        operation=request.operation, box=bounds(changed), boxes=places(changed), mask=encoded(changed),
        before=made.before, after=made.after, seed=request.seed, index=request.index, round=request.round,
        scores=scored((scene.image, made.image), changed, made.remains, made.shows),
    )  # fmt: skip
    caption1, caption2 = captions(request, [item.label for item in scene.objects], made)
    after = base64.b64encode(encode_png(made.image))
    return EditedPair(image2=after, caption1=caption1, caption2=caption2, edit=edit)
