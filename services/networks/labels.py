"""The class names of the networks, read from their weight files; no network is loaded."""

from functools import cache

from imgdiff import weights

UNUSED = "???"


@cache
def coco_ids() -> tuple[str, ...]:
    """The names of COCO's 90 ids in order; ten ids are unused and named `???`."""
    return tuple(weights.locate("coco-labels").read_text("utf-8").splitlines())


@cache
def coco_labels() -> tuple[str, ...]:
    """The names of the 80 classes in use, in order of id."""
    return tuple(label for label in coco_ids() if label != UNUSED)


@cache
def imagenet_labels() -> tuple[str, ...]:
    """The names of the 1000 classes in order."""
    return tuple(weights.locate("imagenet-labels").read_text("utf-8").splitlines())
