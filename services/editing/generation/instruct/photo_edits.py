"""Edits of a photo by instruction: what becomes of the thing, and what the model is told."""

import random
from dataclasses import dataclass

from imgdiff.records import Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.compositing.colours import distance_to_colour
from services.editing.generation.instruct import sentences
from services.editing.generation.instruct.target import Target, derive_shared_seed, find_middle
from services.editing.generation.pairs import derive_seed
from services.editing.photo.scene import Scene
from services.editing.rewriting.rewrite import RewriteRequest
from services.editing.rewriting.sides import read_side
from services.editing.rewriting.targets import NO_NOUN, NOT_SAYABLE
from services.english.colours import BASIC
from services.english.head_nouns import head_noun
from services.english.inflection import read_number, with_article


@dataclass(frozen=True)
class PhotoEdit:
    """An instruction, and the nouns of what was there and of what is there now."""

    instruction: str
    before: str | None
    after: str | None


def ask_replacement(
    request: EditingRequest, target: Target | None, described: str | None
) -> RewriteRequest | Reason | None:
    """What the rewriter is asked for a new thing that the request leaves open; null where it leaves none.

    `described` is a caption of the photo by what was detected in it.
    """
    if request.operation not in (Operation.REPLACE, Operation.ADD) or request.replacement is not None:
        return None
    caption = request.caption if target is None else f"a photo of {with_article(target.noun)}"
    caption = caption or described
    if caption is None:
        return NO_NOUN
    noun, seed = None if target is None else target.noun, derive_seed(request, "caption")
    return RewriteRequest(caption, request.operation, noun, None, seed)


def plan_edit(scene: Scene, request: EditingRequest, target: Target | None, new: str | None) -> PhotoEdit | Reason:
    """The edit of the target; `new` is the new thing of a replacement or an addition."""
    if target is None or request.operation is Operation.ADD:
        beside = None if target is None else target.phrase
        return NO_NOUN if new is None else PhotoEdit(sentences.add(sentences.indefinite(new), beside), None, _noun(new))
    made: PhotoEdit | Reason = NO_NOUN
    match request.operation:
        case Operation.REPLACE if new is not None:
            made = PhotoEdit(sentences.replace(target.phrase, sentences.indefinite(new)), target.noun, _noun(new))
        case Operation.REMOVE:
            made = PhotoEdit(sentences.remove(target.phrase), target.noun, None)
        case Operation.RECOLOUR:
            made = _recolour(scene, request, target)
        case Operation.MOVE:
            made = _move(scene, request, target)
        case Operation.RECOUNT:
            made = _recount(request, target)
    return made


def _noun(phrase: str) -> str:
    return head_noun(phrase) or " ".join(phrase.split())


def _recolour(scene: Scene, request: EditingRequest, target: Target) -> PhotoEdit:
    colour = request.replacement or _draw_colour(scene, request, target)
    colour = " ".join(colour.lower().split())
    return PhotoEdit(sentences.recolour(target.phrase, colour), target.noun, f"{colour} {target.noun}")


def _draw_colour(scene: Scene, request: EditingRequest, target: Target) -> str:
    """A basic colour, by the seed; not the one that is nearest to the thing's own where its place is known."""
    colours = list(BASIC)
    if target.index is not None:
        mask = scene.mask(target.index)
        colours.remove(min(BASIC, key=lambda name: distance_to_colour(scene.image, mask, name)))
    random.Random(derive_shared_seed(request, "colour", target.phrase)).shuffle(colours)  # noqa: S311  no secret
    return colours[target.choice % len(colours)]


def _move(scene: Scene, request: EditingRequest, target: Target) -> PhotoEdit | Reason:
    """To the given side; else to the other side of the picture, by the seed where it is unknown which that is."""
    side = read_side(request.replacement or "")
    if request.replacement is not None and side is None:
        return NOT_SAYABLE
    if side is None:
        rightmost = (derive_shared_seed(request, "side", target.phrase) + target.choice) % 2 == 0
        if target.index is not None:
            rightmost = find_middle(scene.objects[target.index].box) > scene.image.shape[1] / 2
        side = "left" if rightmost else "right"
    return PhotoEdit(sentences.move(target.phrase, side), target.noun, target.noun)


def _recount(request: EditingRequest, target: Target) -> PhotoEdit | Reason:
    """To the given number; else one more or one less by the seed, one more where only one or none was detected."""
    now, asked = target.count, (request.replacement or "").strip().lower()
    wanted = read_number(asked)
    if asked and (not wanted or wanted == now):
        return NOT_SAYABLE
    if wanted is None and now == 0:
        return PhotoEdit(sentences.one_more(target.noun), None, target.noun)
    fewer = now > 1 and (derive_shared_seed(request, "count", target.phrase) + target.choice) % 2
    after = wanted or (now - 1 if fewer else now + 1)
    nouns = (target.noun, None) if after < now else (None, target.noun)
    return PhotoEdit(sentences.recount(target.noun, now or None, after), *nouns)
