"""Edits of a photo by instruction: which thing, what becomes of it, and what the model is told.

The thing is the request's target, whether or not the detector knows such things; without a target one that the caption
mentions, if possible a detected one, else one that is detected. A thing that the request marks is named by its place.
"""

import random
from dataclasses import dataclass

from imgdiff.records import Box, Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.compositing.colours import distance_to_colour
from services.editing.generation.instruct import sentences
from services.editing.generation.pairs import derive_seed
from services.editing.operations.edit import NO_TARGET
from services.editing.photo.scene import Scene
from services.editing.rewriting.rewrite import RewriteRequest
from services.editing.rewriting.sides import read_side
from services.editing.rewriting.targets import NO_NOUN, NOT_SAYABLE, read_mentions, shuffle
from services.english.colours import BASIC
from services.english.head_nouns import head_noun
from services.english.inflection import plural, read_number, with_article
from services.english.things import thing
from services.objects.photo_objects import UNNAMED

_APART = 0.15  # of the width between the middles of two things, called the left and the right one; chosen, not measured

_NINTHS = (
    ("at the top left", "at the top", "at the top right"),
    ("on the left", "in the middle", "on the right"),
    ("at the bottom left", "at the bottom", "at the bottom right"),
)


@dataclass(frozen=True)
class Target:
    """The thing to edit: its noun, its name in a sentence, how many were detected, and which it is if that is clear."""

    noun: str
    phrase: str
    count: int = 0
    index: int | None = None


@dataclass(frozen=True)
class PhotoEdit:
    """An instruction, and the nouns of what was there and of what is there now."""

    instruction: str
    before: str | None
    after: str | None


def choose_target(scene: Scene, request: EditingRequest) -> Target | Reason | None:
    """The thing to edit, or why there is none; null for an addition beside nothing in particular."""
    if scene.is_marked:
        return _describe(scene, 0, request.target)
    if request.target is not None:
        noun = head_noun(request.target) or " ".join(request.target.split())
        found = scene.find(request.target)
        return Target(noun, sentences.definite(request.target), len(found), _only(found))
    if request.operation is Operation.ADD:
        return None
    return _choose_mentioned(scene, request) or _choose_detected(scene, request) or NO_TARGET


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


def _choose_mentioned(scene: Scene, request: EditingRequest) -> Target | None:
    things = () if request.caption is None else read_mentions(request.caption)
    if isinstance(things, Reason):
        return None
    found = [(each, scene.find(each.noun)) for each in shuffle(things, derive_seed(request, "target"))]
    loose = [(each, alike) for each, alike in found if not _carries(scene, each.noun, alike)]
    chosen = next((item for item in loose if item[1]), next(iter(loose or found), None))
    if chosen is None:
        return None
    mention, alike = chosen
    return Target(mention.noun, sentences.definite(mention.text), len(alike), _only(alike))


def _choose_detected(scene: Scene, request: EditingRequest) -> Target | None:
    """Another object for every index and round, small ones first; an object in its own colour keeps it."""
    chosen = scene.targets(None)
    if request.operation is Operation.RECOLOUR:
        chosen = [index for index in chosen if thing(scene.objects[index].label).recolourable]
    if not chosen:
        return None
    drawing = random.Random(derive_seed(request.model_copy(update={"index": 0, "round": 0}), "target"))  # noqa: S311
    drawn = sorted(chosen, key=lambda index: drawing.expovariate(scene.ease(index)))
    return _describe(scene, drawn[(request.round * request.count + request.index) % len(drawn)], None)


def _describe(scene: Scene, index: int, given: str | None) -> Target:
    """One object, by the request's words for it or its label, and by its place where there are several."""
    label = scene.objects[index].label
    alike = [other for other, item in enumerate(scene.objects) if item.label == label]
    named = sentences.definite(given or label)
    place = _name_place(scene, index, alike) if len(alike) > 1 or label == UNNAMED else ""
    phrase = f"one of the {plural(label)}" if place is None else f"{named} {place}".strip()
    return Target(label, phrase, len(alike), index)


def _name_place(scene: Scene, index: int, alike: list[int]) -> str | None:
    """`on the left` of two that stand apart, else `at the top left of the picture`; null where that is not only one."""
    others = [scene.objects[other].box for other in alike if other != index]
    if len(others) == 1:
        apart = _middle(scene.objects[index].box) - _middle(others[0])
        if abs(apart) > _APART * scene.image.shape[1]:
            return f"on the {'left' if apart < 0 else 'right'}"
    place = _ninth(scene.objects[index].box, scene.image.shape)
    return None if any(_ninth(box, scene.image.shape) == place for box in others) else f"{place} of the picture"


def _ninth(box: Box, shape: tuple[int, ...]) -> str:
    """Where the middle of a box is in an image of that shape, in thirds."""
    row, column = (3 * (box[at] + box[at + 2]) // (2 * shape[1 - at]) for at in (1, 0))
    return _NINTHS[min(row, 2)][min(column, 2)]


def _carries(scene: Scene, noun: str, found: list[int]) -> bool:
    """Whether other things usually are on it: a table, under any name."""
    return any(thing(name).support for name in (noun, *(scene.objects[index].label for index in found)))


def _only(found: list[int]) -> int | None:
    return found[0] if len(found) == 1 else None


def _middle(box: Box) -> float:
    return (box[0] + box[2]) / 2


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
    return random.Random(derive_seed(request, "colour")).choice(colours)  # noqa: S311  a choice, no secret


def _move(scene: Scene, request: EditingRequest, target: Target) -> PhotoEdit | Reason:
    """To the given side; else to the other side of the picture, by the seed where it is unknown which that is."""
    side = read_side(request.replacement or "")
    if request.replacement is not None and side is None:
        return NOT_SAYABLE
    if side is None:
        rightmost = derive_seed(request, "side") % 2 == 0
        if target.index is not None:
            rightmost = _middle(scene.objects[target.index].box) > scene.image.shape[1] / 2
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
    after = wanted or (now - 1 if now > 1 and derive_seed(request, "count") % 2 else now + 1)
    nouns = (target.noun, None) if after < now else (None, target.noun)
    return PhotoEdit(sentences.recount(target.noun, now or None, after), *nouns)
