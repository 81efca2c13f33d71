"""Edits of photos: the seed orders the attempts that a photo allows, and the first that succeeds is the answer."""

import time
from collections.abc import Sequence

import numpy as np

from imgdiff import weights
from imgdiff.errors import InvalidRequest
from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.stages import Editing, EditingRequest
from services.editing.limits import ATTEMPTS_PER_ROUND
from services.editing.operations.answers import build_answer
from services.editing.operations.copy_paste import list_additions, list_replacements
from services.editing.operations.edit import (
    EXHAUSTED,
    NO_SOURCE,
    NO_TARGET,
    Attempt,
    EditedPhoto,
    deal_attempts,
    shuffle_attempts,
)
from services.editing.operations.move import list_moves
from services.editing.operations.recolour import list_recolourings
from services.editing.operations.recount import list_copies, list_repeated
from services.editing.operations.remove import list_removals
from services.editing.operations.repaint import ObjectPainter
from services.editing.photo.scene import Scene
from services.editing.photo.scene_cache import SceneCache
from services.editing.photo.vision import WEIGHTS, PhotoVision
from services.editing.removal.inpainting import Inpainter, warm_up_input
from services.editing.removal.object_removal import ObjectRemover
from services.editing.schema import EditWork
from services.english.colours import basic_term
from services.serving.cancellation import Cancellation

_NEEDS_SOURCE = (Operation.REPLACE, Operation.ADD)


class PhotoEditor:
    """Edits one photo at a time. An inpainter fills holes first; a painter removes and replaces."""

    def __init__(
        self, vision: PhotoVision, inpainter: Inpainter | None = None, painter: ObjectPainter | None = None
    ) -> None:
        self._vision, self._inpainter, self._painter = vision, inpainter, painter
        self._scenes = SceneCache(vision, ObjectRemover(vision.anomaly_score, inpainter))
        own = () if inpainter is None else inpainter.models
        self._models: tuple[ModelUse, ...] = (*weights.use("editing", *WEIGHTS), *own)

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of every part."""
        painted = () if self._painter is None else self._painter.models
        return tuple(dict.fromkeys((*painted, *self._models)))

    def warm_up(self) -> None:
        """Run every network."""
        blank = np.zeros((64, 64, 3), np.uint8)
        self._vision.detect(blank)
        self._vision.tokens(blank)
        if self._inpainter is not None:
            self._inpainter(*warm_up_input())
        if self._painter is not None:
            self._painter.warm_up()

    def edit(self, work: EditWork, cancellation: Cancellation) -> Editing:
        """Raises InvalidRequest where a photo is missing, WorkCancelled between two attempts or steps."""
        started, request = time.perf_counter(), work.request
        if work.image is None:
            raise InvalidRequest.at("/image", "missing", "a photo to edit is required")
        if self._painter is not None and self._painter.accepts(work):
            scene = self._scenes.scene(work.image, request.thresholds, work.target)
            made = self._painter.edit(scene, request, cancellation)
            used = (*self._painter.models, *weights.use("editing", *WEIGHTS), *self._painter.rewriter_models(request))
            return build_answer((made,) if isinstance(made, Reason) else made, scene, request, used, started)
        if request.operation in _NEEDS_SOURCE and not work.donors:
            detail = f"{request.operation} takes the new object from another photo; send one as donor"
            raise InvalidRequest.at("/donor", "missing", detail)
        scene = self._scenes.scene(work.image, request.thresholds, work.target)
        sources = [self._scenes.scene(photo, request.thresholds, marked) for photo, marked in work.sources]
        attempts = _list_attempts(request, scene, sources)
        result = (attempts,) if isinstance(attempts, Reason) else _make_first(attempts, request, cancellation)
        return build_answer(result, scene, request, self._models, started)


def _list_attempts(request: EditingRequest, scene: Scene, sources: Sequence[Scene]) -> list[Attempt] | Reason:
    """All attempts in the order that the seed draws, or why there is none."""
    too_small = scene.image_too_small()
    if too_small:
        return too_small
    adds = request.operation is Operation.ADD
    targets = () if adds else scene.find(request.target)
    if not targets and not adds:
        return NO_TARGET
    found = _list_attempts_on(targets, request, scene, sources)
    if not found and request.operation in _NEEDS_SOURCE:
        return NO_SOURCE
    if not found and request.operation is Operation.RECOLOUR:
        return NO_TARGET
    return shuffle_attempts(found, request.seed)


def _list_attempts_on(
    targets: Sequence[int], request: EditingRequest, scene: Scene, sources: Sequence[Scene]
) -> list[Attempt]:
    match request.operation:
        case Operation.REMOVE:
            return list_removals(scene, targets)
        case Operation.MOVE:
            return list_moves(scene, targets)
        case Operation.RECOUNT:
            return list_removals(scene, list_repeated(scene, targets)) + list_copies(scene, targets)
        case Operation.RECOLOUR:
            colour = basic_term(request.replacement) if request.replacement else None
            return list_recolourings(scene, targets, colour, named=request.target is not None)
        case Operation.REPLACE:
            return list_replacements(scene, targets, sources, request.replacement, chosen=not request.drawn_donors)
        case Operation.ADD:
            return list_additions(scene, sources, request.replacement, chosen=not request.drawn_donors)


def _make_first(
    attempts: Sequence[Attempt], request: EditingRequest, cancellation: Cancellation
) -> EditedPhoto | tuple[Reason, ...]:
    """The first success among this pair's attempts of this round, or why all of them failed.

    The pairs of a request share the attempts among them, so no two of them are alike.
    """
    share = deal_attempts(attempts, request.index, request.count)
    first = request.round * ATTEMPTS_PER_ROUND
    reasons: dict[Reason, None] = {}
    for attempt in share[first : first + ATTEMPTS_PER_ROUND]:
        cancellation.check()
        result = attempt.make()
        if isinstance(result, EditedPhoto):
            return result
        if result != EXHAUSTED:
            reasons[result] = None
    if len(share) < first + ATTEMPTS_PER_ROUND:
        cancellation.check()
        reasons[EXHAUSTED] = None
    return tuple(reasons) or (EXHAUSTED,)
