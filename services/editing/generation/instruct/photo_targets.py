"""Which thing of a photo each pair of a request edits, and in which of the ways that are open.

The thing is the request's target, whether or not the detector knows such things; without a target one that the caption
mentions, if possible a detected one, else one that is detected. A thing that the request marks is named by its place.

The pairs of a request share all things among them: every thing has its turn before one has its second, in another way.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

from imgdiff.records import Box, Operation, Reason
from imgdiff.stages import EditingRequest
from services.editing.generation.instruct import sentences
from services.editing.generation.instruct.target import Target, derive_shared_seed, find_middle
from services.editing.operations.edit import EXHAUSTED, NO_TARGET
from services.editing.photo.scene import Scene
from services.editing.rewriting.targets import read_mentions, shuffle
from services.english.colours import BASIC
from services.english.head_nouns import head_noun
from services.english.inflection import plural
from services.english.things import thing
from services.objects.photo_objects import UNNAMED

_APART = 0.15  # of the width between the middles of two things, called the left and the right one; chosen, not measured

_NINTHS = (
    ("at the top left", "at the top", "at the top right"),
    ("on the left", "in the middle", "on the right"),
    ("at the bottom left", "at the bottom", "at the bottom right"),
)


def choose_target(scene: Scene, request: EditingRequest) -> Target | Reason | None:
    """The thing that this pair edits, or why there is none; null for an addition beside nothing in particular.

    A later round of the pair takes the next of its own share, and begins again with the first: the noise is another.
    """
    if request.operation is Operation.ADD and request.target is None:
        return None
    named = {target.phrase: target for target in _list_targets(scene, request)}
    targets = list(named.values())  # the model cannot tell apart those that have one name
    if not targets:
        return NO_TARGET
    if request.operation is Operation.ADD or (request.operation is Operation.REPLACE and request.replacement is None):
        return targets[(request.round * request.count + request.index) % len(targets)]  # the new thing is another one
    ways = [_count_ways(target, request) for target in targets]
    turns = [
        replace(target, choice=choice)
        for choice in range(max(ways))
        for target, most in zip(targets, ways, strict=True)
        if choice < most
    ]
    share = turns[request.index :: request.count]
    return share[request.round % len(share)] if share else EXHAUSTED


def _count_ways(target: Target, request: EditingRequest) -> int:
    """In how many ways, which do not look alike, the thing can be edited."""
    if request.replacement is not None:
        return 1
    match request.operation:
        case Operation.RECOLOUR:
            return len(BASIC) - (target.index is not None)  # not in its own colour
        case Operation.MOVE:
            return 1 if target.index is not None else 2  # to the other side; to either, where it is not known
        case Operation.RECOUNT:
            return 2 if target.count > 1 else 1  # one more, one less
        case _:
            return 1


def _list_targets(scene: Scene, request: EditingRequest) -> Iterator[Target]:
    if scene.is_marked:
        yield _describe(scene, 0, request.target)
    elif request.target is not None:
        yield from _list_named(scene, request, request.target)
    else:
        mentioned, taken = _list_mentioned(scene, request)
        yield from mentioned
        yield from _list_detected(scene, request, taken)


def _list_named(scene: Scene, request: EditingRequest, words: str) -> Iterator[Target]:
    """The things that the request names; of several alike each, unless its words tell which one, or all are counted."""
    noun, found = head_noun(words) or " ".join(words.split()), scene.find(words)
    tells = sentences.definite(words) not in {sentences.definite(noun), sentences.definite(plural(noun))}
    if request.count == 1 or len(found) < 2 or tells or request.operation in (Operation.ADD, Operation.RECOUNT):
        yield Target(noun, sentences.definite(words), len(found), _only(found))
    else:
        yield from (_describe(scene, index, noun) for index in _shuffle_objects(scene, request, found))


def _list_mentioned(scene: Scene, request: EditingRequest) -> tuple[list[Target], set[int]]:
    """Things of the caption, and the detected ones among them; one that was not detected only if none of them was."""
    things = () if request.caption is None else read_mentions(request.caption)
    if isinstance(things, Reason):
        return [], set()
    found = [(each, scene.find(each.noun)) for each in shuffle(things, derive_shared_seed(request, "target"))]
    loose = [(each, alike) for each, alike in found if not _carries(scene, each.noun, alike)]
    chosen = [item for item in loose if item[1]] or loose or found
    targets = [Target(each.noun, sentences.definite(each.text), len(alike), _only(alike)) for each, alike in chosen]
    return targets, {index for _, alike in chosen for index in alike}


def _list_detected(scene: Scene, request: EditingRequest, taken: set[int]) -> Iterator[Target]:
    """Other objects, small ones first; an object in its own colour keeps it."""
    chosen = [index for index in scene.targets(None) if index not in taken]
    if request.operation is Operation.RECOLOUR:
        chosen = [index for index in chosen if thing(scene.objects[index].label).recolourable]
    labels = set[str]()
    for index in _shuffle_objects(scene, request, chosen):
        label = scene.objects[index].label
        if request.operation is not Operation.RECOUNT or label not in labels:  # all of a label are counted at once
            yield _describe(scene, index, None)
        labels.add(label)


def _shuffle_objects(scene: Scene, request: EditingRequest, objects: list[int]) -> list[int]:
    drawing = random.Random(derive_shared_seed(request, "target"))  # noqa: S311  a choice, no secret
    return sorted(objects, key=lambda index: drawing.expovariate(scene.ease(index)))


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
        apart = find_middle(scene.objects[index].box) - find_middle(others[0])
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
