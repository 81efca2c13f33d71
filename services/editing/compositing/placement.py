"""Where an object of the photo could stand a second time: beside itself, on like ground, clear of the others."""

from imgdiff.records import Box
from services.editing.compositing.cutouts import Cutout, cut_out
from services.editing.compositing.free_places import beside
from services.editing.operations.edit import CUT_OFF, EXHAUSTED, NO_PLACE, Refused, refuse
from services.editing.photo.scene import Scene
from services.imaging.boxes import is_cut_off
from services.imaging.masks import bounds


def another_place(scene: Scene, target: int, place: int) -> tuple[Cutout, Box]:
    """The object cut out, and the best such place but for `place` others; refuses what is cut off by the border."""
    refuse(scene.unsuitable(target))
    mask, box = scene.mask(target), scene.objects[target].box
    refuse(CUT_OFF if is_cut_off(box, mask.shape) else scene.unclear(target))
    cutout = cut_out(scene.image, mask)
    taken = [*scene.others(target), box, bounds(mask)]
    boxes = beside(cutout.size, bounds(mask), taken, scene.tokens, mask.shape)
    if place >= len(boxes):
        raise Refused(EXHAUSTED if boxes else NO_PLACE)
    return cutout, boxes[place]
