"""Recent photos with what was found out about them, for the next edit of the same photo."""

import hashlib
from collections.abc import Mapping

from imgdiff.images import RGB
from services.editing.limits import PHOTO_THRESHOLDS, REMEMBERED_PIXELS
from services.editing.photo.protocols import Vision
from services.editing.photo.scene import Scene
from services.editing.removal.filling import Remove
from services.objects.marked_object import MarkedObject


class SceneCache:
    """Scenes by photo and thresholds."""

    def __init__(self, vision: Vision, remove: Remove) -> None:
        self.vision = vision
        self._remove = remove
        self._known: dict[object, Scene] = {}

    def scene(self, image: RGB, requested: Mapping[str, float], marked: MarkedObject | None = None) -> Scene:
        """The scene of a photo with its marked object, remembered since the pairs of one synthesis arrive one by one.

        `requested` are thresholds by reason code; codes of other stages are ignored.
        """
        thresholds = PHOTO_THRESHOLDS | {code: value for code, value in requested.items() if code in PHOTO_THRESHOLDS}
        digest = hashlib.sha256(image.tobytes())
        place = None
        if marked is not None:
            digest.update(b"" if marked.mask is None else marked.mask.tobytes())
            place = marked.noun, marked.box
        key = (digest.digest(), image.shape, place, tuple(sorted(thresholds.items())))
        scene = self._known.pop(key, None) or Scene(image, self.vision, thresholds, self._remove, marked)
        self._known[key] = scene
        while len(self._known) > 1 and self._pixels() > REMEMBERED_PIXELS:
            del self._known[next(iter(self._known))]
        return scene

    def _pixels(self) -> int:
        return sum(scene.image.shape[0] * scene.image.shape[1] for scene in self._known.values())
