"""Whether the foot of an object is seen: without it, a copy elsewhere would be a bust or hang in the air."""

from imgdiff.boxes import intersection
from services.english.things import thing
from services.imaging.arrays import Flags
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds
from services.objects.contact import measure_contact
from services.objects.photo_objects import PhotoObjects

_MARGIN = 0.05, 3  # share of a box and pixels around it, in which another object may hide its foot; chosen
_LOWER = 0.25  # of its box: its foot is there; chosen, not measured
_HIDDEN = 0.3  # of the outline there that other things touch; chosen, not measured
_FLAT_HEIGHT = 0.05, 2  # share of the height and pixels above its lower edge
_FLAT = 0.5
"""Share of the columns that end there. Of 21 outlined people and animals, those whole end with 0.10 to 0.44 of their
columns, two busts with 0.85 and 0.89, a dog in high grass with 0.53."""
_LIVING = {"person", "animal"}


def ends_flat(label: str, mask: Flags) -> bool:
    """Whether a living thing ends in a straight cut, as it does where something hides its legs."""
    if thing(label).category not in _LIVING:
        return False
    inside = mask[window(bounds(mask))]
    share, pixels = _FLAT_HEIGHT
    low = max(pixels, round(share * inside.shape[0]))
    return bool(inside[-low:].any(axis=0).mean() >= _FLAT)


def is_foot_hidden(objects: PhotoObjects, index: int, together: tuple[int, ...]) -> bool:
    """Whether other things cover a part of its foot; those that go with it and what it stands on do not."""
    share, pixels = _MARGIN
    near = grow(objects.items[index].box, pixels, objects.image.shape, share=share)
    others = tuple(
        other
        for other, item in enumerate(objects.items)
        if other != index
        and other not in together
        and not thing(item.label).support
        and intersection(item.box, near)
        and item.box[3] > objects.items[index].box[3]
    )
    return measure_contact(objects, index, others, _LOWER) > _HIDDEN
