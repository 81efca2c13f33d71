"""Edits of real photos by inpainting to a prompt; what is edited is found as the embedded backend finds it."""

import base64
import random
import time
from collections.abc import Sequence

from imgdiff import models
from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, encode_png
from imgdiff.records import Edit, EditScores, ModelUse, Operation, Reason
from imgdiff.seeds import derived
from imgdiff.stages import EditedPair, Editing, EditingRequest
from services.editing.accepting import scored
from services.editing.backends.embedded import THRESHOLDS
from services.editing.boxes import bounds
from services.editing.edited import Edited
from services.editing.inpainting import BACKGROUND, PromptedInpainter
from services.editing.nouns import label_of
from services.editing.rewriting.rewrite import RewriteOrder, Rewriter
from services.editing.scene import Scene
from services.editing.schema import EditWork
from services.editing.sight import WEIGHTS, Sight
from services.editing.wording import captions
from services.embedded.masks import Flags, encoded
from services.embedded.nouns import with_article
from services.serving.cancellation import Cancellation

PAINTED = (Operation.REMOVE, Operation.REPLACE)
_NO_TARGET = Reason(code="edit.target_not_found")
_LEAST_SEEN = 0.3


class PhotoInpainting:
    """Removes and replaces one object of a photo; another index or round takes another object or another noise."""

    def __init__(self, sight: Sight, inpainter: PromptedInpainter, rewriter: Rewriter) -> None:
        self._sight, self._inpainter, self._rewriter = sight, inpainter, rewriter
        self.models: tuple[ModelUse, ...] = (*inpainter.models, *models.use("editing", *WEIGHTS))

    def __call__(self, work: EditWork, cancellation: Cancellation) -> Editing:
        """Raises WorkCancelled within one step of the cancellation."""
        started = time.perf_counter()
        if work.image is None or work.request.operation not in PAINTED:
            raise InvalidRequest.at("/request/operation", "unknown", "a photo is inpainted to remove or to replace")
        given = work.request.thresholds
        thresholds = THRESHOLDS | {code: value for code, value in given.items() if code in THRESHOLDS}
        scene = Scene(work.image, self._sight, thresholds)
        target = _target(scene, work.request)
        made = _NO_TARGET if target is None else self._edited(scene, target, work.request, cancellation)
        seconds = time.perf_counter() - started
        pair, reasons = (None, (made,)) if isinstance(made, Reason) else (made, ())
        return Editing(pair=pair, reasons=reasons, models=self.models, parameters=thresholds, seconds=seconds)

    def _edited(
        self, scene: Scene, target: int, request: EditingRequest, cancellation: Cancellation
    ) -> EditedPair | Reason:
        if reason := scene.unsuitable(target):
            return reason
        label, box = scene.objects[target].label, scene.objects[target].box
        after = self._replacement(label, request)
        if isinstance(after, Reason):
            return after
        prompt = BACKGROUND if after is None else f"a photo of {with_article(after)}"
        seed = derived(request.seed, request.index, request.round, "noise")
        painted, place = self._inpainter.paint(scene.image, scene.mask(target), prompt, seed, cancellation)
        known = None if after is None else label_of(after, self._sight.labels)
        seen = None if known is None else self._sight.shows(painted, known, box)
        remains = None if known == label else self._sight.remains(painted, label, box)  # a new dog is no old one
        scores = scored((scene.image, painted), place, remains, seen)
        return _refusal(scores) or _pair(scene, request, (label, after), painted, place, scores)

    def _replacement(self, label: str, request: EditingRequest) -> str | Reason | None:
        """The new noun, None to remove; one that was not named is chosen as it is for a caption."""
        if request.operation is Operation.REMOVE or request.replacement is not None:
            return request.replacement if request.operation is Operation.REPLACE else None
        seed = derived(request.seed, request.index, request.round, "caption")
        order = RewriteOrder(f"a photo of {with_article(label)}", Operation.REPLACE, label, None, seed)
        (rewritten,) = self._rewriter.rewrite([order])
        return rewritten if isinstance(rewritten, Reason) else rewritten.after


def _target(scene: Scene, request: EditingRequest) -> int | None:
    """The order's object: drawn from the seed, easy ones sooner, each index and round the next one."""
    label = None if request.target is None else label_of(request.target, scene.sight.labels)
    found: Sequence[int] = [] if request.target is not None and label is None else scene.targets(label)
    drawing = random.Random(request.seed)  # noqa: S311  a choice, no secret
    drawn = sorted(found, key=lambda one: drawing.expovariate(scene.ease(one)))
    turn = request.round * request.count + request.index
    return drawn[turn % len(drawn)] if drawn else None


def _refusal(scores: EditScores) -> Reason | None:
    if scores.before:
        return Reason(code="edit.not_confirmed", value=round(scores.before, 4), threshold=0.0)
    if scores.after is not None and scores.after < _LEAST_SEEN:
        return Reason(code="edit.not_confirmed", value=round(scores.after, 4), threshold=_LEAST_SEEN)
    return None


def _pair(
    scene: Scene, request: EditingRequest, nouns: tuple[str, str | None], painted: RGB, place: Flags, scores: EditScores
) -> EditedPair:
    edit = Edit(
        operation=request.operation, box=bounds(place), boxes=(bounds(place),), mask=encoded(place), before=nouns[0],
        after=nouns[1], seed=request.seed, index=request.index, round=request.round, scores=scores,
    )  # fmt: skip
    caption1, caption2 = captions(request, [item.label for item in scene.objects], Edited(painted, *nouns))
    image2 = base64.b64encode(encode_png(painted))
    return EditedPair(image2=image2, caption1=caption1, caption2=caption2, edit=edit)
