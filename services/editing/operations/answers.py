"""The service's answer to an edit of a photo."""

import base64
import time
from collections.abc import Sequence

import numpy as np

from imgdiff.images import encode_png
from imgdiff.records import ModelUse, Reason
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.operations.captions import write_captions
from services.editing.operations.edit import EditedPhoto
from services.editing.operations.edit_scores import describe_edit, score_edit
from services.editing.photo.scene import Scene


def build_answer(
    result: EditedPhoto | Sequence[Reason],
    scene: Scene,
    request: EditingRequest,
    models: tuple[ModelUse, ...],
    started: float,
) -> Editing:
    """The pair, or why there is none; `started` is of `time.perf_counter`."""
    pair = _build_pair(result, scene, request) if isinstance(result, EditedPhoto) else None
    reasons = () if isinstance(result, EditedPhoto) else tuple(result)
    seconds = time.perf_counter() - started
    return Editing(pair=pair, reasons=reasons, models=models, parameters=dict(scene.thresholds), seconds=seconds)


def _build_pair(made: EditedPhoto, scene: Scene, request: EditingRequest) -> EditedPair:
    changed = np.asarray((scene.image != made.image).any(axis=2)) if made.mask is None else made.mask
    scores = score_edit((scene.image, made.image), changed, made.score_before, made.score_after)
    donor = None
    if made.source is not None and made.source < len(request.donors):
        donor = request.donors[made.source].use(made.after)
    edit = describe_edit(request, changed, made.before, made.after, scores)
    edit = edit.model_copy(update={"also": made.also, "donor": donor})
    caption1, caption2 = write_captions(request, [item.label for item in scene.objects], made)
    image2 = base64.b64encode(encode_png(made.image))
    return EditedPair(image2=image2, caption1=caption1, caption2=caption2, edit=edit)
