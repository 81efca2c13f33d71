"""A second place for an object in its own photo: beside itself, on similar ground, clear of the others."""

from imgdiff.records import Box
from services.editing.compositing.cutouts import Cutout, cut_out
from services.editing.compositing.free_places import find_free_places
from services.editing.operations.edit import CUT_OFF, EXHAUSTED, NO_PLACE, Refused, refuse
from services.editing.photo.scene import Scene
from services.imaging.boxes import is_cut_off
from services.imaging.masks import bounds


def find_second_place(scene: Scene, target: int, rank: int) -> tuple[Cutout, Box]:
    """The object cut out, and the place of that rank, 0 being the best; refuses what the image border cuts off."""
    refuse(scene.unsuitable(target))
    mask, box = scene.mask(target), scene.objects[target].box
    refuse(CUT_OFF if is_cut_off(box, mask.shape) else scene.unclear(target))
    cutout = cut_out(scene.image, mask)
    taken = [*scene.boxes_except(target), box, bounds(mask)]
    boxes = find_free_places(cutout.size, bounds(mask), taken, scene.tokens, mask.shape)
    if rank >= len(boxes):
        raise Refused(EXHAUSTED if boxes else NO_PLACE)
    return cutout, boxes[rank]
