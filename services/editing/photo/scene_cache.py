"""Photos that were seen lately: what was found out about one is there for its next edit, whoever makes that."""

import hashlib
from collections.abc import Mapping

from imgdiff.images import RGB
from services.editing.photo.scene import Scene
from services.editing.photo.vision import Sight
from services.editing.removal.inpainting import Inpainter

_ACCEPTED = 0.04  # where better was looked for in vain: of four places between `STRANGEST` and this, three were good
THRESHOLDS = {
    "edit.image_too_small": 96, "edit.too_small": 0.005, "edit.too_large": 0.3, "edit.strange": _ACCEPTED,
    "edit.unsure_outline": 0.88, "edit.not_recognised": 0.3,
    "edit.joined": 0.15,
}  # fmt: skip
_REMEMBERED = 64_000_000  # pixels of all photos, whose masks and emptied places are kept with them


class Scenes:
    """Scenes by photo and thresholds; an inpainter takes the place of covering holes with other parts of the photo."""

    def __init__(self, sight: Sight, inpainter: Inpainter | None = None) -> None:
        self.sight, self.inpainter = sight, inpainter
        self._known: dict[object, Scene] = {}

    def of(self, image: RGB, given: Mapping[str, float]) -> Scene:
        """What is known of a photo already, as the pairs of one order come one by one; thresholds that were given."""
        thresholds = THRESHOLDS | {code: value for code, value in given.items() if code in THRESHOLDS}
        key = (hashlib.sha256(image.tobytes()).digest(), image.shape, tuple(sorted(thresholds.items())))
        scene = self._known.pop(key, None) or Scene(image, self.sight, thresholds, self.inpainter)
        self._known[key] = scene
        while len(self._known) > 1 and sum(known.image[..., 0].size for known in self._known.values()) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        return scene
