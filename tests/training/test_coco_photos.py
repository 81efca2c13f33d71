"""Photos in COCO's format are read, and only whole objects are cut out."""

import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pycocotools import mask as coco
from skimage import data

from imgdiff.images import RGB
from services.imaging.masks import bounds
from training.coco_photos import Instance, Photo, read_photos


def _ellipse(image: RGB) -> np.ndarray:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(mask, (image.shape[1] // 2, image.shape[0] // 2), (70, 50), 20, 0, 360, 1, -1)
    return mask.astype(bool)


def test_a_folder_in_cocos_format_is_read(tmp_path: Path) -> None:
    image = data.chelsea()
    Image.fromarray(image).save(tmp_path / "cat.png")
    runs = coco.encode(np.asfortranarray(_ellipse(image)).view(np.uint8))
    runs["counts"] = runs["counts"].decode()
    outlines = [[[100.0, 50.0, 180.0, 50.0, 180.0, 130.0, 100.0, 130.0]], runs]
    annotations = [{"image_id": 1, "category_id": 7, "segmentation": outline} for outline in outlines]
    listed = {"categories": [{"id": 7, "name": "cat"}], "images": [{"id": 1, "file_name": "cat.png"}]}
    (tmp_path / "instances.json").write_text(json.dumps({**listed, "annotations": annotations}))

    (photo,) = read_photos(tmp_path)

    assert [one.label for one in photo.instances] == ["cat", "cat"]
    assert photo.instances[0].box == (100, 50, 180, 130)
    assert photo.instances[1].box == bounds(_ellipse(image))


def test_scraps_and_things_at_the_border_are_not_cut_out() -> None:
    masks = np.zeros((3, 300, 400), bool)
    masks[0, 100:200, 100:200] = True
    masks[1, 100:130, 100:200] = masks[1, 170:200, 100:200] = True
    masks[2, 100:200, :100] = True
    photo = Photo("made", np.zeros((300, 400, 3), np.uint8), tuple(Instance.of("dog", mask) for mask in masks))

    assert photo.whole_objects == photo.instances[:1]
