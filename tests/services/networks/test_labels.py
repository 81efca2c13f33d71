"""The class names of the networks."""

from services.networks.labels import UNUSED, coco_ids, coco_labels, imagenet_labels


def test_ten_of_cocos_ninety_ids_are_unused() -> None:
    assert len(coco_ids()) == 90
    assert len(coco_labels()) == 80
    assert UNUSED not in coco_labels()


def test_imagenet_has_a_thousand_classes() -> None:
    assert len(imagenet_labels()) == 1000
