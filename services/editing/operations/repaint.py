"""Objects of photos painted over, or others painted in their place, by a network that is told what to paint."""

import time
from functools import partial

from imgdiff import weights
from imgdiff.errors import InvalidRequest
from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.seeds import derive
from imgdiff.stages import Editing, EditingRequest
from services.editing.operations.answers import answered
from services.editing.operations.attempts import NO_TARGET, drawn, named
from services.editing.operations.confirmation import fits_in, gone, seen
from services.editing.operations.edit import Edited, Refused, Try, refuse
from services.editing.photo.labels import label_of
from services.editing.photo.scene import Scene
from services.editing.photo.scene_cache import Scenes
from services.editing.photo.vision import WEIGHTS
from services.editing.removal.inpainting import BACKGROUND, PromptedInpainter, trial
from services.editing.rewriting.rewrite import RewriteOrder, Rewriter
from services.editing.schema import EditWork
from services.english.inflection import with_article
from services.serving.cancellation import Cancellation

PAINTED = (Operation.REMOVE, Operation.REPLACE)


class PhotoPainting:
    """Removes and replaces one object of a photo; another index or round takes another object or another noise."""

    def __init__(self, scenes: Scenes, inpainter: PromptedInpainter, rewriter: Rewriter) -> None:
        self._scenes, self._inpainter, self._rewriter = scenes, inpainter, rewriter
        self.models: tuple[ModelUse, ...] = (*inpainter.models, *weights.use("editing", *WEIGHTS))

    def warm_up(self) -> None:
        """Paint once."""
        image, thing = trial()
        self._inpainter.paint(image, thing, BACKGROUND, 0, Cancellation())

    def __call__(self, work: EditWork, cancellation: Cancellation) -> Editing:
        """Raises WorkCancelled within one step of the cancellation."""
        started, request = time.perf_counter(), work.request
        if work.image is None or request.operation not in PAINTED:
            raise InvalidRequest.at("/request/operation", "unknown", "a photo is inpainted to remove or to replace")
        scene = self._scenes.of(work.image, request.thresholds)
        made = scene.image_too_small() or self._made(scene, request, cancellation)
        chosen = request.operation is Operation.REPLACE and request.replacement is None
        used = (*self.models, *(self._rewriter.models if chosen else ()))
        return answered((made,) if isinstance(made, Reason) else made, scene, request, used, started)

    def _made(self, scene: Scene, request: EditingRequest, cancellation: Cancellation) -> Edited | Reason:
        """The order's next object, easy ones sooner; painting is dear, so there is one try a call."""
        tries = [
            Try(partial(self._painted, scene, target, request, cancellation), scene.ease(target))
            for target in named(request.target, scene)
        ]
        turn = request.round * request.count + request.index
        return drawn(tries, request)[turn % len(tries)].make() if tries else NO_TARGET

    def _painted(self, scene: Scene, target: int, request: EditingRequest, cancellation: Cancellation) -> Edited:
        refuse(scene.unsuitable(target))
        item = scene.objects[target]
        after = self._replacement(item.label, request)
        prompt = BACKGROUND if after is None else f"a photo of {with_article(after)}"
        seed = derive(request.seed, request.index, request.round, "noise")
        image, place = self._inpainter.paint(scene.image, scene.mask(target), prompt, seed, cancellation)
        if after is None:
            fits_in(scene, scene.sight.strangeness(image, place))
        known = None if after is None else label_of(after, scene.sight.labels)
        left = None if known == item.label else gone(scene, image, target)  # a new dog is no old one
        there = None if known is None else seen(scene, image, known, item.box)
        return Edited(image, before=item.label, after=after, remains=left, shows=there, place=place)

    def _replacement(self, label: str, request: EditingRequest) -> str | None:
        """The new noun, None to remove; one that was not named is chosen as it is for a caption."""
        if request.operation is Operation.REMOVE or request.replacement is not None:
            return request.replacement if request.operation is Operation.REPLACE else None
        seed = derive(request.seed, request.index, request.round, "caption")
        order = RewriteOrder(f"a photo of {with_article(label)}", Operation.REPLACE, label, None, seed)
        (rewritten,) = self._rewriter.rewrite([order])
        if isinstance(rewritten, Reason):
            raise Refused(rewritten)
        return rewritten.after
