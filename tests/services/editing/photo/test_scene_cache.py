"""What is known of a photo is known to the next edit of it."""

from imgdiff.images import RGB
from services.editing.photo.scene_cache import SceneCache
from services.editing.photo.vision import PhotoVision


def test_a_photo_with_the_same_thresholds_is_one_scene(vision: PhotoVision, cups: RGB) -> None:
    scenes = SceneCache(vision, lambda *_: ())
    scene = scenes.scene(cups, {})

    assert scenes.scene(cups.copy(), {"edit.strange": 0.04, "another.gate": 1}) is scene
    assert scenes.scene(cups, {"edit.strange": 0.5}) is not scene
    assert scenes.scene(cups[::-1], {}) is not scene
