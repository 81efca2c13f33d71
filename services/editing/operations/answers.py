"""What became of an edit of a photo, as the service answers it."""

import base64
import time
from collections.abc import Sequence

import numpy as np

from imgdiff.images import encode_png
from imgdiff.records import Edit, ModelUse, Reason
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.operations.captions import captions
from services.editing.operations.edit import Edited
from services.editing.operations.edit_scores import scored
from services.editing.photo.scene import Scene
from services.imaging.masks import bounds, encode_mask, split_parts


def answered(
    made: Edited | Sequence[Reason], scene: Scene, request: EditingRequest, used: tuple[ModelUse, ...], started: float
) -> Editing:
    """The pair, or why there is none; `started` is what `time.perf_counter` told then."""
    pair, reasons = (_pair(made, scene, request), ()) if isinstance(made, Edited) else (None, tuple(made))
    seconds = time.perf_counter() - started
    return Editing(pair=pair, reasons=reasons, models=used, parameters=dict(scene.thresholds), seconds=seconds)


def _pair(made: Edited, scene: Scene, request: EditingRequest) -> EditedPair:
    changed = np.asarray((scene.image != made.image).any(axis=2)) if made.place is None else made.place
    edit = Edit(
        operation=request.operation, box=bounds(changed), boxes=split_parts(changed), mask=encode_mask(changed),
        before=made.before, after=made.after, seed=request.seed, index=request.index, round=request.round,
        scores=scored((scene.image, made.image), changed, made.remains, made.shows),
    )  # fmt: skip
    caption1, caption2 = captions(request, [item.label for item in scene.objects], made)
    after = base64.b64encode(encode_png(made.image))
    return EditedPair(image2=after, caption1=caption1, caption2=caption2, edit=edit)
