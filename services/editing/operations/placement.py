"""What goes together with an object, and a second place for it: beside itself, on similar ground, clear of others."""

from collections.abc import Sequence

from imgdiff.boxes import shift
from imgdiff.records import Box, Reason
from services.editing.compositing.cutouts import Cutout, cut_out
from services.editing.compositing.free_places import find_free_places, find_ground
from services.editing.operations.edit import EXHAUSTED, NO_PLACE, Refused, refuse
from services.editing.photo.scene import CUT_OFF, Scene
from services.english.things import thing
from services.imaging.boxes import is_cut_off, rescale
from services.imaging.masks import bounds


def take_together(scene: Scene, target: int) -> tuple[int, ...]:
    """The target and what it holds or carries; refuses what cannot go as a whole."""
    together = scene.together(target)
    if isinstance(together, Reason):
        raise Refused(together)
    return together


def name_others(scene: Scene, together: Sequence[int]) -> tuple[str, ...]:
    """The nouns of what goes with the first of these objects."""
    return tuple(scene.objects[index].label for index in together[1:])


def find_parts(scene: Scene, together: Sequence[int], box: Box, *, mirrored: bool = False) -> tuple[Box, ...]:
    """Where each of these objects is if all of them, cut out together, are pasted into the box."""
    whole = bounds(scene.pixels(tuple(together)))
    across = (box[2] - box[0]) / (whole[2] - whole[0])
    down = (box[3] - box[1]) / (whole[3] - whole[1])
    own = (bounds(scene.mask(index)) for index in together)
    if mirrored:
        own = ((whole[0] + whole[2] - one[2], one[1], whole[0] + whole[2] - one[0], one[3]) for one in own)
    moved = (shift(one, -whole[0], -whole[1]) for one in own)
    return tuple(shift(rescale(one, across, down, box[2] - box[0], box[3] - box[1]), *box[:2]) for one in moved)


def find_second_place(scene: Scene, target: int, rank: int, *, leaves: bool) -> tuple[tuple[int, ...], Cutout, Box]:
    """The object and what it holds, these cut out, and the place of that rank, 0 being the best.

    An object that leaves its place covers a part of it where no other place is free. Refuses what the image border cuts
    off and what has no place of its own.
    """
    refuse(scene.unsuitable(target))
    together = take_together(scene, target)
    for index in together:
        box = scene.objects[index].box
        refuse(CUT_OFF if is_cut_off(box, scene.image.shape) else scene.unclear(index))
    refuse(
        scene.held(target)
        or scene.without_foot(target)
        or (NO_PLACE if thing(scene.objects[target].label).fixed else None)
    )
    mask = scene.pixels(together)
    cutout = cut_out(scene.image, mask)
    own = [*(scene.objects[index].box for index in together), bounds(mask)]
    others, ground = scene.boxes_except(together), find_ground(scene.tokens, bounds(mask), mask.shape)
    place = cutout.size, bounds(mask)[3], ground
    boxes = find_free_places(*place, [*others, *own], scene.tokens, mask.shape)
    if leaves and not boxes:
        boxes = find_free_places(*place, others, scene.tokens, mask.shape, own)
    if rank >= len(boxes):
        raise Refused(EXHAUSTED if boxes else NO_PLACE)
    return together, cutout, boxes[rank]
