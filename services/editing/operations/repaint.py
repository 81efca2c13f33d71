"""Repaint: an object of a photo is painted over, or another one in its place, by a network that follows a prompt."""

from functools import partial

from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.seeds import derive
from imgdiff.stages import EditingRequest
from services.editing.operations.confirmation import check_anomaly, check_gone, check_visible
from services.editing.operations.edit import (
    EXHAUSTED,
    NO_TARGET,
    Attempt,
    EditedPhoto,
    Refused,
    refuse,
    shuffle_attempts,
)
from services.editing.operations.placement import name_others, take_together
from services.editing.photo.scene import Scene
from services.editing.removal.inpainting import BACKGROUND, PromptedInpainter, warm_up_input
from services.editing.rewriting.rewrite import Rewriter, RewriteRequest
from services.editing.schema import EditWork
from services.english.inflection import with_article
from services.objects.labels import label_of
from services.serving.cancellation import Cancellation

_OPERATIONS = (Operation.REMOVE, Operation.REPLACE)


class ObjectPainter:
    """Removes and replaces one object of a photo; every index takes another object, or another replacement of it."""

    def __init__(self, inpainter: PromptedInpainter, rewriter: Rewriter) -> None:
        self._inpainter, self._rewriter = inpainter, rewriter
        self.models: tuple[ModelUse, ...] = inpainter.models

    def warm_up(self) -> None:
        """Paint one hole."""
        image, mask = warm_up_input()
        self._inpainter.paint(image, mask, BACKGROUND, 0, Cancellation())

    def accepts(self, work: EditWork) -> bool:
        """Whether the painter makes the edit: it removes and replaces, unless the client sent its own source photo."""
        sent_source = work.donors and not work.request.drawn_donors
        return work.request.operation in _OPERATIONS and not sent_source

    def rewriter_models(self, request: EditingRequest) -> tuple[ModelUse, ...]:
        """The models of the rewriter, where it chooses the replacement."""
        chosen = request.operation is Operation.REPLACE and request.replacement is None
        return self._rewriter.models if chosen else ()

    def edit(self, scene: Scene, request: EditingRequest, cancellation: Cancellation) -> EditedPhoto | Reason:
        """One attempt on the request's next object, easy ones first, since painting is slow.

        Raises WorkCancelled within one step of the cancellation.
        """
        too_small = scene.image_too_small()
        if too_small:
            return too_small
        attempts = [
            Attempt(partial(self._paint, scene, target, request, cancellation), scene.ease(target))
            for target in scene.find(request.target)
        ]
        if not attempts:
            return NO_TARGET
        drawn, turn = shuffle_attempts(attempts, request.seed), request.round * request.count + request.index
        if request.operation is Operation.REMOVE or request.replacement is not None:
            drawn, turn = drawn[request.index :: request.count], request.round  # the object is this pair's alone
        return drawn[turn % len(drawn)].make() if drawn else EXHAUSTED

    def _paint(self, scene: Scene, target: int, request: EditingRequest, cancellation: Cancellation) -> EditedPhoto:
        refuse(scene.unsuitable(target))
        item = scene.objects[target]
        after = self._choose_replacement(item.label, request)
        prompt = BACKGROUND if after is None else f"a photo of {with_article(after)}"
        seed = derive(request.seed, request.index, request.round, "noise")
        together = take_together(scene, target)
        image, mask = self._inpainter.paint(scene.image, scene.pixels(together), prompt, seed, cancellation)
        if after is None:
            check_anomaly(scene, scene.vision.anomaly_score(image, mask))
        new_label = None if after is None else label_of(after, scene.vision.labels)
        # a dog in place of a dog is detected as both
        score_before = None if new_label == item.label else check_gone(scene, image, together)
        score_after = None if new_label is None else check_visible(scene, image, new_label, item.box)
        also = name_others(scene, together)
        return EditedPhoto(image, item.label, after, score_before, score_after, mask, also)

    def _choose_replacement(self, label: str, request: EditingRequest) -> str | None:
        """The new noun, None to remove; without a given noun the caption's rewriter chooses it."""
        if request.operation is Operation.REMOVE:
            return None
        if request.replacement is not None:
            return request.replacement
        seed = derive(request.seed, request.index, request.round, "caption")
        rewrite_request = RewriteRequest(f"a photo of {with_article(label)}", Operation.REPLACE, label, None, seed)
        (rewritten,) = self._rewriter.rewrite([rewrite_request])
        if isinstance(rewritten, Reason):
            raise Refused(rewritten)
        return rewritten.after
