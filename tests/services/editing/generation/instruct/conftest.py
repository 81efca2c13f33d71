"""A look at photos, each of which is detected once."""

from collections.abc import Callable

import pytest

from imgdiff.images import RGB
from services.editing.photo.scene import Scene
from services.editing.photo.scene_cache import SceneCache
from services.editing.photo.vision import PhotoVision
from services.editing.removal.object_removal import ObjectRemover


@pytest.fixture(scope="package")
def look(vision: PhotoVision) -> Callable[[RGB], Scene]:
    """The scene of a photo."""
    cache = SceneCache(vision, ObjectRemover(vision.anomaly_score))
    return lambda photo: cache.scene(photo, {})
