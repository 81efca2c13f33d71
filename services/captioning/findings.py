"""What is said of one region: kind of change, nouns, colours; from sightings and pixels, and nothing without them."""

from dataclasses import dataclass, replace

from imgdiff.images import RGB
from imgdiff.records import Box, Change, Mask
from services.captioning.colours import colour_of
from services.captioning.sightings import Eyes, Sighting
from services.embedded.masks import decoded
from services.embedded.places import Place, place_of, recoloured, thing_over_ground

_LEANS = 0.4  # log ratio at which one image shows the thing; right on every car of a parking lot at 0.26
_GROUND = 0.7  # at which a noun for the other side is taken for its ground
_SURFACES = frozenset({"dining table", "bed", "couch"})
_UNCOLOURED = frozenset({"person"})  # whose clothes change, and whose colour is nobody's business


@dataclass(frozen=True)
class Finding:
    """One region in words to be: nouns and colours of both sides are null without evidence."""

    box: Box
    change: Change
    label1: str | None
    label2: str | None
    colour1: str | None
    colour2: str | None


def find(eyes1: Eyes, eyes2: Eyes, images: tuple[RGB, RGB], box: Box, mask: Mask | None) -> Finding:
    """The finding at a box; both images are in image1's frame."""
    changed = None if mask is None else decoded(mask)[box[1] : box[3], box[0] : box[2]]
    place = place_of(*images, box, changed)
    lean = thing_over_ground(place)
    only_colour = recoloured(place)
    seen1, seen2 = eyes1.object_at(box), eyes2.object_at(box)
    if only_colour:
        seen1 = seen2 = _either(seen1, seen2)
    else:
        seen1 = None if lean < -_GROUND else seen1 or (eyes1.class_of(box) if lean > -_LEANS else None)
        seen2 = None if lean > _GROUND else seen2 or (eyes2.class_of(box) if lean < _LEANS else None)
        seen1, seen2 = _no_surface(seen1, lean), _no_surface(seen2, -lean)
    label1, label2 = (None if seen is None else seen.label for seen in (seen1, seen2))
    change = Change.RECOLOURED if only_colour else change_of(label1, label2, lean)
    return Finding(box, change, label1, label2, *_colours(place, change, label1, label2))


def change_of(label1: str | None, label2: str | None, lean: float) -> Change:
    """The kind of change that nouns and pixels support; `changed` when they decide nothing."""
    if label1 and label2:
        return Change.CHANGED if label1 == label2 else Change.REPLACED
    if label1 and lean > -_LEANS:
        return Change.REMOVED
    if label2 and lean < _LEANS:
        return Change.ADDED
    if lean > _LEANS:
        return Change.REMOVED
    return Change.ADDED if lean < -_LEANS else Change.CHANGED


def moved(left: Finding, came: Finding) -> tuple[Finding, Finding]:
    """Both places of one thing that moved, under one name: what was seen where it left, else where it came to."""
    label, colour = (left.label1, left.colour1) if left.label1 else (came.label2, came.colour2)
    return (
        replace(left, change=Change.MOVED, label1=label, colour1=colour),
        replace(came, change=Change.MOVED, label2=label, colour2=colour),
    )


def _no_surface(seen: Sighting | None, lean: float) -> Sighting | None:
    """A surface is what things lie on, and only a thing itself where it clearly stands out."""
    return None if seen is not None and seen.label in _SURFACES and lean <= _GROUND else seen


def _either(seen1: Sighting | None, seen2: Sighting | None) -> Sighting | None:
    """The surer of two sightings of one thing."""
    return max((seen for seen in (seen1, seen2) if seen is not None), key=lambda seen: seen.score, default=None)


def _colours(place: Place, change: Change, label1: str | None, label2: str | None) -> tuple[str | None, str | None]:
    """The colours of what is named; of a recoloured thing also when it is not."""
    said = []
    for window, label in ((place.window1, label1), (place.window2, label2)):
        wanted = change is Change.RECOLOURED or (label is not None and label not in _UNCOLOURED)
        said.append(colour_of(window, place.inside) if wanted else None)
    return said[0], said[1]
