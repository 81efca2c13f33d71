"""The pair maker of models that edit by instruction: photos, and captions where the model generates images too."""

from collections.abc import Callable, Sequence

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.editing.generation.instruct.caption_edits import write_instruction
from services.editing.generation.instruct.pairs import ImageMaker, ImageRequest, InstructedPair
from services.editing.generation.instruct.photo_edits import PhotoEdit, ask_replacement, plan_edit
from services.editing.generation.instruct.photo_targets import choose_target
from services.editing.generation.instruct.target import Target
from services.editing.generation.pairs import UNREAD, GeneratedPair, PlannedPair, derive_seed
from services.editing.operations.captions import describe, write_captions
from services.editing.operations.edit import EditedPhoto
from services.editing.photo.scene import Scene
from services.editing.photo.scene_cache import SceneCache
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest, ask_for_caption
from services.editing.schema import EditWork

_WARM_UP = "Replace the cat with a dog."


class InstructMaker:
    """See `PairMaker`: photos, unless the client sent its own source photo, and captions if the model generates."""

    candidates = 1

    def __init__(self, make_images: ImageMaker, scenes: SceneCache) -> None:
        self._make_images, self._scenes = make_images, scenes
        self.models = make_images.models

    def accepts(self, work: EditWork) -> bool:
        """See `PairMaker`."""
        if work.image is None:
            return self._make_images.generates
        return not work.donors or work.request.drawn_donors

    def ask(self, work: EditWork) -> RewriteRequest | Reason | None:
        """See `PairMaker`."""
        if work.image is None:
            return ask_for_caption(work.request, derive_seed(work.request, "caption"))
        scene, target = self._look(work)
        described = describe([item.label for item in scene.objects])
        return target if isinstance(target, Reason) else ask_replacement(work.request, target, described)

    def plan(
        self, work: EditWork, rewrite: Rewrite | None, cancelled: Callable[[], bool]
    ) -> PlannedPair[InstructedPair] | Reason:
        """See `PairMaker`."""
        parameters: dict[str, float] = {}
        if work.image is None and rewrite is not None:
            instruction = write_instruction(work.request, rewrite)
            captions: tuple[str | None, str | None] = (rewrite.caption1, rewrite.caption2)
            nouns = (rewrite.before, rewrite.after)
        else:
            scene, target = self._look(work)
            new = work.request.replacement if rewrite is None else rewrite.after
            edit = target if isinstance(target, Reason) else plan_edit(scene, work.request, target, new)
            if isinstance(edit, Reason):
                return edit
            instruction, nouns = edit.instruction, (edit.before, edit.after)
            captions = _write_captions(scene, work, edit)
            parameters = {"edit.image_too_small": scene.thresholds["edit.image_too_small"]}
        if not all(self._make_images.reads(text) for text in (instruction, captions[0] or "")):
            return UNREAD
        seeds = derive_seed(work.request, "noise"), derive_seed(work.request, "edit noise")
        pair = InstructedPair(work.image, captions[0], instruction, seeds, cancelled)
        return PlannedPair(captions, nouns, (pair,), (parameters,), instruction)

    def _look(self, work: EditWork) -> tuple[Scene, Target | Reason | None]:
        if work.image is None:
            raise ValueError("only photos are looked at")
        scene = self._scenes.scene(work.image, work.request.thresholds, work.target)
        return scene, scene.image_too_small() or choose_target(scene, work.request)

    def make(self, candidates: Sequence[InstructedPair]) -> list[GeneratedPair | Reason | None]:
        """See `PairMaker`: first all images that are generated, then all edits."""
        firsts = self._make_firsts(candidates)
        edits = {
            number: ImageRequest(pair.instruction, pair.seeds[1], first, pair.cancelled)
            for number, (pair, first) in enumerate(zip(candidates, firsts, strict=True))
            if first is not None and not isinstance(first, Reason)
        }
        seconds = dict(zip(edits, self._make_images(list(edits.values())), strict=True))
        made: list[GeneratedPair | Reason | None] = []
        for number, first in enumerate(firsts):
            second = seconds.get(number)
            if first is None or isinstance(first, Reason):
                made.append(first)
            else:
                made.append(second if second is None or isinstance(second, Reason) else GeneratedPair(first, second))
        return made

    def _make_firsts(self, candidates: Sequence[InstructedPair]) -> list[RGB | Reason | None]:
        wanted = [pair for pair in candidates if pair.photo is None]
        requests = [ImageRequest(pair.caption or "", pair.seeds[0], None, pair.cancelled) for pair in wanted]
        made = iter(self._make_images(requests))
        return [next(made) if pair.photo is None else pair.photo for pair in candidates]

    def warm_up(self) -> list[GeneratedPair | Reason | None]:
        """See `PairMaker`."""
        photo = None if self._make_images.generates else np.full((512, 512, 3), 128, np.uint8)
        return self.make([InstructedPair(photo, "a photo of a cat", _WARM_UP, (0, 1))])


def _write_captions(scene: Scene, work: EditWork, edit: PhotoEdit) -> tuple[str | None, str | None]:
    labels = [item.label for item in scene.objects]
    return write_captions(work.request, labels, EditedPhoto(scene.image, edit.before, edit.after))
